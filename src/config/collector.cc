#include "config/collector.h"

#include <algorithm>
#include <utility>

namespace sluice::config {

void Collector::line(std::vector<base::Word> words) {
  if (words.empty()) return;
  if (words[0].text.starts_with('.')) {
    if (expansion_ == Expansion::Variables) {
      blocks_.line(words);
      return;
    }
    const base::SourceSpan span = words[0].span;
    out_.push_back({span, DirectiveRole::Conditional, kind_, section_name_, std::move(words)});
    return;
  }
  if (skipping()) return;
  if (expansion_ == Expansion::Variables) cut_at_empty_word(words);
  if (words.empty()) return;
  if (const SectionKind kind = section_kind(words[0].text); kind != SectionKind::None) {
    open_section(std::move(words), kind);
    return;
  }
  if (kind_ == SectionKind::Global && expansion_ == Expansion::Variables) change_environment(words);
  const base::SourceSpan span = words[0].span;
  out_.push_back({span, DirectiveRole::Setting, kind_, section_name_, std::move(words)});
}

void Collector::section(std::vector<base::Word> words) {
  if (skipping()) return;
  const SectionKind kind = section_kind(words[0].text);
  open_section(std::move(words), kind == SectionKind::None ? SectionKind::Other : kind);
}

// HAProxy takes an empty word for the end of the line; what follows it there has no effect.
void Collector::cut_at_empty_word(std::vector<base::Word>& words) {
  const auto empty =
      std::ranges::find_if(words, [](const auto& word) { return word.text.empty(); });
  if (empty == words.end()) return;
  if (std::next(empty) != words.end()) {
    diagnostics_.warning(empty->span, "an empty word ends the line: what follows is ignored",
                         "is a variable unset here?");
  }
  words.erase(empty, words.end());
}

void Collector::open_section(std::vector<base::Word> words, SectionKind kind) {
  kind_ = kind;
  section_name_ = words.size() > 1 ? words[1].text : std::string();
  section_label_ = section_name_.empty() ? words[0].text : section_name_;
  const base::SourceSpan span = words[0].span;
  out_.push_back({span, DirectiveRole::SectionStart, kind_, section_name_, std::move(words)});
}

void Collector::change_environment(const std::vector<base::Word>& words) {
  const std::string& keyword = words[0].text;
  if (keyword == "setenv" && words.size() == 3) environment_.set(words[1].text, words[2].text);
  if (keyword == "presetenv" && words.size() == 3 && !environment_.get(words[1].text)) {
    environment_.set(words[1].text, words[2].text);
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 1; i < words.size(); ++i) names.emplace_back(words[i].text);
  if (keyword == "unsetenv") {
    for (std::string_view name : names) environment_.unset(name);
  }
  if (keyword == "resetenv") environment_.keep_only(names);
}

Directives Collector::finish() {
  if (expansion_ == Expansion::Variables) blocks_.finish();
  return std::move(out_);
}

}  // namespace sluice::config
