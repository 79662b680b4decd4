// Actions that end the rules, make them wait or say how the request goes on: allow, reject,
// silent-drop, wait-for-body, use-service, disable-l7-retry.
#include <array>

#include "base/text.h"
#include "rules/action.h"

namespace sluice::rules {

namespace {

class EndAction final : public Action {
 public:
  explicit EndAction(OutcomeKind kind) : kind_(kind) {}
  ActionResult run(Cursor&, Evaluation&, Outcome& outcome) const override {
    outcome.kind = kind_;
    return ActionResult::Stop;
  }

 private:
  OutcomeKind kind_;
};

std::unique_ptr<const Action> make_end(ActionParser& parser, OutcomeKind kind) {
  if (!parser.finish()) return nullptr;
  return std::make_unique<EndAction>(kind);
}

/// Waits until the body, or enough of it, is buffered; a client that takes too long gets a 408.
class WaitForBody final : public Action {
 public:
  WaitForBody(std::uint64_t time_ms, std::uint64_t at_least)
      : time_ms_(time_ms), at_least_(at_least) {}

  ActionResult run(Cursor& cursor, Evaluation& evaluation, Outcome& outcome) const override {
    const BodyView& body = evaluation.body;
    const bool enough = body.complete || (at_least_ != 0 && body.bytes.size() >= at_least_);
    if (enough || evaluation.request == nullptr) return ActionResult::Next;
    const std::uint64_t now_ms = evaluation.now.ms();
    if (cursor.waiting != WaitFor::RequestBody) {
      cursor.wait_started_ms = now_ms;
      cursor.wait_deadline_ms = now_ms + time_ms_;
    } else if (now_ms >= cursor.wait_deadline_ms) {
      outcome.kind = OutcomeKind::Deny;
      outcome.status = 408;
      return ActionResult::Stop;
    }
    cursor.waiting = WaitFor::RequestBody;
    cursor.wait_bytes = at_least_;
    return ActionResult::Wait;
  }

 private:
  std::uint64_t time_ms_;
  std::uint64_t at_least_;
};

class DisableRetry final : public Action {
 public:
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    evaluation.may_retry_response = false;
    return ActionResult::Next;
  }
};

class UseService final : public Action {
 public:
  explicit UseService(std::string_view name) : name_(name) {}
  ActionResult run(Cursor&, Evaluation&, Outcome& outcome) const override {
    outcome.kind = OutcomeKind::UseService;
    outcome.service = name_;
    return ActionResult::Stop;
  }

 private:
  std::string_view name_;  // of the table below
};

constexpr std::array<std::string_view, 1> kServices = {"prometheus-exporter"};

}  // namespace

std::unique_ptr<const Action> make_allow(ActionParser& parser) {
  return make_end(parser, OutcomeKind::Allow);
}
std::unique_ptr<const Action> make_close(ActionParser& parser) {
  return make_end(parser, OutcomeKind::Close);
}
std::unique_ptr<const Action> make_reject(ActionParser& parser) {
  return make_end(parser, OutcomeKind::Reject);
}

std::unique_ptr<const Action> make_disable_l7_retry(ActionParser& parser) {
  if (!parser.finish()) return nullptr;
  return std::make_unique<DisableRetry>();
}

std::unique_ptr<const Action> make_silent_drop(ActionParser& parser) {
  if (parser.has_more() && parser.peek().text == "rst-ttl") {
    return parser.refuse(parser.peek(), "'rst-ttl' is not supported by Sluice yet");
  }
  return make_end(parser, OutcomeKind::SilentDrop);
}

std::unique_ptr<const Action> make_wait_for_body(ActionParser& parser) {
  std::optional<std::uint64_t> time_ms;
  std::uint64_t at_least = 0;
  while (parser.has_more()) {
    const base::Word& word = parser.next();
    if (word.text == "time") {
      time_ms = parser.expect_time_ms("a time");
      if (!time_ms) return nullptr;
    } else if (word.text == "at-least") {
      const base::Word* size = parser.expect("a number of bytes");
      if (size == nullptr) return nullptr;
      const auto bytes = base::parse_size(size->text);
      if (!bytes) return parser.refuse(*size, "'" + size->text + "' is not a size");
      at_least = *bytes;
    } else {
      return parser.refuse(word, "'wait-for-body' does not take '" + word.text + "'",
                           "it takes 'time' and 'at-least'");
    }
  }
  if (!time_ms)
    return parser.refuse(parser.name(),
                         "'wait-for-body' needs 'time' and how long at most it waits");
  return std::make_unique<WaitForBody>(*time_ms, at_least);
}

std::unique_ptr<const Action> make_use_service(ActionParser& parser) {
  const base::Word* word = parser.expect("the name of a service");
  if (word == nullptr || !parser.finish()) return nullptr;
  for (std::string_view service : kServices) {
    if (word->text == service) return std::make_unique<UseService>(service);
  }
  if (word->text.starts_with("lua.")) {
    return parser.refuse(*word, "the service '" + word->text + "' is not supported by Sluice yet");
  }
  return parser.refuse(*word, "there is no service '" + word->text + "'",
                       "prometheus-exporter is one");
}

}  // namespace sluice::rules
