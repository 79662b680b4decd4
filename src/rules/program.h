// A compiled list of rules for one point of one proxy: a flat, immutable program. `step` runs it
// until it is through, an action ends it, or something must be waited for; the cursor lives in the
// exchange, so that it is entered again at the same rule when bytes, DNS or time arrive. Any thread
// may run it, each with its own cursor. Made by compile() from the model's words (rules/compile.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "rules/evaluation.h"

namespace sluice::rules {

enum class Verdict : std::uint8_t {
  Continue,  // through all rules; go on with the request
  Stop,      // an action ended it: see Outcome
  Wait,      // come back when what is waited for arrived, or at the deadline
};

enum class WaitFor : std::uint8_t { Nothing, RequestBody, Payload, Time, Login };

enum class OutcomeKind : std::uint8_t {
  None,
  Allow,   // end of this point's rules; the request goes on
  Deny,    // answer `status` (errorfile or default body) and close as HAProxy does
  Reject,  // close without an answer
  SilentDrop,
  Close,  // the server's connection ends; what came of the response goes on
  Tarpit,
  Challenge,   // answer 401 (errorfile or default body) with `realm`
  Reply,       // answer `reply` (return, redirect, auth)
  UseService,  // answered by the internal service `service`
  UseServer,
};

/// A response made by a rule. Views live in the program or the arena.
struct Reply {
  std::uint16_t status = 200;
  std::string_view reason;          // empty: the standard phrase
  std::vector<http::Field> fields;  // without framing
  std::string_view body;
  bool is_redirect = false;
  bool close = false;
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::None;
  std::uint16_t status = 403;
  std::string_view service;  // "prometheus-exporter"
  std::string_view realm;    // of Challenge, as it is written between quotes
  bool has_reply = false;    // Deny, Tarpit, Reply: `reply` is the content; else an error page is
  Reply reply;
};

struct Cursor {
  std::uint32_t rule = 0;
  std::uint64_t wait_started_ms = 0;
  WaitFor waiting = WaitFor::Nothing;
  std::uint64_t wait_deadline_ms = 0;  // monotonic; 0: the phase's own time-out alone
  std::uint64_t wait_bytes = 0;  // RequestBody: enough once that many are buffered; 0: whole body
  void restart() { *this = Cursor{}; }
};

class Rule;  // one compiled line: condition + action

class Program {
 public:
  Program();
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  [[nodiscard]] bool empty() const { return rules_.empty(); }
  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  /// Some rule looks at the request body, so that it must be buffered first.
  [[nodiscard]] bool needs_body() const { return needs_body_; }

  /// `tcp-request inspect-delay`: how long conditions on the payload may wait; 0: not at all.
  [[nodiscard]] std::uint32_t inspect_delay_ms() const { return inspect_delay_ms_; }

  /// `outcome` is written only when the verdict is Stop.
  [[nodiscard]] Verdict step(Cursor& cursor, Evaluation& evaluation, Outcome& outcome) const;

 private:
  friend class ProgramBuilder;
  std::vector<std::unique_ptr<const Rule>> rules_;
  bool needs_body_ = false;
  std::uint32_t inspect_delay_ms_ = 0;
};

}  // namespace sluice::rules
