// Actions on the request line and the status line: path, query, URI, method, status.
#include <algorithm>

#include "base/text.h"
#include "rules/action.h"
#include "rules/token.h"

namespace sluice::rules {

namespace {

/// An origin-form path begins with '/' (RFC 9112 §3.2.1); without it the text could be read as a
/// host.
void set_path_and_query(http::Head& head, std::string_view path, std::string_view query,
                        base::Arena& arena) {
  const std::string_view slash = path.starts_with('/') ? "" : "/";
  head.path = arena.concat({slash, path, query});
  if (head.target_form == http::TargetForm::Asterisk) head.target_form = http::TargetForm::Origin;
}

std::string_view query_with_mark(const http::Head& head) {
  const std::size_t mark = head.path.find('?');
  return mark == std::string_view::npos ? std::string_view{} : head.path.substr(mark);
}

void set_host(http::Head& head, std::string_view host) {
  head.fields.remove(http::FieldId::Host);
  head.fields.add(http::FieldId::Host, "host", host);
}

/// Takes a whole URI apart. An absolute one brings its authority, which the Host header must
/// repeat.
void set_uri(http::Head& head, std::string_view uri, base::Arena& arena) {
  const std::size_t scheme = uri.find("://");
  if (uri == "*") {
    head.target_form = http::TargetForm::Asterisk;
    head.path = uri;
  } else if (scheme == std::string_view::npos || uri.starts_with('/')) {
    head.target_form = http::TargetForm::Origin;
    head.scheme = head.authority = {};
    head.path = uri.starts_with('/') ? uri : arena.concat({"/", uri});
  } else {
    const std::string_view rest = uri.substr(scheme + 3);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    head.target_form = http::TargetForm::Absolute;
    head.scheme = uri.substr(0, scheme);
    head.authority = rest.substr(0, end);
    const std::string_view path = rest.substr(end);
    head.path = path.starts_with('/') ? path : arena.concat({"/", path});
    set_host(head, head.authority);
  }
}

enum class TargetPart : std::uint8_t { Path, PathAndQuery, Query, Uri };

void set_part(TargetPart part, http::Head& head, std::string_view text, base::Arena& arena) {
  switch (part) {
    case TargetPart::Path: {
      // A '?' here would turn the rest of the path into a query.
      set_path_and_query(head, text.substr(0, text.find('?')), query_with_mark(head), arena);
      break;
    }
    case TargetPart::PathAndQuery:
      set_path_and_query(head, text, {}, arena);
      break;
    case TargetPart::Query: {
      const std::string_view bare = text.starts_with('?') ? text.substr(1) : text;
      set_path_and_query(head, head.path_only(), arena.concat({"?", bare}), arena);
      break;
    }
    case TargetPart::Uri:
      set_uri(head, text, arena);
      break;
  }
}

std::string_view get_part(TargetPart part, const http::Head& head, base::Arena& arena) {
  switch (part) {
    case TargetPart::Path:
      return head.path_only();
    case TargetPart::PathAndQuery:
      return head.path;
    case TargetPart::Query:
      return head.query();
    case TargetPart::Uri:
      return head.target(arena);
  }
  return {};
}

/// A CONNECT has no path, and its authority decides where a tunnel leads: no rule touches it.
bool is_rewritable(const http::Head* head) {
  return head != nullptr && head->target_form != http::TargetForm::Authority;
}

class SetTarget final : public Action {
 public:
  SetTarget(TargetPart part, std::unique_ptr<const CompiledFormat> format)
      : part_(part), format_(std::move(format)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    if (!is_rewritable(evaluation.request)) return ActionResult::Next;
    const auto text = format_->compose(evaluation);
    if (!text) return fail_rewrite(outcome);
    set_part(part_, *evaluation.request, *text, *evaluation.arena);
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return format_->needs_body(); }

 private:
  TargetPart part_;
  std::unique_ptr<const CompiledFormat> format_;
};

std::unique_ptr<const Action> make_target(ActionParser& parser, TargetPart part) {
  const base::Word* word = parser.expect("what to set it to");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto format = parser.format(*word, FormatPurpose::Target);
  if (format == nullptr) return nullptr;
  return std::make_unique<SetTarget>(part, std::move(format));
}

class ReplaceTarget final : public Action {
 public:
  ReplaceTarget(TargetPart part, std::shared_ptr<const Regex> regex,
                std::unique_ptr<const CompiledFormat> replacement)
      : part_(part), regex_(std::move(regex)), replacement_(std::move(replacement)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    if (!is_rewritable(evaluation.request)) return ActionResult::Next;
    http::Head& head = *evaluation.request;
    RegexMatch match;
    if (!regex_->find(get_part(part_, head, *evaluation.arena), 0, match))
      return ActionResult::Next;
    const auto replacement = replacement_->compose(evaluation);
    if (!replacement) return fail_rewrite(outcome);
    thread_local std::string out;
    out.clear();
    append_replacement(*replacement, match, out);
    set_part(part_, head, evaluation.arena->copy(out), *evaluation.arena);
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return replacement_->needs_body(); }

 private:
  TargetPart part_;
  std::shared_ptr<const Regex> regex_;
  std::unique_ptr<const CompiledFormat> replacement_;
};

std::unique_ptr<const Action> make_target_replacement(ActionParser& parser, TargetPart part) {
  const base::Word* pattern = parser.expect("a regex");
  if (pattern == nullptr) return nullptr;
  auto regex = Regex::compile(pattern->text, RegexCase::Sensitive);
  if (!regex) return parser.refuse(*pattern, regex.error().detail);
  const base::Word* word = parser.expect("a replacement");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto replacement = parser.format(*word, FormatPurpose::Target);
  if (replacement == nullptr) return nullptr;
  return std::make_unique<ReplaceTarget>(part, *regex, std::move(replacement));
}

class SetMethod final : public Action {
 public:
  explicit SetMethod(std::unique_ptr<const CompiledFormat> format) : format_(std::move(format)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    if (!is_rewritable(evaluation.request)) return ActionResult::Next;
    const auto text = format_->compose(evaluation);
    const http::Method method = text ? http::method_of(*text) : http::Method::Other;
    // A request does not become a tunnel by a rule.
    if (!text || !is_token(*text) || method == http::Method::Connect) return fail_rewrite(outcome);
    evaluation.request->method = method;
    evaluation.request->method_token = *text;
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return format_->needs_body(); }

 private:
  std::unique_ptr<const CompiledFormat> format_;
};

class SetStatus final : public Action {
 public:
  SetStatus(std::uint16_t status, std::string reason)
      : status_(status), reason_(std::move(reason)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    if (evaluation.response == nullptr) return ActionResult::Next;
    evaluation.response->status = status_;
    evaluation.response->reason =
        reason_.empty() ? http::reason_phrase(status_) : std::string_view(reason_);
    return ActionResult::Next;
  }

 private:
  std::uint16_t status_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<const Action> make_set_path(ActionParser& p) {
  return make_target(p, TargetPart::Path);
}
std::unique_ptr<const Action> make_set_pathq(ActionParser& p) {
  return make_target(p, TargetPart::PathAndQuery);
}
std::unique_ptr<const Action> make_set_query(ActionParser& p) {
  return make_target(p, TargetPart::Query);
}
std::unique_ptr<const Action> make_set_uri(ActionParser& p) {
  return make_target(p, TargetPart::Uri);
}
std::unique_ptr<const Action> make_replace_path(ActionParser& p) {
  return make_target_replacement(p, TargetPart::Path);
}
std::unique_ptr<const Action> make_replace_pathq(ActionParser& p) {
  return make_target_replacement(p, TargetPart::PathAndQuery);
}
std::unique_ptr<const Action> make_replace_uri(ActionParser& p) {
  return make_target_replacement(p, TargetPart::Uri);
}

std::unique_ptr<const Action> make_set_method(ActionParser& parser) {
  const base::Word* word = parser.expect("a method");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto format = parser.format(*word, FormatPurpose::Header);
  if (format == nullptr) return nullptr;
  return std::make_unique<SetMethod>(std::move(format));
}

std::unique_ptr<const Action> make_set_status(ActionParser& parser) {
  const base::Word* word = parser.expect("a status");
  if (word == nullptr) return nullptr;
  const auto status = base::to_unsigned(word->text);
  if (!status || *status < 100 || *status > 999) {
    return parser.refuse(*word, "'" + word->text + "' is not a status from 100 to 999");
  }
  std::string reason;
  if (parser.has_more() && parser.peek().text == "reason") {
    (void)parser.next();
    const base::Word* text = parser.expect("a reason");
    if (text == nullptr) return nullptr;
    for (char c : text->text) {
      if (static_cast<unsigned char>(c) < 32)
        return parser.refuse(*text, "a reason has no control characters");
    }
    reason = text->text;
  }
  if (!parser.finish()) return nullptr;
  return std::make_unique<SetStatus>(static_cast<std::uint16_t>(*status), std::move(reason));
}

}  // namespace sluice::rules
