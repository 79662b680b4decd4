// A backend with servers a, b, c, … of given weights, and a balancer of it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "balance/balancer.h"
#include "model/release.h"
#include "model/server_transition.h"

struct BalanceFixture {
  using Backups = sluice::balance::BackupUse;

  BalanceFixture(std::string_view algorithm, const std::vector<std::uint32_t>& weights,
                 std::string_view backup_names = "", Backups backups = Backups::First) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      auto& config = configs.emplace_back();
      config.name = name;
      config.backup = backup_names.find(name) != std::string_view::npos;
      auto& live = backend.server(name, i + 1);
      live.numeric_id = static_cast<std::uint32_t>(i + 1);
      live.set_state(
          sluice::model::start_state({.weight = static_cast<std::uint16_t>(weights[i])}));
      slots.push_back({&live, &config});
    }
    sluice::model::BalanceText text;
    text.algorithm = algorithm;
    balancer = sluice::balance::make_balancer(text, backend, slots, backups);
    if (balancer != nullptr) rebuild();
  }

  sluice::model::ServerLive& server(char name) { return *backend.find(std::string_view(&name, 1)); }
  void rebuild() { retired.push_back(balancer->rebuild()); }
  void set_admin(char name, sluice::model::AdminState admin) {
    server(name).set_state(sluice::model::apply_admin(server(name).state(), admin, {}));
    rebuild();
  }
  void set_weight(char name, std::uint16_t weight) {
    auto state = server(name).state();
    state.weight = weight;
    server(name).set_state(state);
    rebuild();
  }
  sluice::balance::Pick pick(const sluice::model::ServerLive* avoid = nullptr) {
    return balancer->pick({.avoid = avoid, .random = &random});
  }
  /// Picks one and keeps its slot; '-' when none was to be had.
  char pick_and_hold(const sluice::model::ServerLive* avoid = nullptr) {
    const auto picked = pick(avoid);
    return picked.server == nullptr ? '-' : picked.server->name()[0];
  }
  void release(char name) {
    sluice::model::release_slot(server(name));
    balancer->released(server(name));
  }
  /// The next `count` picks, each released before the next.
  std::string picks(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      const char name = pick_and_hold();
      out += name;
      if (name != '-') release(name);
    }
    return out;
  }

  sluice::model::BackendLive backend{"be"};
  std::deque<sluice::model::Server> configs;
  std::vector<sluice::balance::ServerSlot> slots;
  std::unique_ptr<sluice::balance::Balancer> balancer;
  std::vector<std::shared_ptr<const void>> retired;
  sluice::base::Random random{42};
};
