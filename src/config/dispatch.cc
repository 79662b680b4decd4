#include "config/dispatch.h"

#include <algorithm>

#include "config/admin_section.h"

namespace sluice::config {
namespace {

std::string joined(std::span<const base::Word> words) {
  std::string out;
  for (const base::Word& word : words) {
    if (!out.empty()) out += ' ';
    out += word.text;
  }
  return out;
}

std::string section_phrase(SectionKind section) {
  const std::string_view article = section == SectionKind::Admin ? "an '" : "a '";
  return std::string(article) + std::string(section_word(section)) + "' section";
}

/// Known keywords of the section that begin with the given words.
std::vector<std::string_view> candidates(SectionKind section, std::string_view prefix) {
  std::vector<std::string_view> out;
  for (const Row& row : directive_rows()) {
    if (place_of(row, section) != Place::No && row.keyword.starts_with(prefix)) {
      out.push_back(row.keyword);
    }
  }
  return out;
}

void report_unknown(Context& context, std::span<const base::Word> words, SectionKind section) {
  const std::string first = words[0].text;
  const std::vector<std::string_view> same_group = candidates(section, first + ' ');
  if (!same_group.empty() && words.size() == 1) {
    context.diagnostics.error(words[0].span, "'" + first + "' needs a second word",
                              "such as '" + std::string(same_group.front()) + "'");
    return;
  }
  const bool grouped = !same_group.empty();
  const std::string name = grouped ? joined(words.first(2)) : first;
  std::string_view near = base::nearest(name, grouped ? same_group : candidates(section, ""));
  context.diagnostics.error(words[grouped ? 1 : 0].span,
                            "unknown keyword '" + name + "' in " + section_phrase(section),
                            near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

std::string allowed_sections(const Row& row) {
  std::string out;
  for (SectionKind kind :
       {SectionKind::Global, SectionKind::Defaults, SectionKind::Frontend, SectionKind::Listen,
        SectionKind::Backend, SectionKind::Resolvers, SectionKind::Userlist, SectionKind::Admin}) {
    if (place_of(row, kind) != Place::Yes) continue;
    if (!out.empty()) out += ", ";
    out += section_word(kind);
  }
  return out;
}

/// Whether the directive may stand here; an ignored one is only warned of.
bool check_place(Context& context, const Row& row, const base::Word& keyword) {
  const Place place = place_of(row, context.section);
  const std::string name = "'" + std::string(row.keyword) + "'";
  switch (place) {
    case Place::Yes:
      return true;
    case Place::NamedDefaults:
      if (!context.state->anonymous_defaults) return true;
      context.diagnostics.error(keyword.span,
                                name +
                                    " cannot stand in a defaults section without "
                                    "a name",
                                "give the section a name");
      return false;
    case Place::Ignored:
      context.diagnostics.warning(
          keyword.span, name + " is ignored here: a " + std::string(section_word(context.section)) +
                            " has no " +
                            (context.section == SectionKind::Frontend ? "servers" : "clients"));
      return false;
    case Place::No:
      break;
  }
  const std::string allowed = allowed_sections(row);
  context.diagnostics.error(keyword.span,
                            name + " cannot stand in " + section_phrase(context.section),
                            context.section == SectionKind::Admin ? admin_hint(row, allowed)
                                                                  : "it belongs into: " + allowed);
  return false;
}

Form form_of(std::string_view word) {
  if (word == "no") return Form::No;
  if (word == "default") return Form::Default;
  return Form::Plain;
}

bool check_form(Context& context, const Row& row, Form form, const base::Word& word) {
  if (form == Form::Plain) return true;
  const bool is_option = row.keyword.starts_with("option ");
  if (row.negation == Negation::Yes && (form == Form::No || is_option)) return true;
  context.diagnostics.error(
      word.span, "'" + word.text + "' cannot stand before '" + std::string(row.keyword) + "'");
  return false;
}

}  // namespace

Place place_of(const Row& row, SectionKind section) {
  switch (section) {
    case SectionKind::Global:
      return row.where.global;
    case SectionKind::Defaults:
      return row.where.defaults;
    case SectionKind::Frontend:
      return row.where.frontend;
    case SectionKind::Backend:
      return row.where.backend;
    case SectionKind::Listen:
      return std::max(row.where.frontend, row.where.backend);
    case SectionKind::Resolvers:
      return row.where.resolvers;
    case SectionKind::Userlist:
      return row.where.userlist;
    case SectionKind::Admin:
      return stands_in_admin(row) ? Place::Yes : Place::No;
    case SectionKind::None:
    case SectionKind::Other:
      break;
  }
  return Place::No;
}

RowMatch find_row(std::span<const base::Word> words, SectionKind section) {
  for (std::size_t count = std::min<std::size_t>(3, words.size()); count > 0; --count) {
    const std::string keyword = joined(words.first(count));
    RowMatch other;
    for (const Row& row : directive_rows()) {
      if (row.keyword != keyword) continue;
      if (place_of(row, section) != Place::No) return {&row, count};
      other = {&row, count};
    }
    if (other.row != nullptr) return other;
  }
  return {};
}

void apply_directive(Context& context, const Directive& directive) {
  std::span<const base::Word> words = directive.words;
  Form form = form_of(words[0].text);
  if (form != Form::Plain && words.size() > 1)
    words = words.subspan(1);
  else
    form = Form::Plain;
  const RowMatch match = find_row(words, context.section);
  if (match.row == nullptr) return report_unknown(context, words, context.section);
  const Row& row = *match.row;
  if (row.support == Support::Retired) {
    context.diagnostics.error(words[0].span,
                              "'" + std::string(row.keyword) + "' was removed from HAProxy",
                              today(row.help));
    return;
  }
  if (row.support == Support::Unsupported && place_of(row, context.section) != Place::No) {
    context.diagnostics.error(words[0].span,
                              "'" + std::string(row.keyword) + "' is not supported by Sluice yet",
                              std::string(row.help));
    return;
  }
  if (!check_place(context, row, words[0])) return;
  if (!check_form(context, row, form, directive.words[0])) return;
  Arguments arguments(words[0], std::string(row.keyword), words.subspan(match.words), form,
                      context.diagnostics);
  const std::size_t errors = context.diagnostics.errors();
  row.parse(context, arguments);
  if (row.support == Support::Automatic && context.diagnostics.errors() == errors) {
    context.diagnostics.notice(
        words[0].span, "'" + std::string(row.keyword) + "' is automatic: " + std::string(row.help));
  }
}

}  // namespace sluice::config
