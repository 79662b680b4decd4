// Writes a page of the manual in man(7)'s macros. Text is given as it is to be read: what roff
// would take for its own is escaped here.
#pragma once

#include <string>
#include <string_view>

namespace sluice::app {

class Roff {
 public:
  struct Heading {
    std::string_view name;      // "sluice"
    std::string_view section;   // "1"
    std::string_view date;      // "2026-11-24"
    std::string_view version;   // "Sluice 0.1.0"
    std::string_view chapter;   // "User Commands"
    std::string_view one_line;  // after "name - "
  };
  explicit Roff(const Heading& heading);

  Roff& section(std::string_view title);
  Roff& subsection(std::string_view title);
  /// A paragraph; words between asterisks are bold, between underscores italic, as in "*-f*
  /// _FILE_".
  Roff& paragraph(std::string_view marked);
  /// A tagged paragraph: `tag` bold, `argument` italic behind it. Nothing in them is a mark.
  Roff& item(std::string_view tag, std::string_view argument, std::string_view text);
  /// Lines that keep their breaks and their spaces.
  Roff& example(std::string_view lines);
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  void begin_paragraph();
  std::string out_;
  bool begun_ = false;  // something stands below the last heading
};

/// Escapes text for the inside of a line: backslashes, hyphens, quotes, and what is not ASCII.
[[nodiscard]] std::string roff_escaped(std::string_view text);

}  // namespace sluice::app
