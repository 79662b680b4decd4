#include "admin/configuration_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/text.h"

namespace sluice::admin {

namespace {

constexpr std::string_view kStars = "***";

struct Token {
  std::size_t begin, end;
};

std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> out;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool space = line[i] == ' ' || line[i] == '\t' || line[i] == '=';
    if (space && line[i] != '=') {
      inside = false;
      continue;
    }
    if (space && (i + 1 == line.size() || line[i + 1] == ' ')) {  // INI's equals sign
      inside = false;
      continue;
    }
    if (!inside) out.push_back({i, i});
    inside = true;
    out.back().end = i + 1;
  }
  return out;
}

bool bears_credentials(std::string_view name) {
  const std::string lower = base::lower(name);
  constexpr std::array<std::string_view, 8> kWords = {"auth",  "cookie",  "token",  "secret",
                                                      "passw", "api-key", "apikey", "credential"};
  return std::ranges::any_of(
      kWords, [&lower](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// Names of fields and variables come with the word before: "hdr authorization", "set-header X".
bool names_something(std::string_view word) {
  constexpr std::array<std::string_view, 9> kWords = {
      "hdr",    "set-header", "add-header", "replace-header", "replace-value",
      "setenv", "presetenv",  "set-var",    "set-var-fmt"};
  return std::ranges::find(kWords, word) != kWords.end();
}

bool is_followed_by_secret(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWords = {
      "password", "insecure-password", "dynamic-cookie-key", "set-dynamic-cookie-key"};
  return std::ranges::find(kWords, word) != kWords.end();
}

class Masker {
 public:
  explicit Masker(std::string_view line) : line_(line), tokens_(tokens_of(line)) {}

  std::string run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string_view before = i > 0 ? word(i - 1) : std::string_view();
      if (is_followed_by_secret(before)) hide(tokens_[i].begin, tokens_[i].end);
      const bool stats = i > 1 && word(i - 2) == "stats";
      if (base::iequals(before, "auth") && stats)
        hide_after_colon(tokens_[i]);
      else if (base::iequals(before, "auth") && i > 2)  // what a check sends
        hide(tokens_[i].begin, tokens_[i].end);
      if (names_something(before) && bears_credentials(word(i)) && i + 1 < tokens_.size())
        hide(tokens_[i + 1].begin, line_.size());
      hide_in_url(tokens_[i]);
    }
    if (hidden_.empty()) return std::string(line_);
    return shown();
  }

 private:
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return line_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  void hide(std::size_t begin, std::size_t end) {
    if (begin < end) hidden_.push_back({begin, end});
  }
  void hide_after_colon(const Token& token) {
    const std::size_t colon = line_.find(':', token.begin);
    if (colon < token.end) hide(colon + 1, token.end);
  }
  void hide_in_url(const Token& token) {
    const std::string_view text = line_.substr(token.begin, token.end - token.begin);
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return;
    const std::string_view authority =
        text.substr(scheme + 3, text.find('/', scheme + 3) - scheme - 3);
    const std::size_t at = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (at != std::string_view::npos && colon < at)
      hide(token.begin + scheme + 3 + colon + 1, token.begin + scheme + 3 + at);
  }
  [[nodiscard]] std::string shown() {
    std::ranges::sort(hidden_, {}, &Token::begin);
    std::string out;
    std::size_t from = 0;
    for (const Token& each : hidden_) {
      if (each.end <= from) continue;
      if (each.begin >= from) {
        out += line_.substr(from, each.begin - from);
        out += kStars;
      }
      from = each.end;
    }
    return out.append(line_.substr(from));
  }

  std::string_view line_;
  std::vector<Token> tokens_;
  std::vector<Token> hidden_;
};

enum class Edit : std::uint8_t { Keep, Remove, Add };

/// The shortest edit script (Myers 1986), by the length of common subsequences; both sides without
/// what they share at both ends. Above the bound all of it is replaced.
std::vector<Edit> edits_of(std::span<const std::string> a, std::span<const std::string> b) {
  constexpr std::size_t kMostCells = 4'000'000;
  std::vector<Edit> out;
  if (a.size() * b.size() > kMostCells) {
    out.assign(a.size(), Edit::Remove);
    out.insert(out.end(), b.size(), Edit::Add);
    return out;
  }
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> longest((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t k = b.size(); k-- > 0;) {
      longest[i * width + k] =
          a[i] == b[k] ? longest[(i + 1) * width + k + 1] + 1
                       : std::max(longest[(i + 1) * width + k], longest[i * width + k + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < a.size() || k < b.size()) {
    if (i < a.size() && k < b.size() && a[i] == b[k]) {
      out.push_back(Edit::Keep);
      ++i;
      ++k;
    } else if (k == b.size() ||
               (i < a.size() && longest[(i + 1) * width + k] >= longest[i * width + k + 1])) {
      out.push_back(Edit::Remove);
      ++i;
    } else {
      out.push_back(Edit::Add);
      ++k;
    }
  }
  return out;
}

std::string range_text(std::size_t begin, std::size_t count) {
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

}  // namespace

std::string without_secrets(std::string_view line) { return Masker(line).run(); }

std::string unified_difference(const std::vector<std::string>& before,
                               const std::vector<std::string>& after, std::string_view name_before,
                               std::string_view name_after) {
  constexpr std::size_t kAround = 3;
  std::size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  if (head + tail == before.size() && before.size() == after.size()) return {};
  std::vector<Edit> edits(head, Edit::Keep);
  const auto middle = edits_of(std::span(before).subspan(head, before.size() - head - tail),
                               std::span(after).subspan(head, after.size() - head - tail));
  edits.insert(edits.end(), middle.begin(), middle.end());
  edits.insert(edits.end(), tail, Edit::Keep);

  std::string out = "--- " + std::string(name_before) + "\n+++ " + std::string(name_after) + "\n";
  std::size_t i = 0;
  std::size_t k = 0;
  for (std::size_t at = 0; at < edits.size();) {
    std::size_t next = at;
    while (next < edits.size() && edits[next] == Edit::Keep) ++next;
    if (next == edits.size()) break;
    const std::size_t lead = std::min(kAround, next - at);
    i += next - at - lead;
    k += next - at - lead;
    std::size_t end = next;  // of the hunk: the last change with no more than two times `kAround`
    for (std::size_t kept = 0; end < edits.size() && kept <= 2 * kAround; ++end)
      kept = edits[end] == Edit::Keep ? kept + 1 : 0;
    while (edits[end - 1] == Edit::Keep) --end;
    const std::size_t trail = std::min(kAround, edits.size() - end);
    std::string body;
    const std::size_t from_before = i;
    const std::size_t from_after = k;
    for (std::size_t e = next - lead; e < end + trail; ++e) {
      if (edits[e] == Edit::Add)
        body += '+' + after[k++] + '\n';
      else if (edits[e] == Edit::Remove)
        body += '-' + before[i++] + '\n';
      else
        body += ' ' + before[i++] + '\n', ++k;
    }
    out += "@@ -" + range_text(from_before, i - from_before) + " +" +
           range_text(from_after, k - from_after) + " @@\n" + body;
    at = end + trail;
  }
  return out;
}

}  // namespace sluice::admin
