// The status text of a server as the statistics show it ("UP 1/3", "no check", "MAINT", …; manual
// of HAProxy management.txt 9.1, field 18), from its state word. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/server_state.h"
#include "stats/sample.h"

namespace sluice::stats {

struct CheckSettings {
  bool enabled = false;
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  bool agent = false;  // it is asked
  /// Of the server at the end of the chain, where this one tracks another; the settings above are
  /// that one's too.
  std::optional<model::ServerStateWord> tracked;
  std::string tracked_name;  // "BACKEND/SERVER", the next one of the chain
};

[[nodiscard]] CheckSettings check_settings(const model::ServerLive& server);

[[nodiscard]] std::string server_status(const model::ServerStateWord& word,
                                        const CheckSettings& check);
[[nodiscard]] StateLabel server_state_label(const model::ServerStateWord& word);

/// Where a server stands between its thresholds; decides the row's colour on the page.
enum class Trend : std::uint8_t { Steady, GoingUp, GoingDown };
[[nodiscard]] Trend server_trend(const model::ServerStateWord& word, const CheckSettings& check);

}  // namespace sluice::stats
