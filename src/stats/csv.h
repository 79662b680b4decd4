// The statistics as comma-separated values: HAProxy's `show stat` and `;csv`. A header that begins
// with "# ", one line per object, a comma after every value, quotes only where a value needs them.
#pragma once

#include <string>
#include <string_view>

#include "stats/sample.h"

namespace sluice::stats {

void append_csv_header(std::string& out);
void append_csv_row(std::string& out, const Sample& sample);
/// One value: quoted when it holds a comma, a quote or a line end; quotes inside are doubled.
void append_csv_value(std::string& out, std::string_view text);

}  // namespace sluice::stats
