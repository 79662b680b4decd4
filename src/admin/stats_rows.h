// The rows of the stats page's tables: one per object, cells by one table of columns, the row's
// class (its colour) by the state. Values come from the statistics fields; every text is escaped.
#pragma once

#include <string>

#include "stats/sample.h"

namespace sluice::admin {

enum class Buttons : std::uint8_t { Hidden, Shown };

struct RowStyle {
  Buttons buttons = Buttons::Hidden;  // a checkbox before each server
  bool legends = false;               // addresses, ids, cookies in tips
};

void append_row(std::string& out, const stats::Sample& sample, const RowStyle& style);

/// The CSS class: "active_up", "backup_going_down", "maintain", "frontend", …
[[nodiscard]] std::string row_class(const stats::Sample& sample);
/// "1h3m", "2d4h", "12s": two units at most.
[[nodiscard]] std::string short_duration(std::uint64_t seconds);

}  // namespace sluice::admin
