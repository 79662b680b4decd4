// The JSON forms of `show stat json`, `show info json` and `show schema json`, HAProxy's shape:
// arrays of {field, processNum, tags, value}. Written by hand in pieces, so that a dump streams.
#pragma once

#include <string>
#include <string_view>

#include "stats/sample.h"
#include "stats/value.h"

namespace sluice::stats {

/// One row as an array of its values ("[{…},…]"), without separators around it.
void append_json_row(std::string& out, const Sample& sample);
/// `"field":{…},"processNum":1,"tags":{…},"value":{…}}`: the part that rows and info share.
void append_json_item_tail(std::string& out, std::size_t position, std::string_view name, Tag tag,
                           const Value& value);
[[nodiscard]] std::string_view json_schema();

}  // namespace sluice::stats
