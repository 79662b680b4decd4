#include "health/http_probe.h"

#include <algorithm>

#include "base/text.h"

namespace sluice::health {

namespace {

/// Framing fields are ours to write; a check's connection serves one request.
std::string compose_request(const model::ProxyCheck& check) {
  std::string out = check.method + " " + check.uri + " " + check.version + "\r\n";
  bool has_connection = false;
  for (const auto& [name, value] : check.headers) {
    if (base::iequals(name, "content-length") || base::iequals(name, "transfer-encoding")) continue;
    has_connection = has_connection || base::iequals(name, "connection");
    out += name + ": " + value + "\r\n";
  }
  if (!check.body.empty()) out += "content-length: " + std::to_string(check.body.size()) + "\r\n";
  if (!has_connection && check.version != "HTTP/1.0") out += "connection: close\r\n";
  return out + "\r\n" + check.body;
}

std::optional<std::uint16_t> read_status(std::string_view text) {
  const auto value = base::to_unsigned(text);
  if (!value || *value > 999) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

model::CheckReport failed(model::CheckStatus status, std::string detail, std::uint16_t code = 0) {
  model::CheckReport out;
  out.status = status;
  out.code = code;
  out.detail = std::move(detail);
  return out;
}

model::CheckReport passed(std::uint16_t code) {
  model::CheckReport out;
  out.status = model::CheckStatus::L7Ok;
  out.passed = true;
  out.code = code;
  return out;
}

}  // namespace

base::Result<std::shared_ptr<const HttpProbe>> HttpProbe::compile(const model::ProxyCheck& check) {
  auto probe = std::make_shared<HttpProbe>();
  probe->request_ = compose_request(check);
  probe->method_ = http::method_of(check.method);
  probe->expect_ = check.expect;
  probe->negated_ = check.expect_negated;
  probe->text_ = check.expect_pattern;
  switch (check.expect) {
    case model::ExpectKind::DefaultStatus:
      probe->ranges_ = {{200, 399}};
      break;
    case model::ExpectKind::Status:
      if (auto read = probe->read_ranges(check.expect_pattern); !read)
        return tl::unexpected(read.error());
      break;
    case model::ExpectKind::String:
      break;
    case model::ExpectKind::RegexStatus:
    case model::ExpectKind::RegexString: {
      auto regex = rules::Regex::compile(check.expect_pattern, rules::RegexCase::Sensitive);
      if (!regex) return tl::unexpected(regex.error());
      probe->regex_ = *regex;
      break;
    }
  }
  return std::shared_ptr<const HttpProbe>(std::move(probe));
}

base::Result<> HttpProbe::read_ranges(const std::string& list) {
  for (const std::string_view element : base::split(list, ',')) {
    const std::size_t dash = element.find('-');
    const auto low = read_status(element.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : read_status(element.substr(dash + 1));
    if (!low || !high || *low > *high) {
      return base::fail(base::ErrorKind::Configuration,
                        "'" + std::string(element) + "' is not a status or a range of statuses");
    }
    ranges_.emplace_back(*low, *high);
  }
  return {};
}

std::optional<model::CheckReport> HttpProbe::judge(const ReplyReader& reply) const {
  switch (reply.state()) {
    case ReplyReader::State::Head:
      return std::nullopt;
    case ReplyReader::State::Invalid:
      return failed(model::CheckStatus::L7Response, {});
    case ReplyReader::State::Body:
    case ReplyReader::State::Done:
      break;
  }
  if (expect_ == model::ExpectKind::String || expect_ == model::ExpectKind::RegexString)
    return judge_body(reply);
  return judge_status(reply);
}

bool HttpProbe::status_matches(std::uint16_t status) const {
  if (expect_ == model::ExpectKind::RegexStatus) return regex_->matches(std::to_string(status));
  return std::any_of(ranges_.begin(), ranges_.end(), [status](const StatusRange& range) {
    return status >= range.first && status <= range.second;
  });
}

model::CheckReport HttpProbe::judge_status(const ReplyReader& reply) const {
  if (status_matches(reply.status()) != negated_) return passed(reply.status());
  return failed(model::CheckStatus::L7Status, std::string(reply.reason()), reply.status());
}

/// A match decides at once; that there is none is known only at the end.
std::optional<model::CheckReport> HttpProbe::judge_body(const ReplyReader& reply) const {
  const bool complete = reply.state() == ReplyReader::State::Done;
  const std::string_view body = reply.body();
  if (body.empty()) {
    if (!complete) return std::nullopt;
    return failed(model::CheckStatus::L7Response,
                  "HTTP content check could not find a response body");
  }
  const bool found = expect_ == model::ExpectKind::String
                         ? body.find(text_) != std::string_view::npos
                         : regex_->matches(body);
  if (!found && !complete) return std::nullopt;
  if (found != negated_) return passed(reply.status());
  return failed(model::CheckStatus::L7Response,
                found ? "HTTP check matched unwanted content" : "HTTP content check did not match");
}

}  // namespace sluice::health
