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
  if (!reply_.more && !reply_.wait) {
    delete this;
    return;
  }
  away_ = true;  // what these hold belongs to the control thread, and dies there
  step_ = Step::Destroy;
  worker_.shared().services->post(to_control_);
}

void ServiceCall::at_control() noexcept {
  switch (step_) {
    case Step::Destroy:
      delete this;
      return;
    case Step::Serve:
      serve();
      return;
    case Step::Next:
      next();
      return;
  }
}

void ServiceCall::serve() {
  http::ServiceReply reply;
  if (http::Service* service = worker_.shared().services->find(request_.service)) {
    reply = service->serve(request_);
  } else {
    reply.status = 404;
    reply.fields.emplace_back("Content-Type", "text/plain");
    reply.body = "There is no service of that name.\n";
  }
  if (!reply.later) {
    take(std::move(reply));
    return;
  }
  const auto later = std::move(reply.later);
  later([this](http::ServiceReply known) { take(std::move(known)); });
}

void ServiceCall::take(http::ServiceReply reply) {
  reply_ = std::move(reply);
  has_more_ = static_cast<bool>(reply_.more);
  piece_ = std::move(reply_.body);
  worker_.mailbox().post(to_worker_);
}

void ServiceCall::next() {
  piece_ = reply_.more();
  if (piece_.empty() && !(reply_.works && reply_.works())) {
    if (reply_.wait && reply_.wait([this] { next(); })) return;
    has_more_ = false;
    reply_.more = nullptr;
    reply_.works = nullptr;
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
