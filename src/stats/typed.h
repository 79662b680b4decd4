// The typed formats (management.txt 9.2): one line per value, as
// "F.2.0.4.scur.1:MGP:u32:0", for statistics and for information about the process.
#pragma once

#include <string>
#include <string_view>

#include "stats/sample.h"
#include "stats/value.h"

namespace sluice::stats {

enum class Descriptions : std::uint8_t { Without, With };

/// Every value of one row that is not empty.
void append_typed_row(std::string& out, const Sample& sample, Descriptions descriptions);
/// ":MGP:u32:0" and, with a description, `:"…"`; then the line end.
void append_typed_tail(std::string& out, Tag tag, const Value& value, std::string_view description);

/// F, B, S or L.
[[nodiscard]] char kind_letter(ObjectKind kind);

}  // namespace sluice::stats
