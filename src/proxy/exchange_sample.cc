// A request that ended, for those who watch.
#include "proxy/exchange.h"
#include "proxy/request_watch.h"
#include "proxy/worker.h"

namespace sluice::proxy {

std::vector<std::uint64_t> RequestWatch::wanted(const model::EndedRequest& request,
                                                std::uint64_t now_ms) {
  std::vector<std::uint64_t> out;
  const std::uint64_t second = now_ms / 1000;
  for (std::size_t i = 0; i < filters_->size(); ++i) {
    const model::RequestFilter& filter = *(*filters_)[i];
    if (!filter.matches(request)) continue;
    Given& given = given_[i];
    if (given.second != second) given = {second, 0};
    if (given.count >= filter.rate) {
      filter.dropped.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    ++given.count;
    out.push_back(filter.id);
  }
  return out;
}

void Exchange::show_sample() {
  if (!is_http_ || !has_head_ || is_monitor_) return;
  const base::Moment now = worker_.now();
  model::EndedRequest ended;
  ended.frontend = frontend_->config->name;
  if (backend_ != nullptr) ended.backend = backend_->config->name;
  ended.server = server_name_;
  ended.path = request_.path_only();
  ended.status = status_;
  ended.is_administration = frontend_->config->is_stats_listener();
  auto ids = worker_.watch().wanted(ended, now.ms());
  if (ids.empty()) return;
  constexpr std::size_t kMostBytes = 512;  // of a path, of a method
  model::RequestSample sample;
  sample.at_us = now.wall_us;
  if (facts_->source.is_ip()) sample.client = facts_->source.host();
  sample.frontend = ended.frontend;
  sample.backend = ended.backend;
  sample.server = ended.server;
  sample.method = request_.method_token.substr(0, kMostBytes);
  sample.path = ended.path.substr(0, kMostBytes);
  sample.termination = {letter(end_), end_phase_, '-', '-'};
  sample.status = status_;
  sample.time_ms = static_cast<std::int64_t>((end_ns_ - begun_ns_) / 1'000'000);
  sample.bytes = bytes_out_;
  worker_.shared().show_sample(std::move(ids), std::move(sample));
}

}  // namespace sluice::proxy
