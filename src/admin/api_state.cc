// Reading: the contract, the session, the state, figures and events.
#include <algorithm>
#include <cstdlib>

#include "admin/api.h"
#include "admin/ui_service.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

http::ServiceReply not_found(std::string_view what) {
  return problem_reply(refuse(404, "not-found", "There is no " + std::string(what) + "."));
}

std::string tag_of(std::uint64_t rev) { return '"' + std::to_string(rev) + '"'; }

http::ServiceReply tagged(http::ServiceReply reply, std::uint64_t rev) {
  reply.fields.emplace_back("etag", tag_of(rev));
  return reply;
}

bool is_known(const ApiCall& call, std::uint64_t rev) {
  return matches_tag(call.field("if-none-match"), tag_of(rev));
}

http::ServiceReply not_modified(std::uint64_t rev) {
  http::ServiceReply reply;
  reply.status = 304;
  reply.fields = {{"cache-control", "no-store"}};
  return tagged(std::move(reply), rev);
}

/// A number of seconds, 0 where none is given, nothing where it is malformed.
std::optional<double> seconds_of(std::string_view text) {
  if (text.empty()) return 0.0;
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (end == nullptr || *end != '\0' || !(value >= 0)) return std::nullopt;
  return value;
}

/// Empty: the listener has none.
std::string classic_path(const model::Proxy& proxy) {
  return proxy.is_admin ? "" : proxy.stats.uri;
}

}  // namespace

http::ServiceReply get_contract(Api&, const ApiCall&) {
  http::ServiceReply reply = json_reply(nullptr);
  reply.body = api_contract();
  return reply;
}

http::ServiceReply get_state(Api& api, const ApiCall& call) {
  ApiModel& model = api.model();
  model.settle();
  const Picture picture = take_picture(api.view());
  const std::string_view scope = call.parameter("scope");
  if (!scope.empty()) {
    const bool known =
        std::any_of(picture.sources.begin(), picture.sources.end(),
                    [scope](const stats::Source& source) { return source.config->name == scope; });
    if (!known) return not_found(scope);
  }
  if (is_known(call, model.rev())) return not_modified(model.rev());
  return tagged(json_reply(model.state(picture, scope, classic_path(call.proxy))), model.rev());
}

http::ServiceReply get_proxy(Api& api, const ApiCall& call) {
  api.model().settle();
  const Picture picture = take_picture(api.view());
  Json out = Json::object();
  std::uint64_t rev = 0;
  for (const stats::Source& source : picture.sources) {
    if (source.config->name != call.path[0]) continue;
    if (source.frontend != nullptr) out["frontend"] = api.model().frontend(source, picture.moment);
    if (source.backend == nullptr) continue;
    out["backend"] = api.model().backend(source, picture.moment);
    for (const Json& server : out["backend"]["servers"])
      rev = std::max(rev, server["rev"].get<std::uint64_t>());
  }
  if (out.empty()) return not_found(call.path[0]);
  for (const auto& [name, side] : out.items())
    rev = std::max(rev, side["rev"].get<std::uint64_t>());
  return tagged(json_reply(out), rev);
}

http::ServiceReply get_server(Api& api, const ApiCall& call) {
  api.model().settle();
  const Picture picture = take_picture(api.view());
  for (const stats::Source& source : picture.sources) {
    if (source.config->name != call.path[0] || source.backend == nullptr) continue;
    for (const stats::ServerSource& server : source.servers) {
      if (server.live->name() != call.path[1]) continue;
      Json out = api.model().server(source, server, picture.moment);
      const auto rev = out["rev"].get<std::uint64_t>();
      return tagged(json_reply(out), rev);
    }
  }
  return not_found(call.path[0] + "/" + call.path[1]);
}

http::ServiceReply get_series(Api& api, const ApiCall& call) {
  constexpr std::size_t kMaxKeys = 32;
  std::vector<std::string> keys;
  for (const auto& [name, value] : call.query) {
    if (name == "key" && std::find(keys.begin(), keys.end(), value) == keys.end())
      keys.push_back(value);
  }
  if (keys.empty() || keys.size() > kMaxKeys)
    return problem_reply(refuse(400, "bad-request", "'key' is given 1 to 32 times."));
  for (const std::string& key : keys) {
    if (!api.model().knows(key)) return not_found(key);
  }
  const auto since = seconds_of(call.parameter("since"));
  if (!since) return problem_reply(refuse(400, "bad-request", "'since' is a number of seconds."));
  return json_reply(api.model().series(keys, *since));
}

http::ServiceReply get_events(Api& api, const ApiCall& call) {
  const std::string_view wanted = call.parameter("rates");
  RatesWanted rates = RatesWanted::All;
  if (wanted == "proxies")
    rates = RatesWanted::Proxies;
  else if (wanted == "none")
    rates = RatesWanted::None;
  else if (!wanted.empty() && wanted != "all")
    return problem_reply(refuse(400, "bad-request", "'rates' is 'all', 'proxies' or 'none'."));
  std::string_view after = call.field("last-event-id");
  if (after.empty()) after = call.parameter("after");
  auto reply = api.model().events().open(after, rates, api.view().now_ms());
  if (reply) return std::move(*reply);
  return problem_reply(refuse(503, "too-many", "There are too many streams of events."));
}

}  // namespace sluice::admin
