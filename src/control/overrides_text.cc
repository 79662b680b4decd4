// The text of the state file.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/json_fields.h"
#include "control/overrides.h"

namespace sluice::control {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "sluice-state";
constexpr std::string_view kRecordFields[] = {"server", "set",     "value",  "base",    "before",
                                              "who",    "from",    "source", "note",    "at",
                                              "change", "expires", "why",    "aside_at"};
constexpr std::string_view kDocumentFields[] = {"format", "version", "overrides", "set_aside"};

/// The members that are not among `known`, as an object's text; empty where there are none.
std::string others_of(const Json& object, std::span<const std::string_view> known) {
  Json others = Json::object();
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) others[name] = value;
  }
  return others.empty() ? std::string() : dump_json(others);
}

void add_others(Json& object, const std::string& others) {
  if (others.empty()) return;
  const Json parsed = Json::parse(others, nullptr, false);
  if (!parsed.is_object()) return;
  for (const auto& [name, value] : parsed.items()) object[name] = value;
}

Json object_of(const Override& record) {
  Json out = {{"server", record.backend + "/" + record.server},
              {"set", record.set},
              {"value", record.value},
              {"base", record.base},
              {"before", record.before},
              {"who", record.origin.who},
              {"from", to_text(record.origin.from)},
              {"at", record.at_us},
              {"change", record.change}};
  if (!record.origin.source.empty()) out["source"] = record.origin.source;
  if (!record.origin.note.empty()) out["note"] = record.origin.note;
  if (record.expires_at_us) out["expires"] = *record.expires_at_us;
  add_others(out, record.unknown);
  return out;
}

bool read_record(const Json& json, Override& out) {
  const std::string server = text_in(json, "server");
  const std::size_t slash = server.find('/');
  const auto at = number_in<std::int64_t>(json, "at");
  out.set = text_in(json, "set");
  out.value = text_in(json, "value");
  out.base = text_in(json, "base");
  if (slash == std::string::npos || !at || out.value.empty() || out.base.empty()) return false;
  out.backend = server.substr(0, slash);
  out.server = server.substr(slash + 1);
  out.before = text_in(json, "before");
  out.origin.who = text_in(json, "who");
  out.origin.from = source_of(text_in(json, "from"));
  out.origin.source = text_in(json, "source");
  out.origin.note = text_in(json, "note");
  out.at_us = *at;
  out.change = number_in<std::uint64_t>(json, "change").value_or(0);
  out.expires_at_us = number_in<std::int64_t>(json, "expires");
  out.unknown = others_of(json, kRecordFields);
  return out.set == "state" || out.set == "weight";
}

/// One record a line, so that people can read it.
void append_list(std::string& out, std::string_view name, const std::vector<std::string>& lines) {
  out += ",\n\"" + std::string(name) + "\":[";
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i == 0 ? "\n " : ",\n ") + lines[i];
  out += lines.empty() ? "]" : "\n]";
}

tl::unexpected<base::Error> not_one(std::string why) {
  return base::fail(base::ErrorKind::Configuration, std::move(why));
}

}  // namespace

std::string to_text(const OverrideDocument& document) {
  Json head = {{"format", kFormat}, {"version", OverrideDocument::kVersion}};
  add_others(head, document.unknown);
  std::string out = dump_json(head);
  out.pop_back();
  std::vector<std::string> lines;
  for (const Override& record : document.overrides) lines.push_back(dump_json(object_of(record)));
  append_list(out, "overrides", lines);
  lines.clear();
  for (const SetAside& aside : document.set_aside) {
    Json object = object_of(aside.record);
    object["why"] = aside.why;
    object["aside_at"] = aside.at_us;
    lines.push_back(dump_json(object));
  }
  append_list(out, "set_aside", lines);
  return out + "}\n";
}

base::Result<OverrideDocument> parse_overrides(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || text_in(json, "format") != kFormat)
    return not_one("it is no state file");
  const auto version = number_in<int>(json, "version");
  if (version != OverrideDocument::kVersion)
    return not_one("its version is not " + std::to_string(OverrideDocument::kVersion));
  OverrideDocument out;
  out.unknown = others_of(json, kDocumentFields);
  for (const char* list : {"overrides", "set_aside"}) {
    if (!json.contains(list) || !json[list].is_array())
      return not_one("it has no list '" + std::string(list) + "'");
    for (const Json& each : json[list]) {
      Override record;
      if (!read_record(each, record)) return not_one("a record lacks a field: " + dump_json(each));
      if (list[0] == 'o') {
        out.overrides.push_back(std::move(record));
        continue;
      }
      const auto at = number_in<std::int64_t>(each, "aside_at");
      out.set_aside.push_back({std::move(record), text_in(each, "why"), at.value_or(0)});
    }
  }
  return out;
}

}  // namespace sluice::control
