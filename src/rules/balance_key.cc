#include "rules/balance_key.h"

#include <algorithm>

#include "rules/cast.h"
#include "rules/header_values.h"
#include "rules/token.h"

namespace sluice::rules {

std::string_view uri_key(std::string_view uri, const model::BalanceKeyText& options) noexcept {
  if (options.uri_length != 0) uri = uri.substr(0, options.uri_length);
  std::uint32_t slashes = 0;
  std::size_t end = 0;
  for (; end < uri.size(); ++end) {
    if (uri[end] == '/' && options.uri_depth != 0 && ++slashes > options.uri_depth) break;
    if (uri[end] == '?' && !options.uri_whole) break;
  }
  return uri.substr(0, end);
}

std::string_view main_domain(std::string_view host) noexcept {
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  // HAProxy's domain has a character, be it a dot.
  const std::size_t before = last < 2 ? std::string_view::npos : host.rfind('.', last - 2);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return host.substr(begin, last - begin);
}

std::optional<std::string_view> parameter_key(std::string_view parameters,
                                              std::string_view name) noexcept {
  while (parameters.size() > name.size()) {
    const std::size_t end = std::min(parameters.find('&'), parameters.size());
    const std::string_view pair = parameters.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return std::nullopt;
}

std::optional<std::string_view> form_key(std::string_view body, std::string_view name) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto value = parameter_key(body, name);
  if (!value || value->empty() || is_token(value->substr(0, 1))) return value;
  if (kSpace.find(value->front()) != std::string_view::npos) return std::string_view{};
  return std::nullopt;
}

namespace {

class SourceKey final : public BalanceKey {
 public:
  [[nodiscard]] std::optional<std::string_view> find(Evaluation& evaluation) const override {
    const base::Address& source = evaluation.connection->source;
    if (!source.is_ip()) return std::nullopt;
    return source.ip_bytes();
  }
};

class UriKey final : public BalanceKey {
 public:
  explicit UriKey(const model::BalanceKeyText& options) : options_(options) {}
  [[nodiscard]] std::optional<std::string_view> find(Evaluation& evaluation) const override {
    const http::Head* request = evaluation.request;
    if (request == nullptr) return std::nullopt;
    return uri_key(options_.uri_path_only ? request->path : request->target(*evaluation.arena),
                   options_);
  }

 private:
  const model::BalanceKeyText options_;
};

class ParameterKey final : public BalanceKey {
 public:
  explicit ParameterKey(const model::BalanceKeyText& options) : options_(options) {}
  [[nodiscard]] std::optional<std::string_view> find(Evaluation& evaluation) const override {
    if (evaluation.request == nullptr) return std::nullopt;
    const auto in_query = parameter_key(evaluation.request->query(), options_.name);
    if (in_query || !reads_body(evaluation)) return in_query;
    return form_key(evaluation.body.bytes, options_.name);
  }
  [[nodiscard]] bool needs_body(const Evaluation& evaluation) const override {
    return reads_body(evaluation) && !parameter_key(evaluation.request->query(), options_.name);
  }

 private:
  [[nodiscard]] bool reads_body(const Evaluation& evaluation) const {
    return options_.check_post && evaluation.request != nullptr &&
           evaluation.request->method == http::Method::Post;
  }
  const model::BalanceKeyText options_;
};

class HeaderKey final : public BalanceKey {
 public:
  explicit HeaderKey(const model::BalanceKeyText& options)
      : options_(options), name_(FieldName::of(options_.name)) {}
  [[nodiscard]] std::optional<std::string_view> find(Evaluation& evaluation) const override {
    if (evaluation.request == nullptr) return std::nullopt;
    ValuePosition position;
    std::string_view value;
    if (!next_element(evaluation.request->fields, name_, position, value) || value.empty())
      return std::nullopt;
    return options_.domain_only ? main_domain(value) : value;
  }

 private:
  const model::BalanceKeyText options_;
  const FieldName name_;
};

class ExpressionKey final : public BalanceKey {
 public:
  explicit ExpressionKey(std::unique_ptr<const Expression> expression)
      : expression_(std::move(expression)) {}
  [[nodiscard]] std::optional<std::string_view> find(Evaluation& evaluation) const override {
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (!expression_->evaluate(evaluation, sample, certainty)) return std::nullopt;
    if (!cast(sample, SampleType::Binary, *evaluation.arena)) return std::nullopt;
    return sample.text;
  }

 private:
  const std::unique_ptr<const Expression> expression_;
};

constexpr std::string_view kRdpUser = "mstshash";

}  // namespace

std::unique_ptr<const BalanceKey> compile_balance_key(const model::BalanceText& text,
                                                      CompileScope& scope) {
  const std::string name = text.name();
  if (name == "source") return std::make_unique<SourceKey>();
  if (name == "uri") return std::make_unique<UriKey>(text.key);
  if (name == "url_param") return std::make_unique<ParameterKey>(text.key);
  if (name == "hdr") return std::make_unique<HeaderKey>(text.key);
  base::Word words{{}, text.span};
  if (name == "rdp-cookie") {
    words.text = "req.rdp_cookie(";
    words.text += text.key.name.empty() ? kRdpUser : std::string_view(text.key.name);
    words.text += ')';
  } else if (name == "hash" && !text.arguments.empty()) {
    words = text.arguments.front();
  } else {
    return nullptr;
  }
  const auto point =
      scope.proxy.is_http() ? model::RulePoint::HttpRequest : model::RulePoint::Content;
  auto expression = compile_expression(words, point, scope);
  if (expression == nullptr) return nullptr;
  return std::make_unique<ExpressionKey>(std::move(expression));
}

}  // namespace sluice::rules
