// A typed value that a fetch yields and converters change (manual §7.3). Views live in the
// message's blocks, in the exchange's arena or in the compiled program.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"

namespace sluice::rules {

enum class SampleType : std::uint8_t { None, Bool, Int, Ip, String, Binary };

struct Sample {
  SampleType type = SampleType::None;
  bool truth = false;         // Bool
  std::int64_t number = 0;    // Int
  std::string_view text;      // String, Binary
  unsigned char ip[16] = {};  // Ip: 4 or 16 bytes
  std::uint8_t ip_length = 0;

  [[nodiscard]] static Sample of_bool(bool value);
  [[nodiscard]] static Sample of_int(std::int64_t value);
  [[nodiscard]] static Sample of_text(std::string_view value);
  [[nodiscard]] static Sample of_address(const base::Address& address);
};

/// A fetch yields a value, nothing, or a value (or nothing) that may change while bytes arrive.
/// A condition that may change waits, unless the phase is final.
enum class Certainty : std::uint8_t { Final, MayChange };

}  // namespace sluice::rules
