#include "control/audit.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/sha256.h"
#include "control/json_fields.h"

namespace sluice::control {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHashField = ",\"hash\":\"";
constexpr std::string_view kPrevField = ",\"prev\":\"";
constexpr std::size_t kHashBytes = 64;
// `,"hash":"…"}`
constexpr std::size_t kEndBytes = kHashField.size() + kHashBytes + 2;

Json object_of(const LoggedChange& entry) {
  Json items = Json::array();
  for (const LoggedItem& item : entry.items)
    items.push_back({{"target", item.target},
                     {"set", item.set},
                     {"old", item.old_value},
                     {"new", item.new_value}});
  Json out = {{"kind", "change"},
              {"id", entry.id},
              {"at", entry.at_us},
              {"who", entry.origin.who},
              {"from", to_text(entry.origin.from)},
              {"source", entry.origin.source},
              {"note", entry.origin.note},
              {"items", std::move(items)}};
  if (entry.undo_of) out["undo_of"] = *entry.undo_of;
  if (entry.expires_at_us) out["expires"] = *entry.expires_at_us;
  return out;
}

LoggedChange entry_of(const Json& json) {
  LoggedChange entry;
  entry.id = number_in<std::uint64_t>(json, "id").value_or(0);
  entry.at_us = number_in<std::int64_t>(json, "at").value_or(0);
  entry.origin.who = text_in(json, "who");
  entry.origin.from = source_of(text_in(json, "from"));
  entry.origin.source = text_in(json, "source");
  entry.origin.note = text_in(json, "note");
  entry.undo_of = number_in<std::uint64_t>(json, "undo_of");
  entry.expires_at_us = number_in<std::int64_t>(json, "expires");
  entry.hash = text_in(json, "hash");
  if (!json.contains("items") || !json["items"].is_array()) return entry;
  for (const Json& item : json["items"])
    entry.items.push_back({text_in(item, "target"), text_in(item, "set"), text_in(item, "old"),
                           text_in(item, "new")});
  return entry;
}

/// Is the line what its own hash says, and does it follow the one before? `last` is empty for the
/// first line, which may follow a file that was rolled away.
bool holds(std::string_view line, std::string& last) {
  if (line.size() < kEndBytes + kPrevField.size()) return false;
  const std::string_view sealed = line.substr(0, line.size() - kEndBytes);
  const std::string_view end = line.substr(sealed.size());
  if (!end.starts_with(kHashField) || !end.ends_with("\"}")) return false;
  const std::string_view hash = end.substr(kHashField.size(), kHashBytes);
  const std::size_t prev = sealed.rfind(kPrevField);
  if (prev == std::string_view::npos || !sealed.ends_with('"')) return false;
  const std::string_view before =
      sealed.substr(prev + kPrevField.size(), sealed.size() - prev - kPrevField.size() - 1);
  if (!last.empty() && before != last) return false;
  if (base::sha256_hex(sealed) != hash) return false;
  last = hash;
  return true;
}

/// Takes the lines in their order.
class Reader {
 public:
  Reader(std::size_t most, AuditReading before)
      : most_(most),
        entries_(std::make_move_iterator(before.entries.begin()),
                 std::make_move_iterator(before.entries.end())),
        last_id_(before.last_id),
        broken_at_(before.broken_at) {}

  /// False: not a line of this file.
  bool take(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return false;
    const std::string kind = text_in(json, "kind");
    const std::uint64_t id = number_in<std::uint64_t>(json, "id").value_or(0);
    if (kind == "begun") {
      if (number_in<int>(json, "version").value_or(0) > kAuditVersion) return false;
      last_id_ = std::max(last_id_, id);
    } else if (kind == "change") {
      last_id_ = std::max(last_id_, id);
      entries_.push_back(entry_of(json));
      if (entries_.back().undo_of) {
        if (LoggedChange* undone = find(*entries_.back().undo_of)) undone->undone_by = id;
      }
      if (entries_.size() > most_) entries_.pop_front();
    } else if (kind == "broken") {
      last_id_ = std::max(last_id_, id);
      broken_at_ = id;
    } else if (LoggedChange* entry = find(id)) {
      if (kind == "confirmed") entry->confirmed_by = text_in(json, "who");
      if (kind == "undone") entry->undone_by = number_in<std::uint64_t>(json, "by");
    }
    return true;
  }

  void finish(AuditReading& out) {
    out.entries.assign(std::make_move_iterator(entries_.begin()),
                       std::make_move_iterator(entries_.end()));
    out.last_id = last_id_;
    out.broken_at = broken_at_;
  }

 private:
  LoggedChange* find(std::uint64_t id) {
    const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                    [id](const LoggedChange& entry) { return entry.id == id; });
    return found != entries_.rend() ? &*found : nullptr;
  }
  const std::size_t most_;
  std::deque<LoggedChange> entries_;
  std::uint64_t last_id_;
  std::optional<std::uint64_t> broken_at_;
};

Json begun_object(std::int64_t at_us, std::string_view configuration) {
  return {{"kind", "begun"},
          {"version", kAuditVersion},
          {"at", at_us},
          {"configuration", configuration}};
}

}  // namespace

std::string AuditChain::seal(std::string object) {
  object.pop_back();  // its brace
  object += std::string(kPrevField) + last_ + '"';
  last_ = base::sha256_hex(object);
  return object + std::string(kHashField) + last_ + "\"}\n";
}

std::string AuditChain::begun(std::int64_t at_us, std::string_view configuration) {
  return seal(dump_json(begun_object(at_us, configuration)));
}

std::string AuditChain::goes_on(std::int64_t at_us, std::string_view configuration,
                                std::uint64_t last_id, std::string_view before) {
  Json object = begun_object(at_us, configuration);
  object["id"] = last_id;
  object["before"] = before;
  return seal(dump_json(object));
}

std::string AuditChain::broken(std::int64_t at_us, std::uint64_t first_id, std::uint64_t line,
                               std::string_view file) {
  return seal(dump_json(Json{
      {"kind", "broken"}, {"id", first_id}, {"at", at_us}, {"line", line}, {"set_aside", file}}));
}

std::string AuditChain::change(LoggedChange& entry) {
  std::string line = seal(dump_json(object_of(entry)));
  entry.hash = last_;
  return line;
}

std::string AuditChain::confirmed(const LoggedChange& entry, std::int64_t at_us) {
  return seal(dump_json(Json{{"kind", "confirmed"},
                             {"id", entry.id},
                             {"at", at_us},
                             {"who", entry.confirmed_by.value_or("")}}));
}

std::string AuditChain::undone(const LoggedChange& entry, std::int64_t at_us) {
  return seal(dump_json(Json{
      {"kind", "undone"}, {"id", entry.id}, {"at", at_us}, {"by", entry.undone_by.value_or(0)}}));
}

AuditHead read_audit_head(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  std::string last;
  if (!holds(line, last)) return {};
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || text_in(json, "kind") != "begun") return {};
  return {text_in(json, "before"), text_in(json, "prev")};
}

AuditReading read_audit(std::string_view text, std::size_t most, AuditReading before) {
  AuditReading out;
  Reader reader(most, std::move(before));
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (end == std::string_view::npos) {
      out.cut_short = true;
      break;
    }
    std::string last = out.last_hash;
    if (!holds(line, last) || !reader.take(line)) {
      out.damaged = true;
      break;
    }
    out.last_hash = std::move(last);
    ++out.whole_lines;
    out.whole_bytes += line.size() + 1;
    rest.remove_prefix(line.size() + 1);
  }
  reader.finish(out);
  return out;
}

}  // namespace sluice::control
