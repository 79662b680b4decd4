// A server that comes while the process runs (`add server`, management.txt 9.3): the words of a
// server line become one more server of a copy of the configuration, which is then complete again.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/config.h"

namespace sluice::config {

/// `words`: the address and the options. Nothing of a default-server counts. It begins in
/// maintenance unless it says `enabled`. Errors: what is wrong, in one sentence; `config` is then
/// of no use any more.
[[nodiscard]] base::Result<> add_server(model::Config& config, std::string_view backend,
                                        const std::string& name,
                                        std::span<const std::string> words);

}  // namespace sluice::config
