// Changes of a copy of the configuration, for what comes and goes at run time. Plain data in, plain
// data out: whoever calls builds the copy and puts it in force. Errors' texts are the runtime
// socket's.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/config.h"

namespace sluice::control {

/// `words`: the address and the options of a server line (config/added_server.h).
[[nodiscard]] base::Result<> add_server(model::Config& config, std::string_view backend,
                                        const std::string& name,
                                        std::span<const std::string> words);
[[nodiscard]] base::Result<> delete_server(model::Config& config, std::string_view backend,
                                           std::string_view name);
/// A use-server line leads to it, or another server tracks it.
[[nodiscard]] bool is_named_elsewhere(const model::Config& config, std::string_view backend,
                                      std::string_view server);
/// It keeps its name and its figures, and has no socket any more.
[[nodiscard]] base::Result<> shut_down_frontend(model::Config& config, std::string_view name);

}  // namespace sluice::control
