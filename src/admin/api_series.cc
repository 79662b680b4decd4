#include "admin/api_series.h"

#include <algorithm>
#include <cmath>

namespace sluice::admin {

namespace {

constexpr std::uint16_t kCoarse = 0x8000;
constexpr double kFineLimit = 3'276.0;

double rounded(double value) { return std::round(value * 10) / 10; }

}  // namespace

std::uint16_t pack_ms(double ms) {
  if (ms < kFineLimit) return static_cast<std::uint16_t>(std::lround(std::max(ms, 0.0) * 10));
  const double tenths = std::min(std::round(ms / 100), 32'000.0);
  return static_cast<std::uint16_t>(kCoarse | static_cast<std::uint16_t>(tenths));
}

Json unpack_ms(std::uint16_t packed) {
  if (packed == Figures::kNone) return nullptr;
  if ((packed & kCoarse) != 0) return (packed & ~kCoarse & 0xFFFF) * 100;
  return packed / 10.0;
}

const Json& figure_names() {
  static const Json names = {"req_rate", "hrsp_4xx", "hrsp_5xx", "errors", "p50",
                             "p95",      "p99",      "scur",     "qcur"};
  return names;
}

Json figure_row(const Figures& figures) {
  return Json::array({rounded(figures.req_rate), figures.hrsp_4xx, figures.hrsp_5xx, figures.errors,
                      unpack_ms(figures.p50), unpack_ms(figures.p95), unpack_ms(figures.p99),
                      figures.scur, figures.qcur});
}

void add_figures(Json& object, const Figures& figures) {
  Json row = figure_row(figures);
  for (std::size_t i = 0; i < row.size(); ++i)
    object[figure_names()[i].get_ref<const std::string&>()] = std::move(row[i]);
}

void Series::put(std::uint64_t second, const Figures& figures) {
  if (ring_ == nullptr) {
    if (figures.empty()) return;
    ring_ = std::make_unique<Ring>();
  }
  ring_->figures[second % kSeconds] = figures;
  ring_->lap[second % kSeconds] = static_cast<std::uint8_t>(second / kSeconds + 1);
}

Figures Series::at(std::uint64_t second) const {
  if (ring_ == nullptr) return {};
  const auto lap = static_cast<std::uint8_t>(second / kSeconds + 1);
  return ring_->lap[second % kSeconds] == lap ? ring_->figures[second % kSeconds] : Figures{};
}

double Series::mean_rate(std::uint64_t second, std::uint64_t seconds) const {
  if (ring_ == nullptr || seconds == 0) return 0;
  double sum = 0;
  for (std::uint64_t i = 0; i < seconds && i <= second; ++i) sum += at(second - i).req_rate;
  return sum / static_cast<double>(seconds);
}

}  // namespace sluice::admin
