#include "proxy/service_call.h"

#include <utility>

#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

ServiceCall::ServiceCall(Worker& worker, Exchange& exchange)
    : worker_(worker), exchange_(&exchange) {}

void ServiceCall::post() {
  away_ = true;
  step_ = Step::Serve;
  worker_.shared().services->post(to_control_);
}

void ServiceCall::want_next() {
  if (away_ || !has_more_) return;
  away_ = true;
  step_ = Step::Next;
  worker_.shared().services->post(to_control_);
}

void ServiceCall::abandon() {
  exchange_ = nullptr;
  if (away_) return;
  if (!reply_.more) {
    delete this;
    return;
  }
  away_ = true;  // what `more` holds belongs to the control thread, and dies there
  step_ = Step::Destroy;
  worker_.shared().services->post(to_control_);
}

void ServiceCall::at_control() noexcept {
  switch (step_) {
    case Step::Destroy:
      delete this;
      return;
    case Step::Serve:
      if (http::Service* service = worker_.shared().services->find(request_.service)) {
        reply_ = service->serve(request_);
      } else {
        reply_ = {};
        reply_.status = 404;
        reply_.fields.emplace_back("Content-Type", "text/plain");
        reply_.body = "There is no service of that name.\n";
      }
      has_more_ = static_cast<bool>(reply_.more);
      piece_ = std::move(reply_.body);
      break;
    case Step::Next:
      piece_ = reply_.more();
      if (piece_.empty()) {
        has_more_ = false;
        reply_.more = nullptr;
      }
      break;
  }
  worker_.mailbox().post(to_worker_);
}

void ServiceCall::at_worker() noexcept {
  Worker::EventScope scope(worker_);
  away_ = false;
  Exchange* exchange = exchange_;
  if (exchange == nullptr) {
    abandon();
    return;
  }
  if (!std::exchange(replied_, true)) {
    exchange->on_service_reply(reply_.status, reply_.fields, std::move(piece_), has_more_);
  } else {
    exchange->on_service_piece(std::move(piece_), has_more_);
  }
}

}  // namespace sluice::proxy
