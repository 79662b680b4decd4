// The table of directives: one row per keyword, gathered by directive_rows() from rows/. It drives
// parsing, messages, `sluice keywords` and the reference. Options of bind, server and stats socket
// lines have tables of the same kind. Rows are constant; nothing registers itself.
#pragma once

#include <span>
#include <string_view>

#include "config/arguments.h"
#include "config/context.h"

namespace sluice::config {

enum class Support : unsigned char {
  Implemented,
  Automatic,    // accepted: Sluice meets the purpose by itself; `help` gives the reason
  Retired,      // removed from HAProxy; `help` says what to write today
  Unsupported,  // HAProxy's, but not ours yet; `help`, if any, says what to do instead
};

/// Whether a keyword may stand in a section of a kind. HAProxy ignores some with a warning.
enum class Place : unsigned char { No, Ignored, NamedDefaults, Yes };

struct Where {
  Place global = Place::No;
  Place defaults = Place::No;
  Place frontend = Place::No;
  Place backend = Place::No;
  Place resolvers = Place::No;
  Place userlist = Place::No;
};

inline constexpr Where kGlobal{Place::Yes, Place::No, Place::No, Place::No};
inline constexpr Where kResolvers{Place::No, Place::No, Place::No, Place::No, Place::Yes};
inline constexpr Where kUserlists{Place::No, Place::No, Place::No,
                                  Place::No, Place::No, Place::Yes};
inline constexpr Where kProxies{Place::No, Place::Yes, Place::Yes, Place::Yes};
inline constexpr Where kFrontends{Place::No, Place::Yes, Place::Yes, Place::Ignored};
inline constexpr Where kBackends{Place::No, Place::Yes, Place::Ignored, Place::Yes};
inline constexpr Where kBackendsOnly{Place::No, Place::Yes, Place::No, Place::Yes};
inline constexpr Where kNoDefaults{Place::No, Place::No, Place::Yes, Place::Yes};
inline constexpr Where kFrontendsNoDefaults{Place::No, Place::No, Place::Yes, Place::Ignored};
inline constexpr Where kRules{Place::No, Place::NamedDefaults, Place::Yes, Place::Yes};
inline constexpr Where kFrontendRules{Place::No, Place::NamedDefaults, Place::Yes, Place::No};
inline constexpr Where kBackendRules{Place::No, Place::NamedDefaults, Place::No, Place::Yes};
inline constexpr Where kAnywhere{Place::Yes, Place::Yes, Place::Yes, Place::Yes};

enum class Negation : unsigned char { No, Yes };

struct Row {
  std::string_view keyword;  // one to three words
  std::string_view syntax;   // its arguments, for the reference
  Where where;
  Support support = Support::Unsupported;
  Negation negation = Negation::No;
  void (*parse)(Context&, Arguments&) = nullptr;  // Implemented rows
  std::string_view help;
};

[[nodiscard]] std::span<const Row> directive_rows();

/// One option of a bind, server or stats socket line, or one word of ssl-default-bind-options.
template <class Target>
struct OptionRow {
  std::string_view keyword;
  std::string_view syntax;
  Support support = Support::Unsupported;
  void (*parse)(Context&, Target&, Arguments&) = nullptr;
  std::string_view help;
};

[[nodiscard]] std::string_view to_string(Support support);

/// Hint for a retired keyword: the line to write today.
[[nodiscard]] std::string today(std::string_view line);

/// Takes options until the line ends; stops at one that is unknown or unsupported.
template <class Target>
void parse_options(Context& context, Target& target, Arguments& arguments,
                   std::span<const OptionRow<Target>> rows) {
  while (!arguments.empty()) {
    const base::Word& word = *arguments.next();
    const OptionRow<Target>* found = nullptr;
    for (const OptionRow<Target>& row : rows) {
      if (row.keyword == word.text) found = &row;
    }
    if (found == nullptr) {
      std::vector<std::string_view> known;
      for (const OptionRow<Target>& row : rows) known.push_back(row.keyword);
      const std::string_view near = base::nearest(word.text, known);
      arguments.error(word.span, "'" + arguments.name() + "' has no option '" + word.text + "'",
                      near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
      return;
    }
    if (found->support == Support::Unsupported) {
      return arguments.unsupported(word, std::string(found->help));
    }
    if (found->support == Support::Retired) {
      return arguments.error(word.span, "'" + word.text + "' was removed", today(found->help));
    }
    Arguments of_option(word, word.text, arguments.rest(), Form::Plain, context.diagnostics);
    const std::size_t errors = context.diagnostics.errors();
    if (found->parse != nullptr) found->parse(context, target, of_option);
    if (context.diagnostics.errors() != errors) return;
    while (arguments.rest().size() > of_option.rest().size()) arguments.next();
  }
}

}  // namespace sluice::config
