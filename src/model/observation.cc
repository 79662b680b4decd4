#include "model/observation.h"

#include <array>

namespace sluice::model {

namespace {

struct Row {
  Observed what;
  std::string_view text;
  Verdict layer4;
  Verdict layer7;
};

constexpr std::array<Row, 9> kRows = {{
    {Observed::Connected, "L4 successful connection", Verdict::Good, Verdict::Ignored},
    {Observed::NotConnected, "L4 unsuccessful connection", Verdict::Error, Verdict::Error},
    {Observed::GoodResponse, "Correct http response", Verdict::Ignored, Verdict::Good},
    {Observed::WrongResponse, "Wrong http response", Verdict::Ignored, Verdict::Error},
    {Observed::InvalidHead, "Invalid http response (headers)", Verdict::Ignored, Verdict::Error},
    {Observed::InvalidResponse, "Invalid http response", Verdict::Ignored, Verdict::Error},
    {Observed::ReadError, "Read error (http)", Verdict::Ignored, Verdict::Error},
    {Observed::ReadTimeout, "Read timeout (http)", Verdict::Ignored, Verdict::Error},
    {Observed::Closed, "Close from server (http)", Verdict::Ignored, Verdict::Error},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].what) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order());

const Row& row_of(Observed what) { return kRows[static_cast<std::size_t>(what)]; }

}  // namespace

Verdict verdict_of(Observed what, Observe layer) noexcept {
  switch (layer) {
    case Observe::None:
      return Verdict::Ignored;
    case Observe::Layer4:
      return row_of(what).layer4;
    case Observe::Layer7:
      return row_of(what).layer7;
  }
  return Verdict::Ignored;
}

std::string_view text_of(Observed what) noexcept { return row_of(what).text; }

Observed observed_of_status(unsigned status) noexcept {
  const bool good = (status >= 100 && status < 500) || status == 501 || status == 505;
  return good ? Observed::GoodResponse : Observed::WrongResponse;
}

bool ErrorWatch::note(Observed what, Observe layer, std::uint32_t limit) noexcept {
  switch (verdict_of(what, layer)) {
    case Verdict::Ignored:
      return false;
    case Verdict::Good:
      // Mostly zero already; then the line stays shared between the workers.
      if (consecutive_.load(std::memory_order_relaxed) != 0) clear();
      return false;
    case Verdict::Error:
      break;
  }
  if (consecutive_.fetch_add(1, std::memory_order_relaxed) + 1 < limit) return false;
  // Of several workers that come here together, the one that takes the count has reached it.
  if (consecutive_.exchange(0, std::memory_order_relaxed) < limit) return false;
  last_.store(what, std::memory_order_relaxed);
  return reached_.fetch_add(1, std::memory_order_release) == 0;
}

}  // namespace sluice::model
