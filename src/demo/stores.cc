#include "demo/stores.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace sluice::demo {

ThoughtStore::ThoughtStore() {
  (void)add("bruce", "A monolith is one thing to deploy, and one thing to break.");
  (void)add("stephen", "Move a little traffic. Look. Move a little more, or move it back.");
  (void)add("bruce", "Health checks answer before customers ask.");
}

std::vector<Thought> ThoughtStore::search(std::string_view text) const {
  const std::string wanted = base::lower(text);
  std::vector<Thought> out;
  for (auto thought = thoughts_.rbegin(); thought != thoughts_.rend() && out.size() < kMaxListed;
       ++thought) {
    if (base::lower(thought->text).find(wanted) != std::string::npos) out.push_back(*thought);
  }
  return out;
}

std::vector<Thought> ThoughtStore::of_user(std::string_view user) const {
  std::vector<Thought> out;
  for (auto thought = thoughts_.rbegin(); thought != thoughts_.rend() && out.size() < kMaxListed;
       ++thought) {
    if (thought->user == user) out.push_back(*thought);
  }
  return out;
}

const Thought* ThoughtStore::find(std::uint64_t id) const {
  const auto found = std::find_if(thoughts_.begin(), thoughts_.end(),
                                  [id](const Thought& t) { return t.id == id; });
  return found == thoughts_.end() ? nullptr : &*found;
}

std::optional<Thought> ThoughtStore::add(std::string_view user, std::string_view text) {
  text = base::trim(text);
  if (text.empty() || text.size() > kMaxTextBytes) return std::nullopt;
  if (thoughts_.size() == kMaxThoughts) thoughts_.pop_front();
  thoughts_.push_back(
      {next_id_++, std::string(user), std::string(text), base::wall_now_us() / 1'000'000});
  return thoughts_.back();
}

bool ThoughtStore::remove(std::uint64_t id) {
  return std::erase_if(thoughts_, [id](const Thought& thought) { return thought.id == id; }) != 0;
}

UserStore::UserStore() : passwords_{{"bruce", "bruce"}, {"stephen", "stephen"}} {}

bool UserStore::knows(const std::string& name, std::string_view password) const {
  const auto found = passwords_.find(name);
  return found != passwords_.end() && found->second == password;
}

bool UserStore::add(const std::string& name, std::string_view password) {
  const auto fits = [](char c) {
    const char letter = base::to_lower(c);
    return (letter >= 'a' && letter <= 'z') || base::is_digit(c) || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > kMaxNameBytes || password.empty() ||
      password.size() > kMaxNameBytes)
    return false;
  if (!std::all_of(name.begin(), name.end(), fits) || passwords_.size() >= kMaxUsers) return false;
  return passwords_.emplace(name, password).second;
}

}  // namespace sluice::demo
