#include "stats/value.h"

#include "base/text.h"

namespace sluice::stats {

void append_plain(std::string& out, const Value& value) {
  char digits[20];
  switch (value.type) {
    case Value::Type::Empty:
      return;
    case Value::Type::Text:
      out += value.text;
      return;
    case Value::Type::S32:
      if (value.as_signed() < 0) {
        out += '-';
        out.append(digits,
                   base::write_unsigned(static_cast<std::uint64_t>(-value.as_signed()), digits));
        return;
      }
      [[fallthrough]];
    case Value::Type::U32:
    case Value::Type::U64:
      out.append(digits, base::write_unsigned(value.number, digits));
      return;
  }
}

void append_json_escaped(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
}

std::string_view origin_word(Tag tag) {
  switch (tag.origin) {
    case 'M':
      return "Metric";
    case 'S':
      return "Status";
    case 'K':
      return "Key";
    case 'C':
      return "Config";
    case 'P':
      return "Product";
    default:
      return "Unknown";
  }
}

std::string_view nature_word(Tag tag) {
  switch (tag.nature) {
    case 'G':
      return "Gauge";
    case 'L':
      return "Limit";
    case 'm':
      return "Min";
    case 'M':
      return "Max";
    case 'R':
      return "Rate";
    case 'C':
      return "Counter";
    case 'D':
      return "Duration";
    case 'A':
      return "Age";
    case 'T':
      return "Time";
    case 'N':
      return "Name";
    case 'O':
      return "Output";
    case 'a':
      return "Avg";
    default:
      return "Unknown";
  }
}

std::string_view scope_word(Tag tag) {
  switch (tag.scope) {
    case 'C':
      return "Cluster";
    case 'P':
      return "Process";
    case 'S':
      return "Service";
    case 's':
      return "System";
    default:
      return "Unknown";
  }
}

}  // namespace sluice::stats
