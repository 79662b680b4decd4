// One connection to the runtime socket. Owned by its RuntimeSocket, which it asks to remove it;
// that is then the last statement of a callback. A state machine of four facts: the payload that is
// being read, the commands of the present line that still wait, the piece of an answer that is
// being sent, and whether the peer has ended.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "admin/runtime_commands.h"
#include "net/loop.h"
#include "net/timer_wheel.h"

namespace sluice::admin {

class RuntimeSocket;

class RuntimeConnection final : private net::Stream::Events, private net::Timer {
 public:
  RuntimeConnection(RuntimeSocket& owner, net::Loop& loop, const View& view, int descriptor,
                    CliSession session);
  ~RuntimeConnection();

 private:
  enum class Outcome : std::uint8_t { Waiting, Finished };
  struct WaitingCommand {
    std::string text;
    std::string payload;
  };
  /// When the present command's watch looks again.
  struct WatchTimer final : net::Timer {
    explicit WatchTimer(RuntimeConnection& whose) : connection(whose) {}
    void on_timer() noexcept override { connection.on_later(); }
    RuntimeConnection& connection;
  };
  void on_stream_ready(bool readable, bool writable) noexcept override;
  void on_timer() noexcept override;

  /// Takes what there is, up to a full line buffer. Finished: the connection broke.
  [[nodiscard]] Outcome read_input() noexcept;
  /// Runs commands and sends their answers until something must be waited for.
  [[nodiscard]] Outcome advance() noexcept;
  [[nodiscard]] Outcome send_output() noexcept;
  /// Makes the next output; false when there is nothing to do for now.
  [[nodiscard]] bool produce_output();
  [[nodiscard]] bool watch_on();
  [[nodiscard]] bool take_line();
  void take_payload(std::string_view line);
  void start_command(const WaitingCommand& command);
  void end_command();
  [[nodiscard]] std::string prompt_text() const;
  [[nodiscard]] bool command_runs() const { return more_ || later_ || watch_; }
  void be_patient();
  void on_later() noexcept;

  RuntimeSocket& owner_;
  net::Loop& loop_;
  const View& view_;
  CliSession session_;
  std::unique_ptr<net::Stream> stream_;
  std::string input_;
  std::optional<std::string> payload_end_;  // a payload is being read, for the last command
  std::size_t payload_bytes_ = 0;
  std::deque<WaitingCommand> commands_;
  std::string output_;
  std::size_t sent_ = 0;
  std::function<std::string()> more_;
  std::shared_ptr<LaterReply> later_;    // the present command's answer, still to come
  std::shared_ptr<CommandWatch> watch_;  // what the present command waits for
  std::uint64_t watch_ends_at_ms_ = 0;
  WatchTimer watch_timer_{*this};
  bool was_interactive_ = false;  // as the present line began: its end is not the last one's
  bool peer_ended_ = false;
  bool last_line_ = false;  // nothing is read after it
};

}  // namespace sluice::admin
