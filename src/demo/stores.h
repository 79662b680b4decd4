// The demo's data, in memory and bounded: thoughts, and users with their passwords. The monolith
// has both, the services one each. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::demo {

struct Thought {
  std::uint64_t id = 0;
  std::string user;
  std::string text;
  std::int64_t when_s = 0;  // since the epoch
};

class ThoughtStore {
 public:
  static constexpr std::size_t kMaxThoughts = 1'000;  // the oldest goes
  static constexpr std::size_t kMaxTextBytes = 500;
  static constexpr std::size_t kMaxListed = 50;

  /// With a few thoughts of the sample users.
  ThoughtStore();
  /// Newest first, those whose text contains `text` (whatever its case); all when it is empty.
  [[nodiscard]] std::vector<Thought> search(std::string_view text) const;
  [[nodiscard]] std::vector<Thought> of_user(std::string_view user) const;
  [[nodiscard]] const Thought* find(std::uint64_t id) const;
  /// Nothing when the text is empty or too long.
  std::optional<Thought> add(std::string_view user, std::string_view text);
  bool remove(std::uint64_t id);

 private:
  std::deque<Thought> thoughts_;
  std::uint64_t next_id_ = 1;
};

class UserStore {
 public:
  static constexpr std::size_t kMaxUsers = 1'000;
  static constexpr std::size_t kMaxNameBytes = 64;

  /// With the sample users bruce and stephen; each password is the name.
  UserStore();
  [[nodiscard]] bool knows(const std::string& name, std::string_view password) const;
  /// False: the name is taken or unfit (letters, digits, '-' and '_'), or there is no room.
  bool add(const std::string& name, std::string_view password);

 private:
  std::map<std::string, std::string> passwords_;
};

}  // namespace sluice::demo
