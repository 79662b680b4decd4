// Redirects, both `http-request redirect` and the bare `redirect` (manual §4.2).
#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/action.h"

namespace sluice::rules {

namespace {

enum class RedirectKind : std::uint8_t { Location, Prefix, Scheme };

struct RedirectPlan {
  RedirectKind kind = RedirectKind::Location;
  std::uint16_t code = 302;
  bool drop_query = false;
  bool append_slash = false;
  bool ignore_empty = false;
  std::string cookie;   // the whole Set-Cookie value; empty: none
  std::string literal;  // of a bare redirect
  std::unique_ptr<const CompiledFormat> format;
};

class RedirectAction final : public Action {
 public:
  explicit RedirectAction(RedirectPlan plan) : plan_(std::move(plan)) {}

  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    std::string_view target = plan_.literal;
    if (plan_.format != nullptr) {
      const auto composed = plan_.format->compose(evaluation);
      if (!composed) return fail_rewrite(outcome);
      target = *composed;
    }
    if (plan_.ignore_empty && target.empty()) return ActionResult::Next;
    outcome.kind = OutcomeKind::Reply;
    outcome.status = plan_.code;
    outcome.has_reply = true;
    Reply& reply = outcome.reply;
    reply = Reply{};
    reply.status = plan_.code;
    reply.is_redirect = true;
    reply.fields.push_back({"location", location(target, evaluation), http::FieldId::Location});
    if (plan_.code == 302 || plan_.code == 303 || plan_.code == 307) {
      reply.fields.push_back({"cache-control", "no-cache", http::FieldId::Other});
    }
    if (!plan_.cookie.empty())
      reply.fields.push_back({"set-cookie", plan_.cookie, http::FieldId::SetCookie});
    return ActionResult::Stop;
  }

  [[nodiscard]] bool needs_body() const override {
    return plan_.format != nullptr && plan_.format->needs_body();
  }

 private:
  /// The request's path, "/" when it has none.
  [[nodiscard]] std::string_view path_of(const Evaluation& evaluation) const {
    const http::Head* head = evaluation.request;
    if (head == nullptr || head->path.empty() || head->path.front() != '/') return "/";
    return plan_.drop_query ? head->path_only() : head->path;
  }

  [[nodiscard]] std::string_view location(std::string_view target, Evaluation& evaluation) const {
    if (plan_.kind == RedirectKind::Location) return target;
    const std::string_view path = path_of(evaluation);
    const bool slash = plan_.drop_query && plan_.append_slash && !path.ends_with('/');
    const std::string_view tail = slash ? "/" : "";
    if (plan_.kind == RedirectKind::Prefix) {
      return evaluation.arena->concat({target == "/" ? std::string_view{} : target, path, tail});
    }
    const http::Field* host = evaluation.request == nullptr
                                  ? nullptr
                                  : evaluation.request->fields.find(http::FieldId::Host);
    return evaluation.arena->concat(
        {target, "://", host == nullptr ? std::string_view{} : host->value, path, tail});
  }

  RedirectPlan plan_;
};

class RedirectParser {
 public:
  RedirectParser(ActionParser& parser, RedirectPlan& plan) : parser_(parser), plan_(plan) {}

  bool run() {
    while (parser_.has_more()) {
      if (!read_option(parser_.next())) return false;
    }
    if (has_target_) return true;
    parser_.refuse(parser_.name(), "'redirect' needs 'location', 'prefix' or 'scheme'");
    return false;
  }

 private:
  bool read_option(const base::Word& word) {
    const std::string& text = word.text;
    if (text == "location") return read_target(RedirectKind::Location);
    if (text == "prefix") return read_target(RedirectKind::Prefix);
    if (text == "scheme") return read_target(RedirectKind::Scheme);
    if (text == "code") return read_code();
    if (text == "set-cookie" || text == "clear-cookie") return read_cookie(word);
    if (text == "drop-query") return plan_.drop_query = true;
    if (text == "append-slash") return plan_.append_slash = true;
    if (text == "ignore-empty") return plan_.ignore_empty = true;
    parser_.refuse(word, "'redirect' does not take '" + text + "'",
                   "it takes location, prefix, scheme, code, drop-query, append-slash, "
                   "ignore-empty, set-cookie, "
                   "clear-cookie");
    return false;
  }

  bool read_target(RedirectKind kind) {
    const base::Word* word = parser_.expect("where to redirect");
    if (word == nullptr) return false;
    plan_.kind = kind;
    has_target_ = true;
    if (!parser_.is_bare()) {
      plan_.format = parser_.format(*word, FormatPurpose::Header);
      return plan_.format != nullptr;
    }
    plan_.literal = word->text;
    return is_clean(*word);
  }

  bool is_clean(const base::Word& word) {
    const bool clean = std::none_of(word.text.begin(), word.text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 32 || c == 127;
    });
    if (!clean) parser_.refuse(word, "a control character may not stand in a header");
    return clean;
  }

  bool read_code() {
    const base::Word* word = parser_.expect("a status");
    if (word == nullptr) return false;
    static constexpr std::array<std::uint16_t, 5> kCodes = {301, 302, 303, 307, 308};
    const auto code = base::to_unsigned(word->text);
    if (!code || std::find(kCodes.begin(), kCodes.end(), *code) == kCodes.end()) {
      parser_.refuse(*word, "'" + word->text +
                                "' is not a code of a redirect: 301, 302, 303, 307 and 308 are");
      return false;
    }
    plan_.code = static_cast<std::uint16_t>(*code);
    return true;
  }

  bool read_cookie(const base::Word& kind) {
    const base::Word* word = parser_.expect("the name of a cookie");
    if (word == nullptr || !is_clean(*word)) return false;
    plan_.cookie = word->text + (kind.text == "set-cookie" ? "; path=/;" : "; path=/; Max-Age=0;");
    return true;
  }

  ActionParser& parser_;
  RedirectPlan& plan_;
  bool has_target_ = false;
};

}  // namespace

std::unique_ptr<const Action> make_redirect(ActionParser& parser) {
  RedirectPlan plan;
  if (!RedirectParser(parser, plan).run()) return nullptr;
  return std::make_unique<RedirectAction>(std::move(plan));
}

}  // namespace sluice::rules
