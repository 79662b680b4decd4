// A client of the simulation: one connection at a time, requests after each other or pipelined.
// It checks each response byte by byte, and that everything it sent ends exactly once.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/sim_peer.h"
#include "simulation/ledger.h"
#include "simulation/message.h"
#include "simulation/plan.h"

namespace sluice::simulation {

class Client {
 public:
  /// `port` is the frontend's, wherever that is at the moment.
  Client(net::SimLoop& loop, Ledger& ledger, const ClientPlan& plan, bool polite,
         const std::uint16_t& port);
  [[nodiscard]] bool done() const { return done_; }
  /// What it waits for, in words.
  [[nodiscard]] std::string position() const;

 private:
  void open();
  void send_next();
  void transmit(std::size_t index);
  void transmit_slowly(const RequestPlan& request, std::string bytes, std::size_t half);
  void sent(const RequestPlan& request);
  [[nodiscard]] bool may_pipeline() const;
  void on_change(net::SimPeer& peer);
  bool take_response(net::SimPeer& peer);
  void begin_response(net::SimPeer& peer);
  void judge(const RequestPlan& request);
  void judge_body(const RequestPlan& request);
  void judge_own(const RequestPlan& request);
  void take_tunnel(net::SimPeer& peer);
  void quit(Quit how);
  void closed(const char* why);
  void hang_up();
  void go_on();
  [[nodiscard]] const RequestPlan& waiting() const { return plan_.requests[waiting_.front()]; }
  [[nodiscard]] std::string say(const RequestPlan& request) const {
    return "request " + std::to_string(request.id);
  }

  net::SimLoop& loop_;
  Ledger& ledger_;
  const ClientPlan& plan_;
  bool polite_;
  const std::uint16_t& port_;
  Alarm alarm_;                                       // the next thing to send
  Alarm read_alarm_;                                  // reading goes on
  std::vector<std::unique_ptr<net::SimPeer>> peers_;  // the last one is in use
  std::deque<std::size_t> waiting_;                   // requests without an end, in order
  std::size_t next_ = 0;
  unsigned vain_ = 0;
  Message response_;
  bool reading_ = false;  // response_ is under way
  bool head_seen_ = false;
  bool busy_sending_ = false;  // a request is under way, or about to begin
  bool tunnel_ = false;
  bool closes_ = false;  // the last response closes the connection
  bool done_ = false;
};

}  // namespace sluice::simulation
