// Servers that come and go by the control API, as they do by `add server` and `del server` of the
// runtime socket (runtime_placing.cc has both): another configuration is put in force. Control
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/api_reply.h"
#include "admin/view.h"

namespace sluice::admin {

/// Hears, now or later, once: the refusal, or nothing when it is done, acknowledged and logged.
using Placed = std::function<void(std::optional<Refusal>)>;

/// `name` is "BACKEND/SERVER"; `words` are those of a server line, from the address on.
void place_server(const View& view, const std::string& name, std::vector<std::string> words,
                  const control::ChangeOrigin& origin, const Placed& told);
/// It must be in MAINT, serve nobody and be named by no rule.
void remove_server(const View& view, const std::string& name, const control::ChangeOrigin& origin,
                   const Placed& told);

}  // namespace sluice::admin
