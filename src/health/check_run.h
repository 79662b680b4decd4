// One run of a CheckScript: connects, sends, reads and judges, step by step, until a step fails or
// all were met. Made for each check and destroyed with it; control thread's loop.
//
//   at a connect  established: on; refused: L4CON, L6RSP; deadline: L4TOUT, L6TOUT
//   at a send     written (or the peer went, since it may have answered before): on
//   at an expect  met: on; not met: L7STS, L7RSP or what the step says; reset: SOCKERR;
//                 deadline: L7TOUT or what the step says
//
// The deadline of a connection is set by connect_limit_ms(); once it stands `timeout check`, if
// set, begins. What is read is bounded by tune.bufsize.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/arena.h"
#include "health/check_context.h"
#include "health/check_expect.h"
#include "health/check_script.h"

namespace sluice::health {

class CheckRun final : private net::Timer, private net::Stream::Events {
 public:
  class Owner {
   public:
    /// May destroy the run.
    virtual void on_run_ended(model::CheckReport report) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  /// What of a target a run uses; kept here so that a reload can't pull it away.
  struct Plan {
    std::shared_ptr<const CheckScript> script;
    std::shared_ptr<model::ServerLive> server;
    std::shared_ptr<void> tls;        // null: clear text
    std::optional<std::string> send;  // instead of what the script's send steps say
    std::string tls_server_name;
    base::Address address;   // `addr`, or unset: the server's
    std::uint16_t port = 0;  // `port`; 0: the address's, then the server's
    base::Address source;    // that checks come from; unset: the kernel's choice
    std::string interface;   // likewise
    std::uint32_t inter_ms = 2'000;
    std::uint32_t timeout_check_ms = 0;
    std::uint32_t timeout_connect_ms = 0;
  };

  CheckRun(CheckContext& context, Plan plan, Owner& owner);
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;
  ~CheckRun() { close(); }

  /// The report where it was over at once; else the owner is told.
  [[nodiscard]] std::optional<model::CheckReport> start();

 private:
  enum class Progress : std::uint8_t { Next, Wait, Stop };

  void on_timer() noexcept override;
  void on_stream_ready(bool readable, bool writable) noexcept override;

  [[nodiscard]] std::optional<model::CheckReport> advance();
  [[nodiscard]] Progress run(const Step& step, const ConnectStep& connect);
  [[nodiscard]] Progress run(const Step& step, const SendStep& send);
  [[nodiscard]] Progress run(const Step& step, const HttpSendStep& send);
  [[nodiscard]] Progress run(const Step& step, const ExpectStep& expect);
  [[nodiscard]] Progress run(const Step& step, const VariableStep& variable);

  [[nodiscard]] Progress open(const ConnectStep& connect);
  [[nodiscard]] Progress established();
  void arm_within(std::uint32_t limit_ms);
  [[nodiscard]] Progress write(const Step& step, bool composed);
  [[nodiscard]] Progress read(const Step& step);
  void take(std::string_view bytes);
  [[nodiscard]] bool heard_all() const;
  [[nodiscard]] bool heard_nothing() const;
  [[nodiscard]] base::Address destination(const ConnectStep& connect);
  [[nodiscard]] bool transport_is_up() const noexcept;
  [[nodiscard]] Progress stop(model::CheckStatus status, std::string detail);
  [[nodiscard]] model::CheckReport connect_failed();
  [[nodiscard]] model::CheckReport timed_out();
  [[nodiscard]] model::CheckReport succeeded();
  /// " at step 2 of tcp-check (send)": where a connection failed.
  [[nodiscard]] std::string place() const;
  rules::Evaluation& evaluation();
  void close() noexcept;

  CheckContext& context_;
  Plan plan_;
  Owner& owner_;

  std::unique_ptr<net::Stream> stream_;
  bool connected_ = false;
  bool linger_ = false;
  bool over_tls_ = false;
  std::size_t at_ = 0;
  const Step* current_ = nullptr;  // the last that did something on the wire
  model::CheckReport report_;      // why it stopped
  Judgement judgement_;            // of the last expect

  std::string output_;
  std::size_t sent_ = 0;
  bool sending_ = false;
  std::string input_;
  std::unique_ptr<ReplyReader> reply_;  // HTTP
  http::Method method_ = http::Method::Options;
  bool must_read_ = true;
  bool peer_closed_ = false;
  int read_error_ = 0;

  base::Arena arena_;
  rules::SessionVariables session_;
  rules::VariableScope variables_;
  rules::Evaluation evaluation_;
};

}  // namespace sluice::health
