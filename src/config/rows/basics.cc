// What a proxy section is: mode, limits, names, and a frontend's choice of a backend.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/conditions_of_rules.h"
#include "config/names.h"
#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::Proxy;
constexpr Support kYes = Support::Implemented;

void parse_mode(Context& context, Arguments& arguments) {
  const base::Word* mode = arguments.expect("http or tcp");
  if (mode == nullptr) return;
  if (mode->text == "health") {
    return arguments.error(mode->span, "'mode health' was removed from HAProxy",
                           "write 'mode http' and 'http-request return status 200'");
  }
  constexpr std::array<std::string_view, 2> kModes = {"http", "tcp"};
  if (mode->text != "http" && mode->text != "tcp") return arguments.error_choice(*mode, kModes);
  if (arguments.finish()) {
    context.proxy->mode = mode->text == "http" ? model::Mode::Http : model::Mode::Tcp;
  }
}

void parse_disabled(Context& context, Arguments& arguments) {
  if (arguments.finish()) context.proxy->disabled = true;
}
void parse_enabled(Context& context, Arguments& arguments) {
  if (arguments.finish()) context.proxy->disabled = false;
}

void parse_default_backend(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a backend's name");
  if (name == nullptr || !arguments.finish()) return;
  context.proxy->default_backend = name->text;
  context.proxy->default_backend_span = name->span;
}

void parse_unique_id_format(Context& context, Arguments& arguments) {
  const base::Word* format = arguments.expect("a format");
  if (format != nullptr && arguments.finish()) {
    context.proxy->unique_id_format = {format->text, format->span};
  }
}

// declare capture request|response len N
void parse_declare_capture(Context& context, Arguments& arguments) {
  constexpr std::array<std::string_view, 2> kSides = {"request", "response"};
  const base::Word* side = arguments.expect("request or response");
  if (side == nullptr) return;
  if (std::ranges::find(kSides, side->text) == kSides.end())
    return arguments.error_choice(*side, kSides);
  if (!arguments.take("len")) return arguments.error("'declare capture' needs 'len'");
  const auto length = arguments.number(1, 65'535, "a length");
  if (!length || !arguments.finish()) return;
  auto& slots =
      side->text == "request" ? context.proxy->request_captures : context.proxy->response_captures;
  slots.push_back({"", *length});
}

// capture request header NAME len N
template <std::vector<model::Capture> Proxy::*Field>
void parse_capture(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a header's name");
  if (name == nullptr) return;
  if (!arguments.take("len")) return arguments.error("'" + arguments.name() + "' needs 'len'");
  const auto length = arguments.number(1, 65'535, "a length");
  if (length && arguments.finish()) (context.proxy->*Field).push_back({name->text, *length});
}

void parse_http_reuse(Context& context, Arguments& arguments) {
  const base::Word* value = arguments.expect("never, safe, aggressive or always");
  if (value == nullptr) return;
  constexpr std::array<std::string_view, 4> kChoices = {"never", "safe", "aggressive", "always"};
  constexpr std::array<model::HttpReuse, 4> kMeanings = {
      model::HttpReuse::Never, model::HttpReuse::Safe, model::HttpReuse::Aggressive,
      model::HttpReuse::Always};
  const auto* found = std::find(kChoices.begin(), kChoices.end(), value->text);
  if (found == kChoices.end()) return arguments.error_choice(*value, kChoices);
  if (!arguments.finish()) return;
  context.proxy->http_reuse = kMeanings[static_cast<std::size_t>(found - kChoices.begin())];
}

struct RetryCause {
  std::string_view name;
  std::uint32_t bits;
};
using model::retry_status;
constexpr std::uint32_t kAllRetryable = model::kRetryConnFailure | model::kRetryEmptyResponse |
                                        model::kRetryJunkResponse | model::kRetryResponseTimeout |
                                        model::kRetry0RttRejected | retry_status(500) |
                                        retry_status(502) | retry_status(503) | retry_status(504);
constexpr std::array<RetryCause, 17> kRetryCauses = {{
    {"none", model::kRetryNone},
    {"conn-failure", model::kRetryConnFailure},
    {"empty-response", model::kRetryEmptyResponse},
    {"junk-response", model::kRetryJunkResponse},
    {"response-timeout", model::kRetryResponseTimeout},
    {"0rtt-rejected", model::kRetry0RttRejected},
    {"all-retryable-errors", kAllRetryable},
    {"401", retry_status(401)},
    {"403", retry_status(403)},
    {"404", retry_status(404)},
    {"408", retry_status(408)},
    {"425", retry_status(425)},
    {"500", retry_status(500)},
    {"501", retry_status(501)},
    {"502", retry_status(502)},
    {"503", retry_status(503)},
    {"504", retry_status(504)},
}};

void parse_retry_on(Context& context, Arguments& arguments) {
  std::uint32_t bits = 0;
  if (arguments.empty()) return arguments.error("'retry-on' needs a cause, or none");
  while (const base::Word* word = arguments.next()) {
    const auto* found =
        std::ranges::find(kRetryCauses, std::string_view(word->text), &RetryCause::name);
    if (found == kRetryCauses.end()) return arguments.error_choice(*word, retry_causes());
    if (found->bits == 0 && (bits != 0 || !arguments.empty())) {
      return arguments.error(word->span, "'none' stands alone");
    }
    bits |= found->bits;
  }
  context.proxy->retry_on = bits;
}

constexpr std::uint32_t kMaxCount = 2'000'000'000;

void parse_monitor_fail(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (!split.words.empty()) {
    return arguments.error(split.words.front().span,
                           "'monitor fail' does not take '" + split.words.front().text + "'",
                           "a condition begins with 'if' or 'unless'");
  }
  if (split.condition.empty()) return arguments.error("'monitor fail' needs a condition");
  context.proxy->monitor_fails.push_back(
      {arguments.span(), std::move(split.condition), split.negated});
}

void parse_max_keep_alive_queue(Context& context, Arguments& arguments) {
  if (arguments.take("-1")) {
    if (arguments.finish()) context.proxy->max_keep_alive_queue.reset();
    return;
  }
  const auto value = arguments.number(0, kMaxCount);
  if (value && arguments.finish()) context.proxy->max_keep_alive_queue = *value;
}

void parse_send_name_header(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("the name of a header");
  if (name == nullptr || !arguments.finish()) return;
  if (!is_field_name(name->text)) {
    return arguments.error(name->span, "'" + name->text + "' is no name of a header");
  }
  context.proxy->send_name_header = name->text;
}

constexpr std::array<Row, 24> kRows = {{
    {"mode", "http|tcp", kProxies, kYes, Negation::No, parse_mode,
     "whether requests or mere bytes are forwarded"},
    {"maxconn", "<number>", kFrontends, kYes, Negation::No,
     store::number<&Proxy::maxconn, 0, kMaxCount>, "client connections of the frontend"},
    {"rate-limit sessions", "<number>", kFrontends, kYes, Negation::No,
     store::number<&Proxy::session_rate_limit, 0, kMaxCount>,
     "sessions that the frontend takes in a second; the rest wait"},
    {"fullconn", "<number>", kBackends, kYes, Negation::No,
     store::number<&Proxy::fullconn, 1, kMaxCount>,
     "load at which servers with minconn reach their maxconn"},
    {"backlog", "<number>", kFrontends, kYes, Negation::No,
     store::number<&Proxy::backlog, 0, kMaxCount>, "length of the listening sockets' queues"},
    {"description", "<text>", kNoDefaults, kYes, Negation::No, store::text<&Proxy::description>,
     "text shown on the stats page"},
    {"id", "<number>", kNoDefaults, kYes, Negation::No,
     store::number<&Proxy::numeric_id, 1, 2'147'483'647>, "the proxy's number in statistics"},
    {"disabled", "", kProxies, kYes, Negation::No, parse_disabled, "the proxy is not started"},
    {"enabled", "", kProxies, kYes, Negation::No, parse_enabled, "undoes an inherited 'disabled'"},
    {"default_backend", "<backend>", kFrontends, kYes, Negation::No, parse_default_backend,
     "the backend where no use_backend rule applies"},
    {"monitor-uri", "<uri>", kFrontends, kYes, Negation::No, store::word<&Proxy::monitor_uri>,
     "a path that is answered 200 without a log line"},
    {"unique-id-format", "<format>", kProxies, kYes, Negation::No, parse_unique_id_format,
     "how a request's unique id is made"},
    {"unique-id-header", "<name>", kProxies, kYes, Negation::No,
     store::word<&Proxy::unique_id_header>, "header that carries the unique id to the server"},
    {"capture request header", "<name> len <length>", kFrontendsNoDefaults, kYes, Negation::No,
     parse_capture<&Proxy::request_captures>, "a request header that is logged"},
    {"capture response header", "<name> len <length>", kFrontendsNoDefaults, kYes, Negation::No,
     parse_capture<&Proxy::response_captures>, "a response header that is logged"},
    {"declare capture", "request|response len <length>", kFrontendsNoDefaults, kYes, Negation::No,
     parse_declare_capture, "a slot that capture rules fill"},
    {"monitor fail", "if|unless <condition>", kFrontendsNoDefaults, kYes, Negation::No,
     parse_monitor_fail, "answers 503 at monitor-uri"},
    {"max-keep-alive-queue", "<number>|-1", kBackends, kYes, Negation::No,
     parse_max_keep_alive_queue,
     "how many may wait for a server before option prefer-last-server gives it up"},
    {"http-send-name-header", "<name>", kBackends, kYes, Negation::No, parse_send_name_header,
     "header that tells a server its name"},
    {"retries", "<number>", kBackends, kYes, Negation::No,
     store::number<&Proxy::retries, 0, 1'000'000>, "further attempts to connect to a server"},
    {"retry-on", "none|conn-failure|empty-response…", kBackendsOnly, kYes, Negation::No,
     parse_retry_on, "failures after which a request is tried again"},
    {"http-reuse", "never|safe|aggressive|always", kBackends, kYes, Negation::No, parse_http_reuse,
     "whether idle server connections serve other clients"},
    {"tcp-request inspect-delay", "<time>", kRules, kYes, Negation::No,
     store::milliseconds<&Proxy::inspect_delay_ms>, "longest wait for the bytes that rules need"},
    {"tcp-response inspect-delay", "<time>", kBackendRules, kYes, Negation::No,
     store::milliseconds<&Proxy::response_inspect_delay_ms>,
     "longest wait for the response bytes that rules need"},
}};

}  // namespace

std::span<const Row> basics() { return kRows; }

std::vector<std::string_view> retry_causes() {
  std::vector<std::string_view> out;
  for (const RetryCause& cause : kRetryCauses) out.push_back(cause.name);
  return out;
}

}  // namespace sluice::config::rows
