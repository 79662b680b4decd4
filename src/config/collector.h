// Turns the words of one line after another into directives: keeps the current section, resolves
// conditional blocks, applies setenv and its kin. What the two readers have in common.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/conditions.h"
#include "config/directive.h"
#include "config/environment.h"
#include "config/lexer.h"

namespace sluice::config {

class Collector {
 public:
  Collector(Environment& environment, base::Diagnostics& diagnostics, Expansion expansion)
      : environment_(environment),
        diagnostics_(diagnostics),
        blocks_(environment, diagnostics),
        expansion_(expansion) {}

  /// Where conditional blocks skip this line, its words need not be well-formed.
  [[nodiscard]] bool skipping() const { return !blocks_.active(); }
  /// The name of the section so far, or its word where it has no name.
  [[nodiscard]] std::string_view section() const { return section_label_; }

  void line(std::vector<base::Word> words);
  /// A section's line of the INI spelling: an unknown word opens a section all the same, so that
  /// what follows is not taken for the section above.
  void section(std::vector<base::Word> words);
  [[nodiscard]] Directives finish();

 private:
  void cut_at_empty_word(std::vector<base::Word>& words);
  void open_section(std::vector<base::Word> words, SectionKind kind);
  void change_environment(const std::vector<base::Word>& words);

  Environment& environment_;
  base::Diagnostics& diagnostics_;
  ConditionalBlocks blocks_;
  Expansion expansion_;
  Directives out_;
  SectionKind kind_ = SectionKind::None;
  std::string section_name_;
  std::string section_label_;
};

}  // namespace sluice::config
