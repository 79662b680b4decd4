// Figures of frontends, backends and servers, one value a second for the last 15 minutes. A ring is
// allocated when its object first has something to show (2,000 busy servers take 50 MB). Control
// thread; durations are milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "admin/api_reply.h"

namespace sluice::admin {

struct Figures {
  float req_rate = 0;
  std::uint32_t hrsp_4xx = 0, hrsp_5xx = 0, errors = 0;
  std::uint32_t scur = 0, qcur = 0;
  std::uint16_t p50 = kNone, p95 = kNone, p99 = kNone;  // packed, see pack_ms

  static constexpr std::uint16_t kNone = 0xFFFF;
  [[nodiscard]] bool operator==(const Figures&) const = default;
  [[nodiscard]] bool empty() const { return *this == Figures{}; }
};

/// Tenths of a millisecond up to 3.2 s, tenths of a second from there on.
[[nodiscard]] std::uint16_t pack_ms(double ms);
[[nodiscard]] Json unpack_ms(std::uint16_t packed);

/// The names of the columns, and their values in that order.
[[nodiscard]] const Json& figure_names();
[[nodiscard]] Json figure_row(const Figures& figures);
void add_figures(Json& object, const Figures& figures);

class Series {
 public:
  static constexpr std::size_t kSeconds = 900;
  /// `second` counts up by one; those that were left out have no figures.
  void put(std::uint64_t second, const Figures& figures);
  /// The figures of that second; nothing where there were none.
  [[nodiscard]] Figures at(std::uint64_t second) const;
  /// The mean of req_rate over the `seconds` before `second`, which is included.
  [[nodiscard]] double mean_rate(std::uint64_t second, std::uint64_t seconds) const;

 private:
  struct Ring {
    std::array<Figures, kSeconds> figures;
    std::array<std::uint8_t, kSeconds> lap;  // which round a place was written in
  };
  std::unique_ptr<Ring> ring_;
};

}  // namespace sluice::admin
