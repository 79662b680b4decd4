// The % tags of log formats (manual §8.2.6): one row each, name and writer.
#pragma once

#include <string_view>
#include <vector>

#include "rules/evaluation.h"
#include "rules/format.h"
#include "rules/format_writer.h"

namespace sluice::rules {

struct TagContext {
  FormatWriter& writer;
  FormatFlags flags;
  bool dash_when_absent;    // log lines say "-", messages nothing
  const LogRecord* record;  // null outside of logs
  Evaluation& evaluation;

  /// Text as HAProxy prints it: quoted, escaped, or "-" when there is none.
  void text(std::string_view value, Escape escape = Escape::None);
  void number(std::int64_t value);
};

/// False: nothing was written at all, so that the spaces around it are one (%hr without captures).
using TagFunction = bool (*)(TagContext& context);

struct TagRow {
  std::string_view name;
  TagFunction write;
};

[[nodiscard]] const TagRow* find_tag(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> tag_names();

}  // namespace sluice::rules
