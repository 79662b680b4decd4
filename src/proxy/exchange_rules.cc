// Rules, what Sluice answers by itself, and routing.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "proxy/dynamic_limit.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

Exchange::RuleResult Exchange::run(const rules::Program& program,
                                   const control::ProxyRuntime& proxy) {
  if (program.empty()) return RuleResult::Through;
  peek_request();
  rules::Evaluation& evaluation = this->evaluation();
  evaluation.payload_final = timed_out_waiting_ || request_ended_ || body_is_full();
  rules::Outcome outcome;
  switch (program.step(cursor_, evaluation, outcome)) {
    case rules::Verdict::Continue:
      cursor_.restart();
      timed_out_waiting_ = false;
      return RuleResult::Through;
    case rules::Verdict::Stop:
      cursor_.restart();
      timed_out_waiting_ = false;
      if (outcome.kind == rules::OutcomeKind::Allow) return RuleResult::Through;
      apply(outcome, proxy);
      return RuleResult::Ended;
    case rules::Verdict::Wait:
      break;
  }
  waiting_program_ = &program;
  waiting_proxy_ = &proxy;
  if (cursor_.waiting == rules::WaitFor::Login) {
    await_login();
    return RuleResult::Waiting;
  }
  phase_ = Phase::Body;
  if (cursor_.waiting == rules::WaitFor::RequestBody ||
      cursor_.waiting == rules::WaitFor::Payload) {
    buffer_body(static_cast<std::size_t>(cursor_.wait_bytes));
  }
  if (!is_http_) client_->set_idle_limit(frontend_->timeouts.client);
  if (cursor_.wait_deadline_ms != 0)
    Timer::arm(worker_.timers(), cursor_.wait_deadline_ms);
  else
    arm(timeouts().http_request);
  return RuleResult::Waiting;
}

void Exchange::resume_rules() {
  if (phase_ != Phase::Body || tarpit_status_ != 0 || awaits_login_) return;
  if (waiting_program_ == nullptr) {  // option http-buffer-request, a service's body, a key's
    if (!body_view().complete) return;
    buffering_ = false;
    disarm();
    if (service_ != nullptr) {
      post_service();
      return;
    }
    if (stage_ == RuleStage::Key) {
      balance();
      return;
    }
    phase_ = Phase::Rules;
    run_frontend_rules();
    return;
  }
  const rules::Program* program = waiting_program_;
  phase_ = Phase::Rules;
  waiting_program_ = nullptr;
  if (run(*program, *waiting_proxy_) != RuleResult::Through) return;
  disarm();
  buffering_ = false;
  client_->set_body_flow(true);
  if (!is_http_) client_->set_idle_limit(0);  // a server is waited for from here on
  after_rules();
}

void Exchange::run_rules(RuleStage stage) {
  stage_ = stage;
  const bool in_frontend = stage == RuleStage::FrontendContent || stage == RuleStage::Frontend;
  const auto& proxy = in_frontend ? static_cast<const control::ProxyRuntime&>(*frontend_)
                                  : static_cast<const control::ProxyRuntime&>(*backend_);
  const bool content = stage == RuleStage::FrontendContent || stage == RuleStage::BackendContent;
  if (run(content ? proxy.tcp_content : proxy.http_request, proxy) == RuleResult::Through)
    after_rules();
}

void Exchange::after_rules() {
  switch (stage_) {
    case RuleStage::FrontendContent:
      if (is_http_)
        begin_http_rules();
      else
        after_frontend_rules();
      return;
    case RuleStage::Frontend:
      after_frontend_rules();
      return;
    case RuleStage::BackendContent:
      if (is_http_)
        run_rules(RuleStage::Backend);
      else
        after_backend_rules();
      return;
    case RuleStage::Backend:
      after_backend_rules();
      return;
    default:  // what waits outside of programs
      return;
  }
}

void Exchange::begin_http_rules() {
  worker_.shared().requests.fetch_add(1, std::memory_order_relaxed);
  count_front(model::Counter::Requests);
  frontend_->live->request_rate.add(head_ns_ / 1'000'000);
  if (frontend_->config->http_buffer_request && !body_view().complete) {
    buffer_body(0);
    waiting_program_ = nullptr;
    phase_ = Phase::Body;
    arm(timeouts().http_request);
    return;
  }
  run_frontend_rules();
}

void Exchange::run_frontend_rules() {
  if (intercept_monitor()) return;
  capture_headers(frontend_->config->request_captures, request_, request_captures_);
  run_rules(RuleStage::Frontend);
}

void Exchange::after_frontend_rules() {
  if (is_http_) {
    if (restrict_header_names(frontend_->config->restrict_header_names)) return;
    if (intercept(*frontend_, RuleStage::FrontendStats)) return;
    add_unique_id();
  }
  choose_backend();
}

void Exchange::choose_backend() {
  control::BackendRuntime* backend = route();
  if (waits_for_login(RuleStage::Route)) return;
  if (backend == nullptr) {
    end_phase_ = 'C';
    fail(Failure::NoServer, "no backend");
    return;
  }
  enter_backend(*backend);
}

void Exchange::enter_backend(control::BackendRuntime& backend) {
  backend_ = &backend;
  in_backend_ = true;
  auto& live = *backend.live;
  const std::uint64_t now_ms = worker_.now().ms();
  live.sessions.increase();
  adapt_limits(backend, worker_.shared().connections.max());
  live.session_rate.add(now_ms);
  live.counters.of(worker_.slot()).add(model::Counter::Sessions);
  live.counters.of(worker_.slot()).add(model::Counter::Requests);
  live.last_session_ms.store(now_ms, std::memory_order_relaxed);
  if (!backend.persist_rules.empty()) persistence_.enter(backend, evaluation());
  run_backend_rules();
}

void Exchange::run_backend_rules() {
  // A listen is one section: its rules ran already.
  if (backend_->config == frontend_->config) {
    after_backend_rules();
    return;
  }
  run_rules(RuleStage::BackendContent);
}

void Exchange::after_backend_rules() {
  if (is_http_ && backend_->config != frontend_->config) {
    if (restrict_header_names(backend_->config->restrict_header_names)) return;
    if (intercept(*backend_, RuleStage::BackendStats)) return;
  }
  choose_server();
}

void Exchange::choose_server() {
  bind_by_rule();
  if (waits_for_login(RuleStage::UseServer)) return;
  if (backend_->rdp_cookie != nullptr && persistence_.server() == nullptr) bind_by_rdp_cookie();
  if (is_http_) {
    read_persistence();
    add_address_headers();
  } else {
    head_ns_ = worker_.now().monotonic_ns;  // content rules may have waited
  }
  if (has_balance_key()) balance();
}

bool Exchange::has_balance_key() {
  const rules::BalanceKey* key = backend_->balance_key.get();
  if (persistence_.server() != nullptr) return true;
  if (key == nullptr || body_view().complete || !key->needs_body(evaluation())) return true;
  stage_ = RuleStage::Key;
  buffer_body(0);
  phase_ = Phase::Body;
  arm(timeouts().http_request);
  return false;
}

void Exchange::apply(rules::Outcome& outcome, const control::ProxyRuntime& proxy) {
  switch (outcome.kind) {
    case rules::OutcomeKind::Tarpit:
      count_denied_request();
      set_end(EndCause::Proxy);
      end_phase_ = 'T';
      note_cookies();
      tarpit_status_ = outcome.status;
      if (outcome.has_reply) tarpit_reply_ = std::make_unique<rules::Reply>(outcome.reply);
      phase_ = Phase::Body;
      arm(timeouts().tarpit != 0 ? timeouts().tarpit : timeouts().connect);
      return;
    case rules::OutcomeKind::Deny:
      count_denied_request();
      set_end(EndCause::Proxy);
      end_phase_ = 'R';
      if (!is_http_) {
        cut(EndCause::Proxy, AbortHow::Close);
        return;
      }
      note_cookies();
      reply_as_said(outcome);
      return;
    case rules::OutcomeKind::Reject:
      count_denied_request();
      // HAProxy's content rules run before it takes the request for one.
      if (stage_ == RuleStage::FrontendContent) has_head_ = false;
      client_may_continue_ = false;
      end_phase_ = 'R';
      cut(EndCause::Proxy, AbortHow::Close);
      return;
    case rules::OutcomeKind::SilentDrop:
      client_may_continue_ = false;
      end_phase_ = 'R';
      cut(EndCause::Proxy, AbortHow::Vanish);
      return;
    case rules::OutcomeKind::Challenge:
      set_end(EndCause::Local);
      end_phase_ = 'R';
      count_front(model::Counter::Intercepted);
      reply_challenge(outcome.realm);
      return;
    case rules::OutcomeKind::Reply:
      set_end(EndCause::Local);
      end_phase_ = 'R';
      count_front(model::Counter::Intercepted);
      reply_as_said(outcome);
      return;
    case rules::OutcomeKind::UseService:
      count_front(model::Counter::Intercepted);
      start_service(outcome.service, proxy);
      return;
    default:
      fail(Failure::Internal, "a rule ended in nothing");
      return;
  }
}

bool Exchange::intercept_monitor() {
  const std::string& uri = frontend_->monitor_uri;
  if (uri.empty() || request_.path != uri) return false;
  set_end(EndCause::Local);
  end_phase_ = 'R';
  is_monitor_ = true;
  const auto holds = [this](const auto& condition) {
    return condition->evaluate(evaluation()) == rules::Truth::True;
  };
  reply_error(std::ranges::any_of(frontend_->monitor_fails, holds) ? 503 : 200);
  return true;
}

/// Names that some servers can't tell from others, such as X_Forwarded_For from X-Forwarded-For.
bool Exchange::restrict_header_names(model::RestrictNames how) {
  if (how == model::RestrictNames::Preserve) return false;
  const auto is_letter = [](char c) {
    return base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z';
  };
  const auto is_plain = [&](char c) { return base::is_digit(c) || c == '-' || is_letter(c); };
  for (std::size_t i = 0; i < request_.fields.size();) {
    if (std::ranges::all_of(request_.fields[i].name, is_plain)) {
      ++i;
      continue;
    }
    if (how == model::RestrictNames::Delete) {
      request_.fields.remove_at(i);
      continue;
    }
    count_front(model::Counter::DeniedRequests);
    end_phase_ = 'R';
    fail(Failure::Denied, "a header's name has a character that is not allowed");
    return true;
  }
  return false;
}

/// By the frontend's rules or the backend's, which then counts it too.
void Exchange::count_denied_request() {
  count_front(model::Counter::DeniedRequests);
  if (backend_ != nullptr && in_backend_)
    backend_->live->counters.of(worker_.slot()).add(model::Counter::DeniedRequests);
}

control::BackendRuntime* Exchange::route() {
  for (const control::RouteRule& rule : frontend_->routes) {
    if (rule.condition != nullptr && rule.condition->evaluate(evaluation()) != rules::Truth::True)
      continue;
    if (rule.backend != nullptr) return rule.backend;
    if (rule.format == nullptr) continue;
    char name[256];
    const std::size_t size = rule.format->write(name, sizeof(name), nullptr, evaluation());
    if (control::BackendRuntime* found = (*generation_).find_backend({name, size})) return found;
  }
  return frontend_->default_backend != nullptr ? frontend_->default_backend
                                               : frontend_->own_backend;
}

namespace {

bool excepted(const control::AddressHeaderRuntime& header, const base::Address& address) {
  return std::any_of(header.except.begin(), header.except.end(),
                     [&](const control::Network& network) { return network.contains(address); });
}

/// The backend's name of the header wins; each side's exceptions hold; "if-none" must be said by
/// every side that has the option (manual, option forwardfor).
void add_one(http::Head& head, const control::AddressHeaderRuntime& front,
             const control::AddressHeaderRuntime& back, const base::Address& address,
             base::Arena& arena) {
  const control::AddressHeaderRuntime& header = back.enabled ? back : front;
  if (!header.enabled || !address.is_ip()) return;
  if ((front.enabled && excepted(front, address)) || (back.enabled && excepted(back, address)))
    return;
  const bool if_none = (!front.enabled || front.if_none) && (!back.enabled || back.if_none);
  if (if_none && head.fields.find(header.name) != nullptr) return;
  char text[64];
  const std::size_t size = address.write_host(text);
  head.fields.add(http::field_id(header.name), header.name, arena.copy({text, size}));
}

}  // namespace

void Exchange::add_address_headers() {
  const model::ConnectionFacts& facts = connection_facts();
  add_one(request_, frontend_->forwardfor, backend_->forwardfor, facts.source, arena_);
  add_one(request_, frontend_->originalto, backend_->originalto, facts.destination, arena_);
}

std::string_view Exchange::unique_id() {
  // A format that names the id itself finds it empty.
  if (frontend_->unique_id == nullptr || has_unique_id_) return unique_id_;
  has_unique_id_ = true;
  char text[1024];
  rules::LogRecord record;
  fill_record(record);
  unique_id_ =
      arena_.copy({text, frontend_->unique_id->write(text, sizeof(text), &record, evaluation())});
  return unique_id_;
}

void Exchange::add_unique_id() {
  const std::string_view id = unique_id();
  const std::string& name = frontend_->config->unique_id_header;
  if (!name.empty() && !id.empty()) request_.fields.add(name, id);
}

void Exchange::capture_headers(const std::vector<model::Capture>& captures, const http::Head& head,
                               std::vector<std::string_view>& into) {
  for (std::size_t i = 0; i < captures.size(); ++i) {
    for (const http::Field& field : head.fields) {  // the last one counts, as in HAProxy
      if (base::iequals(field.name, captures[i].name))
        into[i] = field.value.substr(0, captures[i].max_length);
    }
  }
}

void Exchange::buffer_body(std::size_t) {
  if (!body_block_) body_block_ = worker_.blocks().take();
  if (!body_block_) return;
  buffering_ = true;
  client_->set_body_flow(true);
  invite_body();
}

/// The client waits for a word before it sends what we wait for; nobody else can give it (HAProxy
/// answers so too, and takes the expectation out).
void Exchange::invite_body() {
  if (!request_facts_.expect_continue) return;
  request_facts_.expect_continue = false;
  request_.fields.remove(http::FieldId::Expect);
  if (body_bytes_ > 0 || request_ended_) return;  // it did not wait
  http::Head& interim = response_;
  interim.clear();
  interim.status = 100;
  interim.reason = http::reason_phrase(100);
  client_->send_interim(interim);
  interim.clear();
}

bool Exchange::body_is_full() const { return body_block_ && body_bytes_ == body_block_.capacity(); }

rules::BodyView Exchange::body_view() const {
  rules::BodyView view;
  if (body_block_) view.bytes = {body_block_.data(), body_bytes_};
  view.complete = request_ended_ || body_is_full();
  view.known_length = request_facts_.framing.kind == http::BodyKind::Length
                          ? request_facts_.framing.length
                          : body_bytes_;
  return view;
}

bool Exchange::run_response_rules() {
  capture_headers(frontend_->config->response_captures, response_, response_captures_);
  // The backend's come first, then the frontend's (manual §4.2, http-response).
  if (backend_ != nullptr && backend_->config != frontend_->config &&
      run_response_program(backend_->http_response)) {
    return true;
  }
  return run_response_program(frontend_->http_response);
}

/// The server's response goes no further.
void Exchange::deny_response() {
  count_front(model::Counter::DeniedResponses);
  if (backend_ != nullptr)
    backend_->live->counters.of(worker_.slot()).add(model::Counter::DeniedResponses);
  if (server_ != nullptr) server_->counters.of(worker_.slot()).add(model::Counter::DeniedResponses);
  drop_server_connection();
  set_end(EndCause::Proxy);
  end_phase_ = 'H';
}

/// True: a rule ended the response and answered by itself.
bool Exchange::run_response_program(const rules::Program& program) {
  if (program.empty()) return false;
  rules::Evaluation& evaluation = this->evaluation();
  evaluation.payload_final = true;
  rules::Outcome outcome;
  rules::Cursor cursor;
  if (program.step(cursor, evaluation, outcome) != rules::Verdict::Stop) return false;
  if (outcome.kind == rules::OutcomeKind::Allow || outcome.kind == rules::OutcomeKind::None)
    return false;
  deny_response();
  if (outcome.kind == rules::OutcomeKind::SilentDrop) {
    cut(EndCause::Proxy, AbortHow::Vanish);
    return true;
  }
  if (outcome.has_reply) {
    reply(outcome.reply);
    return true;
  }
  response_ns_ = 0;  // a response that was denied counts as none in the log's timers
  const bool says_status =
      outcome.kind == rules::OutcomeKind::Deny || outcome.kind == rules::OutcomeKind::Reply;
  reply_error(says_status ? outcome.status : 502);
  return true;
}

}  // namespace sluice::proxy
