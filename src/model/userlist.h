// A `userlist` section as plain data (manual §3.4): users, their passwords, the groups they are
// in. Made by config/, immutable afterwards.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace sluice::model {

struct User {
  base::SourceSpan span;
  std::string name;
  std::string secret;   // as written: a hash of crypt(3), or the clear text
  bool hashed = false;  // `password`; else `insecure-password`
  std::vector<std::string> groups;
  [[nodiscard]] bool is_in(std::string_view group) const {
    return std::ranges::find(groups, group) != groups.end();
  }
};

struct Userlist {
  base::SourceSpan span;
  std::string name;
  std::vector<User> users;
  std::vector<std::string> groups;

  [[nodiscard]] const User* find(std::string_view user) const {
    const auto found = std::ranges::find(users, user, &User::name);
    return found != users.end() ? &*found : nullptr;
  }
  /// A hash that takes as long to compare with as a user's; null: no user has one, and nothing of
  /// the list is waited for.
  [[nodiscard]] const std::string* any_hash() const {
    const auto found = std::ranges::find(users, true, &User::hashed);
    return found != users.end() ? &found->secret : nullptr;
  }
};

}  // namespace sluice::model
