#include "model/recent_clients.h"

#include <algorithm>
#include <mutex>

namespace sluice::model {

namespace {

/// FNV-1a; nobody gains by a collision but to be counted as somebody else.
std::uint64_t hash_of(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  return hash ^ hash >> 29;
}

std::uint32_t second_of(std::uint64_t now_ms) noexcept {
  return static_cast<std::uint32_t>(now_ms / 1000);
}

}  // namespace

void RecentClients::note(std::string_view address, std::uint64_t now_ms) noexcept {
  const std::uint64_t hash = hash_of(address);
  const std::uint32_t tag = std::max(1U, static_cast<std::uint32_t>(hash >> 32));
  const std::lock_guard guard(lock_);
  Slot* oldest = nullptr;
  for (std::size_t i = 0; i < kProbes; ++i) {
    Slot& slot = slots_[(hash + i) % slots_.size()];
    if (slot.tag == tag) {
      oldest = &slot;
      break;
    }
    if (oldest == nullptr || (oldest->tag != 0 && (slot.tag == 0 || slot.second < oldest->second)))
      oldest = &slot;
  }
  *oldest = {tag, second_of(now_ms)};
}

std::uint32_t RecentClients::count(std::uint64_t now_ms) const noexcept {
  const std::uint32_t now = second_of(now_ms);
  const std::lock_guard guard(lock_);
  return static_cast<std::uint32_t>(std::ranges::count_if(slots_, [now](const Slot& slot) {
    return slot.tag != 0 && slot.second + kWindowSeconds > now;
  }));
}

void RecentClients::clear() noexcept {
  const std::lock_guard guard(lock_);
  slots_.fill({});
}

}  // namespace sluice::model
