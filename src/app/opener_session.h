// What both halves of an Opener say to each other, and the privileged half's side of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "base/address.h"
#include "base/result.h"

namespace sluice::app {

enum class OpenerWish : std::uint32_t { Read, Listen, End };

struct OpenerRequest {
  OpenerWish wish = OpenerWish::End;
  std::uint32_t copies = 0;
  std::uint32_t probe = 0;
  std::uint32_t v6only = 0;
  std::uint32_t address_bytes = 0;
  std::array<unsigned char, base::Address::kCapacity> address{};
  std::array<char, 16> interface {};  // IFNAMSIZ
};

struct OpenerReply {
  std::int32_t failed = 1;
  std::int32_t code = 0;  // errno, of what failed
  std::array<char, 512> text{};
};

/// Sends `bytes` and descriptors as one message; false when the other end is gone.
[[nodiscard]] bool send_message(int socket, const void* bytes, std::size_t size,
                                std::span<const int> descriptors) noexcept;
/// The bytes that came (0: the other end is gone, or is silent for too long), with descriptors.
[[nodiscard]] std::size_t receive_message(int socket, void* bytes, std::size_t size,
                                          std::vector<int>& descriptors) noexcept;

/// The privileged half: serves until the other end is gone, then exits.
[[noreturn]] void serve_opener(int socket, const RunCommand& command) noexcept;

}  // namespace sluice::app
