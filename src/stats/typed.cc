#include "stats/typed.h"

#include "stats/fields.h"

namespace sluice::stats {

char kind_letter(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::Frontend:
      return 'F';
    case ObjectKind::Backend:
      return 'B';
    case ObjectKind::Server:
      return 'S';
    case ObjectKind::Listener:
      return 'L';
  }
  return '?';
}

void append_typed_tail(std::string& out, Tag tag, const Value& value,
                       std::string_view description) {
  out += ':';
  out += tag.origin;
  out += tag.nature;
  out += tag.scope;
  out += ':';
  out += type_name(value.type);
  out += ':';
  append_plain(out, value);
  if (!description.empty()) {
    out += ":\"";
    out += description;
    out += '"';
  }
  out += '\n';
}

void append_typed_row(std::string& out, const Sample& sample, Descriptions descriptions) {
  std::string prefix(1, kind_letter(sample.kind));
  prefix += '.' + std::to_string(sample.iid) + '.' + std::to_string(sample.sid) + '.';
  std::size_t position = 0;
  for (const Field& field : fields()) {
    const Value value = field.of(sample);
    if (!value.empty()) {
      out += prefix;
      out += std::to_string(position);
      out += '.';
      out += field.name;
      out += ".1";
      append_typed_tail(
          out, field.tag_for(sample.kind), value,
          descriptions == Descriptions::With ? field.description : std::string_view{});
    }
    ++position;
  }
}

}  // namespace sluice::stats
