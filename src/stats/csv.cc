#include "stats/csv.h"

#include "stats/fields.h"

namespace sluice::stats {

void append_csv_header(std::string& out) {
  out += "# ";
  for (const Field& field : fields()) {
    out += field.name;
    out += ',';
  }
  out += '\n';
}

void append_csv_value(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_row(std::string& out, const Sample& sample) {
  for (const Field& field : fields()) {
    const Value value = field.of(sample);
    if (value.is_text()) {
      append_csv_value(out, value.text);
    } else {
      append_plain(out, value);
    }
    out += ',';
  }
  out += '\n';
}

}  // namespace sluice::stats
