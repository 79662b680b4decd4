#include "simulation/plan.h"

#include <algorithm>
#include <array>

namespace sluice::simulation {

namespace {

class Planner {
 public:
  explicit Planner(std::uint64_t seed)
      : random_(seed * 2 + 1),
        rules_(~seed),
        cookies_(seed * 3),
        names_(seed * 5),
        states_(seed * 7),
        ports_(seed * 11),
        crowds_(seed * 13) {
    plan_.seed = seed;
    crowd_ = crowds_.below(4) == 0;
  }

  Plan make() {
    plan_.polite = chance(40);
    plan_.workers = chance(70) ? 2 : chance(50) ? 1 : 3;
    plan_.block_bytes = pick<std::size_t>({2'048, 4'096, 16'384, 16'384});
    plan_.max_connections = chance(20) ? 2 + below(6) : 0;
    make_faults();
    make_servers();
    make_configuration();
    const std::size_t clients = 1 + below(6);
    for (std::size_t i = 0; i < clients; ++i) make_client();
    make_events();
    make_moves();
    make_states();
    make_rebinds();
    if (crowd_) make_crowd();
    return std::move(plan_);
  }

 private:
  std::uint32_t below(std::uint64_t bound) {
    return static_cast<std::uint32_t>(random_.below(bound));
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  T pick(std::initializer_list<T> of) {
    return of.begin()[below(of.size())];
  }

  void make_faults() {
    net::SimFaults& faults = plan_.faults;
    faults.split_reads = pick<unsigned>({0, 300, 800});
    faults.short_writes = pick<unsigned>({0, 200, 600});
    faults.refused_writes = pick<unsigned>({0, 50, 300});
    faults.max_delay_us = pick<std::uint32_t>({0, 500, 2'000, 20'000});
    faults.window_bytes = pick<std::size_t>({200, 3'000, 65'536, 65'536});
    faults.exhausted_accepts = chance(10) ? 200 : 0;
    if (plan_.polite) return;
    faults.refused_connects = pick<unsigned>({0, 0, 100});
    faults.resets = pick<unsigned>({0, 0, 100, 300});
    faults.max_life_ms = pick<std::uint32_t>({5, 50, 200});
  }

  void make_servers() {
    const std::size_t count = 1 + below(4);
    const bool limited = chance(60);
    for (std::size_t i = 0; i < count; ++i) {
      ServerPlan server;
      server.name = "s" + std::to_string(i + 1);
      server.port = static_cast<std::uint16_t>(9'001 + i);
      server.maxconn = limited ? 1 + below(3) : 0;
      if (crowd_) server.maxconn = static_cast<std::uint32_t>(1 + crowds_.below(2));
      if (!plan_.polite) {
        server.refuses = chance(10);
        server.silent = chance(6);
      }
      plan_.servers.push_back(server);
    }
  }

  void make_timeouts(std::string& out) {
    const bool polite = plan_.polite;
    const auto line = [&](const char* name, std::uint32_t ms) {
      out += std::string("  timeout ") + name + " " + std::to_string(polite ? 600'000 : ms) + "\n";
    };
    line("connect", 100 + below(400));
    line("client", 500 + below(2'000));
    line("server", 500 + below(2'000));
    line("queue", 200 + below(3'000));
    line("http-request", 500 + below(1'000));
    line("http-keep-alive", 100 + below(1'000));
    if (chance(30)) line("tunnel", 500 + below(2'000));
  }

  void make_defaults(std::string& out) {
    out += "defaults\n  mode http\n";
    make_timeouts(out);
    if (chance(20))
      out += "  option http-server-close\n";
    else if ((closes_ = chance(10)))
      out += "  option httpclose\n";
    if (chance(20)) out += "  option abortonclose\n";
    if (chance(15)) out += "  option http-buffer-request\n";
    out += "  http-reuse " + pick<std::string>({"safe", "safe", "never"}) + "\n";
    out += "  retries " + std::to_string(below(4)) + "\n";
    if (chance(40)) out += "  option redispatch\n";
    if (chance(30)) {
      out += "  retry-on conn-failure empty-response junk-response";
      out += " response-timeout\n";
    }
  }

  void make_configuration() {
    std::string& out = plan_.configuration;
    make_defaults(out);
    out += "frontend front\n  bind " + std::string(kAddress) + ":" + std::to_string(kFrontPort) +
           "\n  stats enable\n  stats uri /service\n  default_backend back\n";
    if (chance(20)) out += "  maxconn " + std::to_string(1 + below(4)) + "\n";
    if (chance(30)) out += "  http-request set-header X-More %[path]\n";
    add_content_rules(out, "tcp-request", "{ req.len gt 700 }");
    out += "backend back\n  balance " +
           pick<std::string>({"roundrobin", "roundrobin", "leastconn", "static-rr", "first"}) +
           "\n";
    if (chance(30)) out += "  http-response set-header X-Via sluice\n";
    add_persistence(out);
    add_content_rules(out, "tcp-response", "{ status ge 200 }");
    add_servers(out, 0);
    out += "frontend raw\n  mode tcp\n  bind " + std::string(kAddress) + ":" +
           std::to_string(kRawPort) + "\n  default_backend rawback\n";
    add_content_rules(out, "tcp-request", "HTTP");
    if (!plan_.polite && rules_.below(3) == 0) out += "  timeout client-fin 300\n";
    out += "backend rawback\n  mode tcp\n";
    add_content_rules(out, "tcp-response", "{ res.len gt 400 }");
    if (!plan_.polite && rules_.below(3) == 0) out += "  timeout server-fin 300\n";
    add_servers(out, kRawOffset);
  }

  /// Rules that wait and then let everything through: nobody may notice them.
  void add_content_rules(std::string& out, const std::string& rule, const char* condition) {
    if (rules_.below(3) != 0) return;
    out += "  " + rule + " inspect-delay " + std::to_string(1 + rules_.below(200)) + "\n";
    out += "  " + rule + " content accept if " + condition + "\n";
    if (rules_.below(2) == 0) out += "  " + rule + " content accept if WAIT_END\n";
  }

  /// Cookies bind requests to servers, some whatever their state.
  void add_persistence(std::string& out) {
    if (cookies_.below(3) != 0) return;
    plan_.binds = true;
    out += "  cookie S insert";
    if (cookies_.below(2) == 0) out += " indirect maxidle 1h";
    out += "\n";
    if (cookies_.below(4) == 0) out += "  option persist\n";
    if (cookies_.below(4) == 0) out += "  force-persist if { method POST }\n";
  }

  void add_servers(std::string& out, std::uint16_t offset) {
    for (const ServerPlan& server : plan_.servers) {
      out +=
          "  server " + server.name + " " + kAddress + ":" + std::to_string(server.port + offset);
      if (server.maxconn != 0) out += " maxconn " + std::to_string(server.maxconn);
      if (plan_.binds && offset == 0) out += " cookie " + server.name;
      out += "\n";
    }
  }

  std::size_t some_bytes() {
    switch (below(8)) {
      case 0:
        return 0;
      case 1:
        return 1 + below(3);
      case 2:
        return below(60'000);
      case 3:
        return plan_.block_bytes - 40 + below(80);
      default:
        return below(3'000);
    }
  }

  void make_client() {
    ClientPlan client;
    client.start_ms = chance(50) ? 0 : below(300);
    client.raw = chance(15);
    client.slow_read_ms = chance(15) ? below(200) : 0;
    const std::size_t requests = 1 + below(5);
    for (std::size_t i = 0; i < requests; ++i) make_request(client);
    plan_.clients.push_back(std::move(client));
  }

  void make_request(ClientPlan& client) {
    RequestPlan request;
    request.id = ++last_id_;
    request.ask = pick<Ask>({Ask::Get, Ask::Get, Ask::Head, Ask::PostLength, Ask::PostChunked,
                             Ask::PostLength, Ask::PostChunked, Ask::Service});
    if (chance(6)) request.ask = Ask::Upgrade;
    if (client.raw && request.ask == Ask::Service) request.ask = Ask::Get;
    request.answer = static_cast<Answer>(below(kPoliteAnswers));
    const bool posts = request.ask == Ask::PostLength || request.ask == Ask::PostChunked;
    if (posts || request.ask == Ask::Upgrade) request.body_bytes = some_bytes();
    request.answer_bytes = some_bytes();
    request.slow_send_ms = chance(15) ? 1 + below(200) : 0;
    request.slow_answer_ms = chance(20) ? 1 + below(100) : 0;
    request.pause_ms = chance(20) ? below(200) : 0;
    request.old_version = chance(6) && request.ask != Ask::PostChunked;
    request.close = chance(15);
    if (request.ask == Ask::Upgrade) request.old_version = request.close = false;
    request.with_previous = !client.raw && chance(25) && may_follow(client);
    if (plan_.binds && cookies_.below(4) != 0) {  // the last one names nobody
      request.cookie =
          "x=1; S=s" + std::to_string(1 + cookies_.below(plan_.servers.size() + 1)) + "; y=2";
    }
    if (!plan_.polite) spoil(request);
    if (client.raw && request.answer == Answer::Junk) request.answer = Answer::FinAfter;
    client.requests.push_back(request);
  }

  /// What is sent behind a request that closes the connection is lost by right.
  bool may_follow(const ClientPlan& client) {
    if (client.requests.empty() || closes_) return false;
    const RequestPlan& last = client.requests.back();
    return last.ask != Ask::Upgrade && last.answer != Answer::UntilClose && !last.close &&
           !last.old_version;
  }

  void spoil(RequestPlan& request) {
    if (chance(40)) request.answer = static_cast<Answer>(below(kAnswers));
    request.once = chance(50);
    if (chance(15)) request.quit = static_cast<Quit>(1 + below(5));
    const bool talks_later = request.ask == Ask::Upgrade;
    if (talks_later && request.quit == Quit::FinAfterRequest) request.quit = Quit::CloseAwaiting;
    // Others come while this one still sends what nobody wants any more.
    if (request.answer == Answer::Early && chance(60)) request.slow_send_ms = 20 + below(200);
    if (chance(5)) request.slow_send_ms = 3'000;
    if (chance(5)) request.pause_ms = 3'000;
    if (chance(5)) request.slow_answer_ms = 3'000;
  }

  void make_events() {
    const std::size_t count = chance(50) ? 0 : 1 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
      EventPlan event;
      event.at_ms = below(500);
      event.event = static_cast<Event>(below(plan_.polite ? 5 : 7));
      event.value = 1 + below(3);
      // One server alone may go, so that the others can serve; the first one stays.
      const bool needs_others = event.event == Event::Drain || event.event == Event::Maint;
      if (plan_.polite && needs_others && plan_.servers.size() < 2) event.event = Event::Reload;
      plan_.events.push_back(event);
    }
  }

  /// Servers that are found by their names: every second seed has some.
  void make_moves() {
    const std::size_t count = names_.below(2) == 0 ? 0 : 1 + names_.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      EventPlan event;
      event.at_ms = static_cast<std::uint32_t>(names_.below(500));
      const bool may_go = !plan_.polite || plan_.servers.size() > 1;
      event.event = may_go && names_.below(3) == 0 ? Event::Lose : Event::Move;
      event.value = static_cast<std::uint32_t>(1 + names_.below(3));
      plan_.events.push_back(event);
    }
  }

  /// What checks find of servers, and what weights they are given: every second seed has some. Of a
  /// polite plan with cookies those that are bound to a server go elsewhere.
  void make_states() {
    const std::size_t count = states_.below(2) == 0 ? 0 : 1 + states_.below(5);
    const bool may_go = !plan_.polite || plan_.servers.size() > 1;
    for (std::size_t i = 0; i < count; ++i) {
      EventPlan event;
      event.at_ms = static_cast<std::uint32_t>(states_.below(500));
      constexpr Event kLeave[] = {Event::Down, Event::Stopping, Event::Weigh};
      event.event = may_go && states_.below(2) == 0 ? kLeave[states_.below(3)] : Event::Up;
      event.value = static_cast<std::uint32_t>(1 + states_.below(3));
      plan_.events.push_back(event);
    }
  }

  /// Listeners that move: every second seed has some, also within the time that one fades.
  void make_rebinds() {
    const std::size_t count = ports_.below(2) == 0 ? 0 : 1 + ports_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
      EventPlan event;
      event.at_ms = static_cast<std::uint32_t>(1 + ports_.below(i == 0 ? 100 : 3'000));
      event.event = Event::Rebind;
      plan_.events.push_back(event);
    }
    if (count == 0 || !plan_.polite) return;
    // What is pipelined behind the last response of a connection may reset it (RFC 9112 §9.6).
    for (ClientPlan& client : plan_.clients) {
      for (RequestPlan& request : client.requests) request.with_previous = false;
    }
  }

  /// More clients at once than the servers take, so that some wait in the queues while the
  /// configuration is replaced, servers go and limits change.
  void make_crowd() {
    const auto drawn = [this](std::uint64_t bound) {
      return static_cast<std::uint32_t>(crowds_.below(bound));
    };
    const std::uint32_t begin = drawn(200);
    const std::size_t count = 6 + drawn(10);
    for (std::size_t i = 0; i < count; ++i) {
      ClientPlan client;
      client.start_ms = begin + drawn(60);
      RequestPlan request;
      request.id = ++last_id_;
      request.ask = drawn(3) == 0 ? Ask::PostLength : Ask::Get;
      if (request.ask == Ask::PostLength) request.body_bytes = drawn(3'000);
      request.answer = Answer::Length;
      request.answer_bytes = drawn(3'000);
      request.slow_answer_ms = 20 + drawn(100);
      if (plan_.binds && drawn(2) == 0)
        request.cookie = "S=s" + std::to_string(1 + drawn(plan_.servers.size()));
      client.requests.push_back(request);
      plan_.clients.push_back(std::move(client));
    }
    for (std::uint32_t i = 0; i < 1 + begin % 3; ++i) {
      EventPlan event;
      event.at_ms = begin + 30 + drawn(200);
      event.event = drawn(4) == 0 ? Event::Maxconn : Event::Reload;
      event.value = 1 + drawn(3);
      plan_.events.push_back(event);
    }
  }

  static constexpr std::uint16_t kRawOffset = 100;
  base::Random random_;
  base::Random rules_;  // of its own, so that rules change nothing else of a seed
  base::Random cookies_;
  base::Random names_;
  base::Random states_;
  base::Random ports_;
  base::Random crowds_;
  Plan plan_;
  std::uint64_t last_id_ = 0;
  bool crowd_ = false;
  bool closes_ = false;  // the proxy closes after each response
};

constexpr std::array<const char*, 6> kAsks = {"GET",          "HEAD",    "POST length",
                                              "POST chunked", "upgrade", "service"};
constexpr std::array<const char*, kAnswers> kAnswerNames = {
    "length",        "chunked",     "until-close",    "no-content",    "not-modified",
    "interim",       "close-after", "early",          "early-reset",   "idle-close",
    "reset-before",  "reset-after", "fin-after",      "reset-in-head", "fin-in-body",
    "reset-in-body", "silent",      "silent-in-body", "junk"};
constexpr std::array<const char*, 6> kQuits = {"",
                                               "closes in the request",
                                               "resets in the request",
                                               "half-closes after it",
                                               "closes while it waits",
                                               "resets in the response"};
constexpr std::array<const char*, 14> kEvents = {
    "reload", "drain", "maint", "ready", "maxconn",  "stop softly", "stop now",
    "move",   "lose",  "down",  "up",    "stopping", "weigh",       "rebind"};

void describe_request(const RequestPlan& request, std::string& out) {
  out += "    " + std::to_string(request.id) + ": " + name_of(request.ask) + " " +
         std::to_string(request.body_bytes) + " -> " + name_of(request.answer) + " " +
         std::to_string(request.answer_bytes);
  const auto say = [&](bool when, const std::string& what) {
    if (when) out += ", " + what;
  };
  say(!request.cookie.empty(), request.cookie);
  say(request.with_previous, "with the one before");
  say(request.old_version, "HTTP/1.0");
  say(request.close, "close");
  say(request.once, "fault once");
  say(request.pause_ms != 0, "after " + std::to_string(request.pause_ms) + " ms");
  say(request.slow_send_ms != 0, "slow send " + std::to_string(request.slow_send_ms) + " ms");
  say(request.slow_answer_ms != 0, "slow answer " + std::to_string(request.slow_answer_ms) + " ms");
  say(request.quit != Quit::Never, name_of(request.quit));
  out += "\n";
}

}  // namespace

const char* name_of(Ask ask) { return kAsks[static_cast<std::size_t>(ask)]; }
const char* name_of(Answer answer) { return kAnswerNames[static_cast<std::size_t>(answer)]; }
const char* name_of(Quit quit) { return kQuits[static_cast<std::size_t>(quit)]; }

Plan make_plan(std::uint64_t seed) { return Planner(seed).make(); }

std::string describe(const Plan& plan) {
  std::string out = "seed " + std::to_string(plan.seed) + (plan.polite ? " (polite)" : "") + ", " +
                    std::to_string(plan.workers) + " workers, blocks of " +
                    std::to_string(plan.block_bytes) + ", window " +
                    std::to_string(plan.faults.window_bytes) + ", delay " +
                    std::to_string(plan.faults.max_delay_us) + " us, resets " +
                    std::to_string(plan.faults.resets) + ", refused connects " +
                    std::to_string(plan.faults.refused_connects) + ", connections " +
                    std::to_string(plan.max_connections) + "\n" + plan.configuration;
  for (const ServerPlan& server : plan.servers) {
    if (server.refuses) out += "  " + server.name + " refuses\n";
    if (server.silent) out += "  " + server.name + " is silent\n";
  }
  for (const EventPlan& event : plan.events) {
    out += "  at " + std::to_string(event.at_ms) +
           " ms: " + kEvents[static_cast<std::size_t>(event.event)] + " " +
           std::to_string(event.value) + "\n";
  }
  for (const ClientPlan& client : plan.clients) {
    out += "  client at " + std::to_string(client.start_ms) + " ms" + (client.raw ? ", tcp" : "") +
           (client.slow_read_ms == 0 ? "" : ", slow " + std::to_string(client.slow_read_ms)) + "\n";
    for (const RequestPlan& request : client.requests) describe_request(request, out);
  }
  return out;
}

}  // namespace sluice::simulation
