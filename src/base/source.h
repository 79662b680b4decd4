// Where something was written: the file, line and column of a word of configuration.
// Spans are kept in the model, so that errors found late (a rule's type) still show their caret.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::base {

/// A configuration file as read. Shared by every span in it; immutable after reading.
struct SourceFile {
  std::string name;                // as the user gave it
  std::vector<std::string> lines;  // without line feeds; line N is lines[N - 1]
};

/// One word's place. Lines and columns count from 1; columns and length in bytes.
struct SourceSpan {
  std::shared_ptr<const SourceFile> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;

  [[nodiscard]] std::string_view file_name() const {
    return file ? std::string_view(file->name) : std::string_view("?");
  }
};

/// A word after quoting and escapes were resolved, with its place.
struct Word {
  std::string text;
  SourceSpan span;
};

}  // namespace sluice::base
