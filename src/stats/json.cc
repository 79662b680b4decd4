#include "stats/json.h"

#include "stats/fields.h"

namespace sluice::stats {

namespace {

std::string_view kind_word(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::Frontend:
      return "Frontend";
    case ObjectKind::Backend:
      return "Backend";
    case ObjectKind::Server:
      return "Server";
    case ObjectKind::Listener:
      return "Listener";
  }
  return "Unknown";
}

// JSON numbers are exact up to 2^53 - 1 only.
constexpr std::uint64_t kMaxExact = 9'007'199'254'740'991U;

}  // namespace

void append_json_item_tail(std::string& out, std::size_t position, std::string_view name, Tag tag,
                           const Value& value) {
  out += "\"field\":{\"pos\":" + std::to_string(position) + ",\"name\":\"";
  append_json_escaped(out, name);
  out += "\"},\"processNum\":1,\"tags\":{\"origin\":\"";
  out += origin_word(tag);
  out += "\",\"nature\":\"";
  out += nature_word(tag);
  out += "\",\"scope\":\"";
  out += scope_word(tag);
  out += "\"},\"value\":{\"type\":\"";
  out += type_name(value.type);
  out += "\",\"value\":";
  if (value.is_text()) {
    out += '"';
    append_json_escaped(out, value.text);
    out += '"';
  } else if (value.type == Value::Type::U64 && value.number > kMaxExact) {
    out += std::to_string(kMaxExact);
  } else {
    append_plain(out, value);
  }
  out += "}}";
}

void append_json_row(std::string& out, const Sample& sample) {
  std::string head = "{\"objType\":\"";
  head += kind_word(sample.kind);
  head += "\",\"proxyId\":" + std::to_string(sample.iid) + ",\"id\":" + std::to_string(sample.sid) +
          ",";
  out += '[';
  std::size_t position = 0;
  bool first = true;
  for (const Field& field : fields()) {
    const Value value = field.of(sample);
    if (!value.empty()) {
      if (!first) out += ',';
      first = false;
      out += head;
      append_json_item_tail(out, position, field.name, field.tag_for(sample.kind), value);
    }
    ++position;
  }
  out += ']';
}

std::string_view json_schema() {
  return R"({"$schema":"http://json-schema.org/draft-04/schema#","oneOf":[)"
         R"({"title":"Info","type":"array","items":{"$ref":"#/definitions/item"}},)"
         R"({"title":"Stat","type":"array","items":{"type":"array","items":{"allOf":[)"
         R"({"$ref":"#/definitions/item"},{"type":"object","properties":{)"
         R"("objType":{"enum":["Frontend","Backend","Listener","Server"]},)"
         R"("proxyId":{"type":"integer","minimum":0},"id":{"type":"integer","minimum":0}},)"
         R"("required":["objType","proxyId","id"]}]}}},)"
         R"({"title":"Error","type":"object",)"
         R"("properties":{"errorStr":{"type":"string"}},"required":["errorStr"]}],)"
         R"("definitions":{"item":{"type":"object","properties":{)"
         R"("field":{"type":"object","properties":{"pos":{"type":"integer","minimum":0},)"
         R"("name":{"type":"string"}},"required":["pos","name"]},)"
         R"("processNum":{"type":"integer","minimum":1},)"
         R"("tags":{"type":"object","properties":{)"
         R"("origin":{"enum":["Metric","Status","Key","Config","Product","Unknown"]},)"
         R"("nature":{"enum":["Gauge","Limit","Min","Max","Rate","Counter","Duration",)"
         R"("Age","Time","Name","Output","Avg","Unknown"]},)"
         R"("scope":{"enum":["Cluster","Process","Service","System","Unknown"]}},)"
         R"("required":["origin","nature","scope"]},)"
         R"("value":{"oneOf":[)"
         R"({"properties":{"type":{"enum":["s32","u32","u64"]},"value":{"type":"integer"}},)"
         R"("required":["type","value"]},)"
         R"({"properties":{"type":{"enum":["str"]},"value":{"type":"string"}},)"
         R"("required":["type","value"]}]}},)"
         R"("required":["field","processNum","tags","value"]}}})";
}

}  // namespace sluice::stats
