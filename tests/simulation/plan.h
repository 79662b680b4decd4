// What happens under one seed: the network's faults, the configuration, what clients ask and how
// origins behave. A polite plan has no faults but delays, splits and short writes: under it every
// request gets its whole response. Under any other one it gets that, or a closed connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "net/sim_world.h"

namespace sluice::simulation {

enum class Ask : std::uint8_t { Get, Head, PostLength, PostChunked, Upgrade, Service };

/// How an origin answers; sent to it in a header of the request.
enum class Answer : std::uint8_t {
  Length,
  Chunked,
  UntilClose,
  NoContent,
  NotModified,
  Interim,      // a 103 comes first
  CloseAfter,   // "Connection: close", then FIN
  Early,        // answers when it has the head, goes on reading
  EarlyReset,   // answers when it has the head, then resets
  IdleClose,    // promises to keep the connection, then closes it
  ResetBefore,  // at the first byte of the request
  ResetAfter,   // when it has read the request
  FinAfter,     // closes instead of answering
  ResetInHead,
  FinInBody,
  ResetInBody,
  Silent,        // never answers
  SilentInBody,  // stops in the middle
  Junk,          // something that is not HTTP
};
inline constexpr int kPoliteAnswers = 7;
inline constexpr int kAnswers = 19;

enum class Quit : std::uint8_t {
  Never,
  CloseInRequest,
  ResetInRequest,
  FinAfterRequest,  // half-closes and waits for the response
  CloseAwaiting,
  ResetInResponse,
};

struct RequestPlan {
  std::uint64_t id = 0;
  Ask ask = Ask::Get;
  Answer answer = Answer::Length;
  Quit quit = Quit::Never;
  std::string cookie;  // the Cookie field; empty: none
  std::size_t body_bytes = 0;
  std::size_t answer_bytes = 0;
  std::uint32_t slow_send_ms = 0;    // pause in the middle of the request
  std::uint32_t slow_answer_ms = 0;  // pause before and in the middle of the answer
  std::uint32_t pause_ms = 0;        // before the request
  bool with_previous = false;        // pipelined: sent without waiting for the response before it
  bool old_version = false;          // HTTP/1.0
  bool close = false;                // "Connection: close"
  bool once = false;                 // the answer's fault happens at the first try only
};

struct ClientPlan {
  std::uint32_t start_ms = 0;
  std::uint32_t slow_read_ms = 0;  // reads nothing for so long after each response began
  bool raw = false;                // by the tcp frontend
  std::vector<RequestPlan> requests;
};

enum class Event : std::uint8_t {
  Reload,
  Drain,
  Maint,
  Ready,
  Maxconn,
  StopSoftly,
  StopNow,
  Move,  // another address of the server, or one again
  Lose,  // its name has no address
  Down,  // as checks find
  Up,
  Stopping,
  Weigh,   // no weight, or its own
  Rebind,  // a reload with the frontend on its other port
};

struct EventPlan {
  std::uint32_t at_ms = 0;
  Event event = Event::Reload;
  std::uint32_t value = 0;
};

struct ServerPlan {
  std::string name;
  std::uint16_t port = 0;
  std::uint32_t maxconn = 0;
  bool refuses = false;  // nobody listens
  bool silent = false;   // connecting is never answered
};

struct Plan {
  std::uint64_t seed = 0;
  bool polite = false;
  bool binds = false;  // clients have cookies
  net::SimFaults faults;
  std::size_t workers = 2;
  std::size_t block_bytes = 16'384;
  std::uint32_t max_connections = 0;
  std::vector<ServerPlan> servers;
  std::string configuration;
  std::vector<ClientPlan> clients;
  std::vector<EventPlan> events;
};

inline constexpr const char* kAddress = "127.0.0.1";
inline constexpr const char* kOtherAddress = "127.0.0.2";  // where servers may move to
inline constexpr std::uint16_t kFrontPort = 80;
inline constexpr std::uint16_t kRawPort = 81;
inline constexpr std::uint16_t kOtherFrontPort = 82;  // where the frontend may move to

[[nodiscard]] Plan make_plan(std::uint64_t seed);
/// For people: what the seed does.
[[nodiscard]] std::string describe(const Plan& plan);
[[nodiscard]] const char* name_of(Ask ask);
[[nodiscard]] const char* name_of(Answer answer);
[[nodiscard]] const char* name_of(Quit quit);

}  // namespace sluice::simulation
