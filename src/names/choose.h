// Which of a name's addresses a server gets. Pure. Source: manual §5.2, "resolve-prefer",
// "resolve-net", "resolve-opts"; of two addresses the better one has the first of these that the
// other lacks: the preferred family, a preferred network, no other server that has it, being the
// present one. One that another server has is none at all unless duplicates are allowed.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "base/address.h"
#include "model/resolvers.h"

namespace sluice::names {

[[nodiscard]] bool is_within(const model::Network& network, const base::Address& address);

/// Are they the same but for the port?
[[nodiscard]] bool same_ip(const base::Address& a, const base::Address& b);

/// `present` may be unset.
[[nodiscard]] std::optional<base::Address> choose(
    std::span<const base::Address> candidates, const model::NameUse& use,
    const base::Address& present, const std::function<bool(const base::Address&)>& is_taken);

}  // namespace sluice::names
