// What a check does, compiled once per section: the steps of `http-check` or `tcp-check`, or those
// of a protocol (`option mysql-check`, …), completed by the steps that need not be written.
// Immutable, shared by the section's servers. A run of it is a CheckRun.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "model/proxy.h"
#include "rules/check.h"
#include "rules/regex.h"

namespace sluice::health {

struct ConnectStep {
  bool as_server = true;  // TLS as the server line says
  bool linger = false;
  std::uint16_t port = 0;
  std::unique_ptr<const rules::Expression> port_expression;
  base::Address address;  // unset: the server's
};

/// The bytes of a step; `hexadecimal` ones are decoded after the format was composed.
struct SendStep {
  std::string bytes;
  std::unique_ptr<const rules::CheckText> format;
  bool hexadecimal = false;
};

struct HttpSendStep {
  std::string method, uri, version, body;
  std::unique_ptr<const rules::CheckText> uri_format, body_format;
  struct Header {
    std::string name;
    std::unique_ptr<const rules::CheckText> value;
  };
  std::vector<Header> headers;
};

struct HeaderPattern {
  model::CheckPattern::Method method = model::CheckPattern::Method::Whole;
  std::string text;
  std::unique_ptr<const rules::CheckText> format;
  std::shared_ptr<const rules::Regex> regex;
};

struct ExpectStep {
  model::CheckExpect config;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> statuses;
  std::shared_ptr<const rules::Regex> regex;
  std::unique_ptr<const rules::CheckText> format;  // of string-lf and binary-lf
  HeaderPattern name;
  std::unique_ptr<const HeaderPattern> value;
  std::unique_ptr<const rules::CheckText> on_success, on_error;
  std::unique_ptr<const rules::Expression> status_code;
  std::size_t first = 0;  // where evaluation resumes when bytes came: the first negated one before
};

using VariableStep = std::unique_ptr<const rules::CheckVariable>;

struct Step {
  std::variant<ConnectStep, SendStep, HttpSendStep, ExpectStep, VariableStep> what;
  std::string comment;
  std::uint32_t number = 0;  // as messages say it; 0: the connection that was not written
};

class CheckScript {
 public:
  /// Null: reported to scope.diagnostics.
  [[nodiscard]] static std::shared_ptr<const CheckScript> compile(const model::ProxyCheck& check,
                                                                  rules::CompileScope& scope);

  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  [[nodiscard]] bool is_http() const { return kind_ == model::CheckKind::Http; }
  /// `option tcp-check`: messages name steps.
  [[nodiscard]] bool names_steps() const { return names_steps_; }
  /// At most one step sends.
  [[nodiscard]] bool sends_once() const { return sends_ <= 1; }
  [[nodiscard]] bool send_state() const { return send_state_; }
  [[nodiscard]] bool disable_on_404() const { return disable_on_404_; }

 private:
  [[nodiscard]] bool add(const model::CheckStep& step, rules::CompileScope& scope);
  void complete(rules::CompileScope& scope);

  model::CheckKind kind_ = model::CheckKind::Tcp;
  bool names_steps_ = false;
  std::size_t sends_ = 0;
  bool send_state_ = false;
  bool disable_on_404_ = false;
  std::vector<Step> steps_;
};

}  // namespace sluice::health
