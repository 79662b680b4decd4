// Sections `userlist` (manual §3.4): users with their passwords, and groups of them.
#include <algorithm>
#include <array>

#include "base/password.h"
#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::User;
using model::Userlist;
constexpr Support kYes = Support::Implemented;

/// The names of a list with commas, each with its place in the word.
template <class Function>
void each_name(const base::Word& list, Function take) {
  std::size_t at = 0;
  for (const std::string_view name : base::split(list.text, ',')) {
    base::SourceSpan span = list.span;
    if (list.text.size() == list.span.length) {  // written without quotes and escapes
      span.column += static_cast<std::uint32_t>(at);
      span.length = static_cast<std::uint32_t>(name.size());
    }
    if (!name.empty()) take(std::string(name), span);
    at += name.size() + 1;
  }
}

void parse_group(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a name");
  if (name == nullptr) return;
  Userlist& list = context.userlist();
  if (std::ranges::find(list.groups, name->text) != list.groups.end()) {
    return arguments.warning(
        name->span, "the group '" + name->text + "' was already defined; this line is ignored");
  }
  while (const base::Word* word = arguments.next()) {
    if (word->text != "users") {
      return arguments.error(word->span, "'group' does not take '" + word->text + "'",
                             "write 'group " + name->text + " users <user>,<user>'");
    }
    const base::Word* users = arguments.expect("the names of users");
    if (users == nullptr) return;
    each_name(*users, [&](std::string user, const base::SourceSpan& span) {
      context.state->members.push_back({{std::move(user), span}, *name, span});
    });
  }
  list.groups.push_back(name->text);
}

bool take_password(Arguments& arguments, User& user, bool hashed) {
  const base::Word* word = arguments.expect(hashed ? "a hash" : "a text");
  if (word == nullptr) return false;
  if (hashed && !base::password::is_known_hash(word->text)) {
    arguments.error(word->span, "this is not a hash that crypt(3) of this system knows",
                    "make one with 'mkpasswd -m sha-512'; a clear text follows "
                    "'insecure-password'");
    return false;
  }
  user.secret = word->text;
  user.hashed = hashed;
  return true;
}

void parse_user(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a name");
  if (name == nullptr) return;
  Userlist& list = context.userlist();
  if (list.find(name->text) != nullptr) {
    return arguments.warning(
        name->span, "the user '" + name->text + "' was already defined; this line is ignored");
  }
  if (name->text.find(':') != std::string::npos) {
    return arguments.error(name->span, "a user's name cannot contain ':'",
                           "Basic credentials end the name there");
  }
  User user;
  user.span = name->span;
  user.name = name->text;
  bool has_password = false;
  while (const base::Word* word = arguments.next()) {
    if (word->text == "password" || word->text == "insecure-password") {
      if (!take_password(arguments, user, word->text == "password")) return;
      has_password = true;
    } else if (word->text == "groups") {
      const base::Word* groups = arguments.expect("the names of groups");
      if (groups == nullptr) return;
      each_name(*groups, [&](std::string group, const base::SourceSpan& span) {
        context.state->members.push_back({*name, {std::move(group), span}, span});
      });
    } else {
      constexpr std::array<std::string_view, 3> kWords = {"password", "insecure-password",
                                                          "groups"};
      return arguments.error_choice(*word, kWords);
    }
  }
  if (!has_password) {
    return arguments.error(name->span, "the user '" + name->text + "' has no password",
                           "add 'password <hash>' or 'insecure-password <text>'");
  }
  list.users.push_back(std::move(user));
}

constexpr std::array<Row, 2> kRows = {{
    {"user", "<name> password <hash>|insecure-password <text> [groups <group>,…]", kUserlists, kYes,
     Negation::No, parse_user,
     "a user; the hash is crypt(3)'s: $5$ and $6$ (SHA-256, SHA-512), $y$ (yescrypt) and others"},
    {"group", "<name> [users <user>,…]", kUserlists, kYes, Negation::No, parse_group,
     "a group, and users who are in it"},
}};

}  // namespace

std::span<const Row> userlist() { return kRows; }

}  // namespace sluice::config::rows
