// Whether an answer is what a step expects. Verdicts, their status and their text are HAProxy's
// (manual, "http-check expect" and "tcp-check expect").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "health/check_script.h"
#include "health/reply_reader.h"
#include "model/server_live.h"
#include "rules/evaluation.h"

namespace sluice::health {

enum class Expectation : std::uint8_t { Wait, Met, Failed };

struct Judgement {
  Expectation is = Expectation::Wait;
  model::CheckReport report;  // of a failure, and of success where a protocol has words for it
};

/// What a judgement looks at. `complete`: nothing more will come, or the buffer is full.
struct Heard {
  const ReplyReader* reply = nullptr;  // of an HTTP check
  std::string_view bytes;              // of any other one
  bool complete = false;
};

[[nodiscard]] Judgement judge(const CheckScript& script, const Step& step, const Heard& heard,
                              rules::Evaluation& evaluation);
/// The report of a check whose last step is this one, which was met.
[[nodiscard]] model::CheckReport success(const CheckScript& script, const Step& step,
                                         const Judgement& judgement, std::uint16_t code,
                                         rules::Evaluation& evaluation);
/// " (expect string 'x')": what was waited for when time was up.
[[nodiscard]] std::string waited_for(const Step& step);

}  // namespace sluice::health
