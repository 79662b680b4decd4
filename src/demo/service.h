// One part of the demo as a process of its own: `sluice demo-service NAME --port N`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "demo/site.h"

namespace sluice::demo {

enum class Part : unsigned char { Monolith, Frontend, Thoughts, Users };

[[nodiscard]] std::string_view to_text(Part part) noexcept;
[[nodiscard]] std::optional<Part> part_of(std::string_view name) noexcept;

struct ServiceOptions {
  Part part = Part::Monolith;
  std::uint16_t port = 0;
  Hosts hosts = Hosts::OwnOnly;     // monolith: `--any-host` lifts it
  std::uint16_t thoughts_port = 0;  // frontend: where its services are
  std::uint16_t users_port = 0;
};

/// Serves on 127.0.0.1 until it is killed. Returns an exit code: 1 when it could not listen.
[[nodiscard]] int run_service(const ServiceOptions& options);

}  // namespace sluice::demo
