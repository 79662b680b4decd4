// An exchange's call of an internal service: posted to the control thread, answered piece by piece
// by mail. Lives until both threads are through with it, also when its exchange has gone.
//
// At any moment it is in one thread's hands: the worker's (Worker), on its way to or at the control
// thread (Control), so that nothing in it needs a lock.
#pragma once

#include <cstdint>

#include "http/service.h"
#include "net/mailbox.h"

namespace sluice::proxy {

class Exchange;
class Worker;

class ServiceCall {
 public:
  ServiceCall(Worker& worker, Exchange& exchange);
  ServiceCall(const ServiceCall&) = delete;
  ServiceCall& operator=(const ServiceCall&) = delete;

  // Worker's thread
  [[nodiscard]] http::ServiceRequest& request() { return request_; }
  void post();
  /// The client took what was sent: fetch the next piece.
  void want_next();
  /// The reply is through. Deletes itself.
  void finish() { abandon(); }
  /// The exchange is gone. Deletes itself, now or when it comes back.
  void abandon();

 private:
  ~ServiceCall() = default;
  enum class Step : std::uint8_t { Serve, Next, Destroy };
  class ToControl final : public net::Mail {
   public:
    explicit ToControl(ServiceCall& call) : call_(call) {}
    void deliver() noexcept override { call_.at_control(); }

   private:
    ServiceCall& call_;
  };
  class ToWorker final : public net::Mail {
   public:
    explicit ToWorker(ServiceCall& call) : call_(call) {}
    void deliver() noexcept override { call_.at_worker(); }

   private:
    ServiceCall& call_;
  };

  void at_control() noexcept;
  void serve();
  void take(http::ServiceReply reply);
  void next();
  void at_worker() noexcept;

  Worker& worker_;
  Exchange* exchange_;
  http::ServiceRequest request_;
  http::ServiceReply reply_;
  std::string piece_;
  ToControl to_control_{*this};
  ToWorker to_worker_{*this};
  Step step_ = Step::Serve;
  bool away_ = false;  // in the control thread's hands
  bool has_more_ = false;
  bool replied_ = false;  // the exchange has the head
};

}  // namespace sluice::proxy
