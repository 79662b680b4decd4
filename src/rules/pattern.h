// The patterns of one ACL and the method by which they are compared with samples (manual §7.1).
// Built once, immutable afterwards; matching allocates nothing but casts in the arena.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/arena.h"
#include "base/diagnostics.h"
#include "base/source.h"
#include "rules/network.h"
#include "rules/regex.h"
#include "rules/sample.h"

namespace sluice::rules {

enum class MatchMethod : std::uint8_t {
  Found,
  Bool,
  Int,
  Ip,
  Binary,
  Length,
  String,
  Prefix,
  Suffix,
  Substring,
  Directory,
  Domain,
  RegularExpression
};

struct MatchMethodRow {
  std::string_view name;  // after -m, and after '_' in the names of ACL criteria
  MatchMethod method;
  SampleType input;  // what samples are cast to; None: taken as they are
};

[[nodiscard]] const MatchMethodRow* find_match_method(std::string_view name) noexcept;
[[nodiscard]] const MatchMethodRow& row_of(MatchMethod method) noexcept;
[[nodiscard]] std::vector<std::string_view> match_method_names();
/// The method that a sample of this type implies; nothing for binary ones and for any.
[[nodiscard]] std::optional<MatchMethod> default_method(SampleType type) noexcept;

/// eq, ge, gt, le, lt before integers.
enum class IntegerOperator : std::uint8_t { Equal, GreaterEqual, Greater, LessEqual, Less };
[[nodiscard]] std::optional<IntegerOperator> parse_operator(std::string_view text) noexcept;

class PatternSet {
 public:
  explicit PatternSet(MatchMethod method) : method_(method) {}
  [[nodiscard]] MatchMethod method() const { return method_; }

  /// Adds one pattern; what is wrong with it, when it cannot be.
  [[nodiscard]] base::Result<> add(std::string_view text, RegexCase fold,
                                   IntegerOperator operation);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// The sample may be changed by a cast.
  [[nodiscard]] bool matches(Sample sample, base::Arena& arena) const;

 private:
  struct Text {
    std::string text;
    RegexCase fold;
  };
  struct Range {
    std::int64_t low;
    std::int64_t high;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  base::Result<> add_range(std::string_view text, IntegerOperator operation);
  base::Result<> add_binary(std::string_view text);
  [[nodiscard]] bool matches_text(std::string_view subject) const;
  [[nodiscard]] bool matches_number(std::int64_t number) const;

  MatchMethod method_;
  std::size_t count_ = 0;
  std::vector<Text> texts_;  // all but exact, case-sensitive ones
  std::unordered_set<std::string, Hash, std::equal_to<>> exact_;
  std::vector<Range> ranges_;
  std::vector<std::shared_ptr<const Regex>> regexes_;
  NetworkSet networks_;
};

}  // namespace sluice::rules
