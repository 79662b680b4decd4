// The words after a directive's keyword, taken one by one. Every complaint goes to the diagnostics
// with the word's place; the functions that return nothing have complained already.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "base/source.h"

namespace sluice::config {

/// `option x`, `no option x`, `default option x`.
enum class Form : unsigned char { Plain, No, Default };

class Arguments {
 public:
  Arguments(const base::Word& keyword, std::string name, std::span<const base::Word> words,
            Form form, base::Diagnostics& diagnostics)
      : keyword_(keyword),
        name_(std::move(name)),
        words_(words),
        form_(form),
        diagnostics_(diagnostics) {}

  [[nodiscard]] Form form() const { return form_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // the keyword's words
  [[nodiscard]] const base::SourceSpan& span() const { return keyword_.span; }
  [[nodiscard]] bool empty() const { return words_.empty(); }
  [[nodiscard]] std::span<const base::Word> rest() const { return words_; }

  /// The next word if it is `text`, taken.
  bool take(std::string_view text);
  /// The next word, taken; null at the end, without complaint.
  const base::Word* next();
  /// The next word, taken; `what` says in the complaint what is missing.
  const base::Word* expect(std::string_view what);
  /// All that is left, joined by single spaces.
  [[nodiscard]] std::string take_rest();
  /// Complains about a word too many.
  bool finish();

  [[nodiscard]] std::optional<std::uint32_t> number(std::uint32_t min, std::uint32_t max,
                                                    std::string_view what = "a number");
  /// A file's rights, such as 660.
  [[nodiscard]] std::optional<unsigned> octal();
  [[nodiscard]] std::optional<std::uint32_t> milliseconds();
  /// A time whose bare number counts seconds.
  [[nodiscard]] std::optional<std::uint32_t> seconds();

  void error(const base::SourceSpan& span, std::string message, std::string hint = {});
  void error(std::string message, std::string hint = {});  // at the keyword
  void warning(const base::SourceSpan& span, std::string message, std::string hint = {});
  void warning(std::string message, std::string hint = {});
  /// "'x' expects a, b or c", with the nearest of them.
  void error_choice(const base::Word& word, std::span<const std::string_view> choices);
  /// "'word' of 'keyword' is not supported by Sluice yet".
  void unsupported(const base::Word& word, std::string hint = {});

 private:
  [[nodiscard]] std::optional<std::uint64_t> time_us(std::uint64_t default_unit_us);

  const base::Word& keyword_;
  std::string name_;
  std::span<const base::Word> words_;
  Form form_;
  base::Diagnostics& diagnostics_;
};

}  // namespace sluice::config
