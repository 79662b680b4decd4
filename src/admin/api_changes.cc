// Changing: POST /api/changes and what is done with its entries.
#include <algorithm>
#include <memory>

#include "admin/api.h"
#include "admin/api_actions.h"
#include "admin/placing.h"
#include "admin/runtime_commands.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

using Force = Api::Force;
constexpr std::size_t kMaxNoteBytes = 500;

/// A reply that leaves when it is known and every worker has passed on to the new state. A request
/// with an Idempotency-Key leaves it behind for the next one.
class Acknowledged {
 public:
  explicit Acknowledged(Api& api, std::string key) : api_(api), key_(std::move(key)) {}
  void acknowledge() {
    acknowledged_ = true;
    send();
  }
  void know(http::ServiceReply reply) {
    reply_ = std::move(reply);
    if (!key_.empty()) api_.answers().finish(key_, *reply_);
    send();
  }
  void want(std::function<void(http::ServiceReply)> answer) {
    answer_ = std::move(answer);
    send();
  }

 private:
  void send() {
    if (acknowledged_ && reply_ && answer_) std::exchange(answer_, nullptr)(*reply_);
  }
  Api& api_;
  std::string key_;
  bool acknowledged_ = false;
  std::optional<http::ServiceReply> reply_;
  std::function<void(http::ServiceReply)> answer_;
};

http::ServiceReply change_reply(Api& api, std::uint64_t id) {
  http::ServiceReply reply = json_reply(change_object(*api.view().log->find(id)));
  reply.fields.emplace_back("etag", '"' + std::to_string(api.model().rev()) + '"');
  return reply;
}

using Perform =
    std::function<std::variant<std::uint64_t, Refusal>(std::function<void()> acknowledged)>;

/// The answer to the same request, if it came before, or why its Idempotency-Key is refused. Else
/// nothing, and `key` is what its answer is to be kept under; empty: it need not be.
std::optional<http::ServiceReply> seen_before(Api& api, const ApiCall& call, std::string& key) {
  const std::string_view given = call.field("idempotency-key");
  constexpr std::size_t kMaxKeyBytes = 128;
  if (given.size() > kMaxKeyBytes)
    return problem_reply(refuse(400, "bad-request", "The Idempotency-Key is over 128 bytes."));
  if (given.empty()) return std::nullopt;
  key = call.caller.user + '\n' + std::string(given);
  const std::string request =
      call.request.method + ' ' + call.request.path + '\n' + call.request.body;
  const std::uint64_t now_ms = api.view().now_ms();
  if (const auto* kept = api.answers().find(key, now_ms)) {
    if (kept->request != request)
      return problem_reply(
          refuse(422, "key-reused", "This Idempotency-Key came with another request."));
    if (!kept->reply)
      return problem_reply(refuse(409, "conflict", "This request is being worked on."));
    return *kept->reply;
  }
  api.answers().begin(key, request, now_ms);
  return std::nullopt;
}

/// Runs `perform` unless the same request was answered before.
http::ServiceReply once(Api& api, const ApiCall& call, const Perform& perform) {
  std::string key;
  if (auto before = seen_before(api, call, key)) return std::move(*before);
  auto pending = std::make_shared<Acknowledged>(api, key);
  const auto done = perform([pending] { pending->acknowledge(); });
  if (const Refusal* refusal = std::get_if<Refusal>(&done)) {
    http::ServiceReply reply = problem_reply(*refusal);
    if (!key.empty()) api.answers().finish(key, reply);
    return reply;
  }
  pending->know(change_reply(api, std::get<std::uint64_t>(done)));
  http::ServiceReply reply;
  reply.later = [pending](std::function<void(http::ServiceReply)> answer) {
    pending->want(std::move(answer));
  };
  return reply;
}

std::variant<std::string, Refusal> note_of(const Json& body) {
  if (!body.contains("note")) return std::string();
  if (!body["note"].is_string() || body["note"].get<std::string>().size() > kMaxNoteBytes)
    return refuse(422, "invalid-value", "'note' is a text of at most 500 bytes.");
  return body["note"].get<std::string>();
}

/// A deadline is no value of the state that is set: the log has it with the reason.
void note_deadline(Api::Order& order) {
  if (!order.actions.is_array()) return;
  for (const Json& action : order.actions) {
    if (!action.is_object() || !action.contains("drain_deadline")) continue;
    std::string& note = order.origin.note;
    note += (note.empty() ? "deadline " : "; deadline ") + dump(action["drain_deadline"]) + " s";
    return;
  }
}

/// The order of a request's body, without its origin's note where that is malformed.
std::variant<Api::Order, Refusal> read_order(const ApiCall& call) {
  auto body = read_body(call, {"actions", "note", "expires"});
  if (Refusal* refusal = std::get_if<Refusal>(&body)) return std::move(*refusal);
  Json& json = std::get<Json>(body);
  auto note = note_of(json);
  if (Refusal* refusal = std::get_if<Refusal>(&note)) return std::move(*refusal);
  Api::Order order;
  order.origin = origin_of(call, std::move(std::get<std::string>(note)));
  order.actions = json.value("actions", Json());
  note_deadline(order);
  if (json.contains("expires")) {
    constexpr std::uint64_t kMostMinutes = 1'440;
    const Json& minutes = json["expires"];
    if (!minutes.is_number_unsigned() || minutes.get<std::uint64_t>() == 0 ||
        minutes.get<std::uint64_t>() > kMostMinutes)
      return refuse(422, "invalid-value", "'expires' is 1 to 1440 minutes.");
    order.expires_min = minutes.get<std::uint32_t>();
  }
  return order;
}

/// If-Match: one of the targets was changed since.
std::optional<Refusal> refuse_stale(const ApiModel& model, std::string_view if_match,
                                    const Plan& plan) {
  if (if_match.empty() || if_match == "*") return std::nullopt;
  std::string_view number = if_match;
  if (number.size() >= 2 && number.front() == '"' && number.back() == '"')
    number = number.substr(1, number.size() - 2);
  const auto rev = base::to_unsigned(number);
  if (!rev) return refuse(412, "stale", "If-Match is no tag of this API.");
  for (const Step& step : plan) {
    if (step.key != "*" && model.settled_rev(step.key) > *rev)
      return refuse(412, "stale", step.key.substr(2) + " was changed since.");
  }
  return std::nullopt;
}

/// What lasts can't be taken back, so that it can't expire.
std::optional<Refusal> refuse_expiry(const Api::Order& order, const Plan& plan) {
  if (!order.expires_min) return std::nullopt;
  for (const Step& step : plan) {
    const auto* change = std::get_if<control::ChangeAction>(&step.action);
    const bool lasts =
        std::holds_alternative<ClearCounters>(step.action) ||
        std::holds_alternative<ShutFrontend>(step.action) ||
        (change != nullptr && (std::holds_alternative<control::ShutdownSessions>(*change) ||
                               std::holds_alternative<control::SetAgentHealth>(*change)));
    if (lasts)
      return refuse(422, "invalid-value", step.key.substr(2) + ": this can't be set back.");
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_one(const ApiCall& call, std::string_view target,
                                  std::string_view set) {
  return refuse_below(call, least_role(target, set),
                      "'" + std::string(set) + "' of " + std::string(target));
}

/// An action that only an admin may do; one that is none is refused later.
std::optional<Refusal> refuse_actions(const ApiCall& call, const Json& actions) {
  for (std::size_t i = 0; actions.is_array() && i < actions.size(); ++i) {
    const Json& action = actions[i];
    const bool texts = action.is_object() && action.contains("target") && action.contains("set") &&
                       action["target"].is_string() && action["set"].is_string();
    if (!texts) continue;
    auto refusal = refuse_one(call, action["target"].get_ref<const std::string&>(),
                              action["set"].get_ref<const std::string&>());
    if (!refusal) continue;
    refusal->errors.push_back(fault_at("/actions/" + std::to_string(i), refusal->detail));
    return refusal;
  }
  return std::nullopt;
}

/// Who could not have made a change may not set it back, nor keep it.
std::optional<Refusal> refuse_entry(Api& api, const ApiCall& call,
                                    std::optional<std::uint64_t> id) {
  const control::LoggedChange* entry = id ? api.view().log->find(*id) : nullptr;
  if (entry == nullptr) return std::nullopt;
  for (const control::LoggedItem& item : entry->items) {
    if (auto refusal = refuse_one(call, item.target, item.set)) return refusal;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> id_of(const ApiCall& call) { return base::to_unsigned(call.path[0]); }

http::ServiceReply no_such_change(const ApiCall& call) {
  return problem_reply(refuse(404, "not-found", "There is no change " + call.path[0] + "."));
}

}  // namespace

namespace {

/// One server that is to be added or deleted: that is done by another configuration, and is no step
/// of a plan.
bool is_placing(const Api::Order& order) {
  if (!order.actions.is_array() || order.actions.size() != 1 || !order.actions[0].is_object())
    return false;
  const Json& action = order.actions[0];
  const bool texts = action.contains("target") && action["target"].is_string() &&
                     action.contains("set") && action["set"].is_string();
  if (!texts || !action["target"].get_ref<const std::string&>().starts_with("s:")) return false;
  return action["set"] == "add" || action["set"] == "delete";
}

std::optional<Refusal> refuse_placing(const Api::Order& order) {
  const Json& action = order.actions[0];
  for (const auto& [name, unused] : action.items()) {
    if (name != "target" && name != "set" && name != "value")
      return refuse(400, "unknown-field", "Such an action has no '" + name + "'.");
  }
  if (order.expires_min) return refuse(422, "invalid-value", "This can't be set back.");
  const Json value = action.value("value", Json());
  if (action["set"] == "add" ? !value.is_string() : !value.is_null())
    return refuse(422, "invalid-value", "'add' takes the rest of a server line, 'delete' nothing.");
  return std::nullopt;
}

http::ServiceReply place(Api& api, const ApiCall& call, const Api::Order& order) {
  const Json& action = order.actions[0];
  const std::string target = action["target"].get<std::string>();
  std::string key;
  if (auto before = seen_before(api, call, key)) return std::move(*before);
  auto refusal = refuse_placing(order);
  if (!refusal)
    refusal = refuse_stale(api.model(), call.field("if-match"), {{target, NoteShare{}}});
  auto pending = std::make_shared<Acknowledged>(api, key);
  pending->acknowledge();
  const auto told = [&api, pending, target](std::optional<Refusal> why) {
    if (why) {
      why->errors.push_back(fault_at("/actions/0", why->detail));
      return pending->know(problem_reply(*why));
    }
    const std::uint64_t id = api.view().log->entries().back().id;
    saved_too(api.view(), [&api, pending, id] { pending->know(change_reply(api, id)); })();
  };
  if (refusal)
    told(std::move(refusal));
  else if (action["set"] == "add")
    place_server(api.view(), target.substr(2), split_words(action["value"].get<std::string>()),
                 order.origin, told);
  else
    remove_server(api.view(), target.substr(2), order.origin, told);
  http::ServiceReply reply;
  reply.later = [pending](std::function<void(http::ServiceReply)> answer) {
    pending->want(std::move(answer));
  };
  return reply;
}

}  // namespace

http::ServiceReply post_change(Api& api, const ApiCall& call) {
  auto order = read_order(call);
  if (const Refusal* refusal = std::get_if<Refusal>(&order)) return problem_reply(*refusal);
  Api::Order& wanted = std::get<Api::Order>(order);
  if (const auto refusal = refuse_actions(call, wanted.actions)) return problem_reply(*refusal);
  if (is_placing(wanted)) return place(api, call, wanted);
  return once(api, call, [&](std::function<void()> acknowledged) {
    api.model().settle();
    const auto plan = plan_actions(api.view(), wanted.actions);
    std::optional<Refusal> refusal;
    if (const Plan* steps = std::get_if<Plan>(&plan)) {
      refusal = refuse_stale(api.model(), call.field("if-match"), *steps);
      if (!refusal) refusal = refuse_expiry(wanted, *steps);
    }
    if (refusal) return std::variant<std::uint64_t, Refusal>(std::move(*refusal));
    return api.change(wanted, std::move(acknowledged));
  });
}

std::variant<std::uint64_t, Refusal> Api::undo(std::uint64_t id, control::ChangeOrigin origin,
                                               Force force, std::function<void()> acknowledged) {
  const control::LoggedChange* entry = view_.log->find(id);
  if (entry == nullptr) return refuse(404, "not-found", "There is no such change.");
  if (!entry->undoable())
    return refuse(409, "not-undoable", "Change " + std::to_string(id) + " can't be set back.");
  if (force == Force::No) {
    for (auto later = view_.log->entries().rbegin(); later->id > id; ++later) {
      for (const control::LoggedItem& now : later->items) {
        for (const control::LoggedItem& then : entry->items) {
          const bool same = now.target == then.target && now.set == then.set && now.set != "share";
          if (same && now.new_value != then.new_value && !later->undone_by)
            return refuse(409, "changed-since",
                          then.target.substr(then.target == "*" ? 0 : 2) +
                              " was changed since: " + now.set + " is " + now.new_value + " now.");
        }
      }
    }
  }
  Order order;
  order.actions = inverse_actions(entry->items);
  order.origin = std::move(origin);
  order.undo_of = id;
  auto done = change(order, std::move(acknowledged));
  if (const auto* by = std::get_if<std::uint64_t>(&done)) {
    if (control::LoggedChange* undone = view_.log->find(id)) view_.log->undone(*undone, *by);
  }
  return done;
}

http::ServiceReply post_undo(Api& api, const ApiCall& call) {
  const auto id = id_of(call);
  if (!id) return no_such_change(call);
  if (const auto refusal = refuse_entry(api, call, id)) return problem_reply(*refusal);
  auto body = read_body(call, {"note", "force"});
  if (const Refusal* refusal = std::get_if<Refusal>(&body)) return problem_reply(*refusal);
  const Json& json = std::get<Json>(body);
  auto note = note_of(json);
  if (const Refusal* refusal = std::get_if<Refusal>(&note)) return problem_reply(*refusal);
  if (json.contains("force") && !json["force"].is_boolean())
    return problem_reply(refuse(422, "invalid-value", "'force' is true or false."));
  const Force force = json.value("force", false) ? Force::Yes : Force::No;
  return once(api, call, [&](std::function<void()> acknowledged) {
    return api.undo(*id, origin_of(call, std::get<std::string>(note)), force,
                    std::move(acknowledged));
  });
}

http::ServiceReply post_confirm(Api& api, const ApiCall& call) {
  const auto id = id_of(call);
  control::LoggedChange* entry = id ? api.view().log->find(*id) : nullptr;
  if (entry == nullptr) return no_such_change(call);
  if (const auto refusal = refuse_entry(api, call, id)) return problem_reply(*refusal);
  if (!entry->pending())
    return problem_reply(
        refuse(409, "conflict", "Change " + call.path[0] + " waits for no confirmation."));
  api.view().log->confirm(*entry, call.caller.user);
  http::ServiceReply reply;
  reply.later = [&api, id = *id](std::function<void(http::ServiceReply)> answer) {
    const auto give = [&api, id, answer = std::move(answer)] { answer(change_reply(api, id)); };
    saved_too(api.view(), give)();
  };
  return reply;
}

http::ServiceReply post_preview(Api& api, const ApiCall& call) {
  auto order = read_order(call);
  if (const Refusal* refusal = std::get_if<Refusal>(&order)) return problem_reply(*refusal);
  const auto plan = plan_actions(api.view(), std::get<Api::Order>(order).actions);
  if (const Refusal* refusal = std::get_if<Refusal>(&plan)) return problem_reply(*refusal);
  return json_reply(preview_plan(api.view(), api.model(), std::get<Plan>(plan)));
}

http::ServiceReply get_change(Api& api, const ApiCall& call) {
  const auto id = id_of(call);
  const control::LoggedChange* entry = id ? api.view().log->find(*id) : nullptr;
  return entry != nullptr ? json_reply(change_object(*entry)) : no_such_change(call);
}

}  // namespace sluice::admin
