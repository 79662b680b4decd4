// An origin of the simulation: checks what it receives byte by byte, answers as the request asks,
// and counts how many requests it has at once.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "net/sim_peer.h"
#include "simulation/ledger.h"
#include "simulation/message.h"
#include "simulation/plan.h"

namespace sluice::simulation {

class Origin {
 public:
  Origin(net::SimLoop& loop, Ledger& ledger, std::string name, const base::Address& address);
  /// More requests at once are wrong; 0: any number.
  void set_limit(std::uint32_t limit) { limit_ = limit; }

 private:
  struct Conversation {
    explicit Conversation(net::SimLoop& loop) : alarm(loop) {}
    Message request;
    Alarm alarm;
    bool active = false;     // a request has begun and its answer has not ended
    bool decided = false;    // how to answer
    bool answering = false;  // the answer is on its way
    bool answered = false;   // it was sent before the request's end
    bool tunnel = false;
    bool over = false;
    Answer answer = Answer::Length;
    std::uint64_t id = 0;
  };
  enum class Then : std::uint8_t { Keep, Finish, Close, Reset, Stall };

  void on_change(net::SimPeer& peer);
  void take(net::SimPeer& peer, Conversation& talk);
  void begin(Conversation& talk);
  void end(Conversation& talk);
  void give_up(net::SimPeer& peer, Conversation& talk, Then how);
  void close_when_sent(net::SimPeer& peer, Conversation& talk);
  void decide(net::SimPeer& peer, Conversation& talk);
  void whole(net::SimPeer& peer, Conversation& talk);
  void check_request(const Conversation& talk);
  void respond(net::SimPeer& peer, Conversation& talk);
  void transmit(net::SimPeer& peer, Conversation& talk, std::string bytes, Then then);
  void transmitted(net::SimPeer& peer, Conversation& talk, Then then);
  void next(net::SimPeer& peer, Conversation& talk);
  [[nodiscard]] std::string compose(Conversation& talk, std::size_t& head_bytes);

  net::SimLoop& loop_;
  Ledger& ledger_;
  std::string name_;
  const base::Address address_;
  std::uint32_t limit_ = 0;
  std::uint32_t active_ = 0;
  std::map<net::SimPeer*, std::unique_ptr<Conversation>> talks_;
  net::SimOrigin listener_;
};

}  // namespace sluice::simulation
