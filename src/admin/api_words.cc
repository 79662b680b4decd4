// Changes in JSON, in words and as commands of the runtime socket.
#include "admin/api_model.h"

namespace sluice::admin {

namespace {

Json time_or_null(const std::optional<std::int64_t>& wall_us) {
  return wall_us ? Json(WallClock::seconds(*wall_us)) : Json(nullptr);
}

std::string frontend_command(const control::LoggedItem& item, const std::string& name) {
  if (item.set == "state")
    return (item.new_value == "enabled" ? "enable frontend " : "disable frontend ") + name;
  if (item.set == "maxconn") return "set maxconn frontend " + name + " " + item.new_value;
  return item.set == "life" ? "shutdown frontend " + name : "";
}

std::string process_command(const control::LoggedItem& item) {
  if (item.set == "counters")
    return item.new_value == "clear-all" ? "clear counters all" : "clear counters";
  if (item.set.starts_with("rate-limit ")) return "set " + item.set + " global " + item.new_value;
  if (item.set == "reload") return "reload";
  return item.set == "maxconn" ? "set maxconn global " + item.new_value : "";
}

}  // namespace

std::string item_words(const control::LoggedItem& item) {
  if (item.set == "sessions") return "sessions shut down";
  if (item.set == "counters") return "counters cleared";
  if (item.set == "reload") return "configuration " + item.new_value + " read";
  if (item.old_value.empty()) return item.set + " " + item.new_value;
  return item.set + " " + item.old_value + " → " + item.new_value;
}

std::string item_command(const control::LoggedItem& item) {
  if (item.target == "*") return process_command(item);
  const std::string name = item.target.substr(2);
  if (item.target[0] == 'f') return frontend_command(item, name);
  if (item.target[0] != 's') return "";
  if (item.new_value.empty()) return "";  // its server is gone
  const bool on = item.new_value == "enabled";
  if (item.set == "sessions") return "shutdown sessions server " + name;
  if (item.set == "maxconn") return "set maxconn server " + name + " " + item.new_value;
  if (item.set == "check") return (on ? "enable health " : "disable health ") + name;
  if (item.set == "agent") return (on ? "enable agent " : "disable agent ") + name;
  if (item.set == "addr") {
    const std::size_t colon = item.new_value.rfind(':');
    return "set server " + name + " addr " + item.new_value.substr(0, colon) + " port " +
           item.new_value.substr(colon + 1);
  }
  if (item.set == "resolution") return "";
  if (item.set == "add") return "add server " + name + " " + item.new_value;
  if (item.set == "delete") return "del server " + name;
  if (item.set == "agent-health") return "set server " + name + " agent " + item.new_value;
  return "set server " + name + " " + item.set + " " + item.new_value;
}

Json change_object(const control::LoggedChange& change) {
  Json items = Json::array();
  Json commands = Json::array();
  for (const control::LoggedItem& item : change.items) {
    items.push_back({{"target", item.target},
                     {"set", item.set},
                     {"old", item.old_value},
                     {"new", item.new_value}});
    if (std::string command = item_command(item); !command.empty())
      commands.push_back(std::move(command));
  }
  Json out = {{"id", change.id},
              {"at", WallClock::seconds(change.at_us)},
              {"who", change.origin.who},
              {"from", control::to_text(change.origin.from)},
              {"source", change.origin.source},
              {"note", change.origin.note},
              {"items", std::move(items)},
              {"commands", std::move(commands)},
              {"undoable", change.undoable()},
              {"undo_of", change.undo_of ? Json(*change.undo_of) : Json(nullptr)},
              {"undone_by", change.undone_by ? Json(*change.undone_by) : Json(nullptr)},
              {"expires_at", time_or_null(change.expires_at_us)},
              {"confirmed_by", change.confirmed_by ? Json(*change.confirmed_by) : Json(nullptr)}};
  if (!change.hash.empty()) out["hash"] = change.hash;
  return out;
}

}  // namespace sluice::admin
