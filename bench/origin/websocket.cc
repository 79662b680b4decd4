#include "websocket.h"

#include <cstddef>

namespace {

constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength16 = 126;
constexpr unsigned kClose = 0x8;
constexpr std::size_t kMaskBytes = 4;

unsigned byte_at(const std::string& text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

bool echo_frames(std::string& in, std::string& out) {
  std::size_t at = 0;
  bool goes_on = true;
  while (goes_on && in.size() - at >= 2) {
    const unsigned second = byte_at(in, at + 1);
    std::size_t length = second & ~kMasked;
    std::size_t head = 2;
    if ((second & kMasked) == 0 || length > kLength16) return false;
    if (length == kLength16) {
      head = 4;
      if (in.size() - at < head) break;
      length = byte_at(in, at + 2) << 8 | byte_at(in, at + 3);
    }
    if (in.size() - at < head + kMaskBytes + length) break;
    goes_on = (byte_at(in, at) & 0xFU) != kClose;
    out += in[at];
    out += static_cast<char>(second & ~kMasked);
    out.append(in, at + 2, head - 2);
    const std::size_t payload = at + head + kMaskBytes;
    for (std::size_t i = 0; i < length; ++i)
      out += static_cast<char>(in[payload + i] ^ in[at + head + i % kMaskBytes]);
    at = payload + length;
  }
  in.erase(0, at);
  return goes_on;
}
