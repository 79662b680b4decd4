// A worker's part in showing requests as they end: which filters there are, and how many samples
// each was given within the present second. Owned by its worker; null filters: nobody watches, and
// a request costs nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/request_sample.h"

namespace sluice::proxy {

class RequestWatch {
 public:
  void use(std::shared_ptr<const model::RequestWatch> filters) {
    filters_ = std::move(filters);
    given_.assign(filters_ != nullptr ? filters_->size() : 0, {});
  }
  [[nodiscard]] bool watched() const noexcept { return filters_ != nullptr; }
  /// The filters that want this one and were not given too many; the others count it.
  [[nodiscard]] std::vector<std::uint64_t> wanted(const model::EndedRequest& request,
                                                  std::uint64_t now_ms);

 private:
  struct Given {
    std::uint64_t second = 0;
    std::uint32_t count = 0;
  };
  std::shared_ptr<const model::RequestWatch> filters_;
  std::vector<Given> given_;
};

}  // namespace sluice::proxy
