#include "rules/program.h"

#include "rules/rule.h"

namespace sluice::rules {

Program::Program() = default;
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

namespace {

/// A condition that depends on bytes to come waits as long as the inspect delay lasts, which counts
/// from the first such wait and is one for all rules; then what is there is all there is.
Truth decide(const Rule& rule, std::uint32_t inspect_delay_ms, Cursor& cursor,
             Evaluation& evaluation) {
  const Truth truth = rule.condition().evaluate(evaluation);
  if (truth != Truth::Unknown) return truth;
  if (evaluation.login_pending()) {
    cursor.waiting = WaitFor::Login;
    return Truth::Unknown;
  }
  const std::uint64_t now_ms = evaluation.now.ms();
  if (inspect_delay_ms != 0 && cursor.wait_deadline_ms == 0) {
    cursor.wait_started_ms = now_ms;
    cursor.wait_deadline_ms = now_ms + inspect_delay_ms;
  }
  if (inspect_delay_ms != 0 && now_ms < cursor.wait_deadline_ms && !evaluation.payload_final) {
    cursor.waiting = WaitFor::Payload;
    return Truth::Unknown;
  }
  evaluation.payload_final = true;
  const Truth last = rule.condition().evaluate(evaluation);
  if (last != Truth::Unknown || !evaluation.login_pending())
    return last == Truth::True ? Truth::True : Truth::False;
  cursor.waiting = WaitFor::Login;
  return Truth::Unknown;
}

/// What the action writes may name a user, who must be known then.
bool waits_for_login(const Rule& rule, Cursor& cursor, Evaluation& evaluation) {
  for (const model::Userlist* list : rule.userlists()) {
    if (evaluation.login == nullptr ||
        evaluation.login->login(*list) != LoginSource::Answer::Pending)
      continue;
    cursor.waiting = WaitFor::Login;
    return true;
  }
  return false;
}

}  // namespace

Verdict Program::step(Cursor& cursor, Evaluation& evaluation, Outcome& outcome) const {
  for (; cursor.rule < rules_.size(); ++cursor.rule) {
    const Rule& rule = *rules_[cursor.rule];
    // An action that waited already had its condition fulfilled; it goes on where it was.
    if (cursor.waiting != WaitFor::RequestBody && !rule.unconditional()) {
      const Truth truth = decide(rule, inspect_delay_ms_, cursor, evaluation);
      if (truth == Truth::Unknown) return Verdict::Wait;
      cursor.waiting = WaitFor::Nothing;
      if (truth == Truth::False) continue;
    }
    if (!rule.userlists().empty() && waits_for_login(rule, cursor, evaluation))
      return Verdict::Wait;
    switch (rule.action().run(cursor, evaluation, outcome)) {
      case ActionResult::Wait:
        return Verdict::Wait;
      case ActionResult::Stop:
        return Verdict::Stop;
      case ActionResult::Next:
        break;
    }
    if (cursor.waiting == WaitFor::RequestBody) {
      cursor.waiting = WaitFor::Nothing;
      cursor.wait_deadline_ms = 0;
      cursor.wait_bytes = 0;
    }
  }
  return Verdict::Continue;
}

}  // namespace sluice::rules
