// What an HTTP check sends and what it expects, compiled once per backend from `option httpchk` and
// `http-check`. Immutable, shared by the backend's servers. Verdicts, their status and their text
// are HAProxy's (manual, "http-check expect").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "health/reply_reader.h"
#include "model/proxy.h"
#include "model/server_live.h"
#include "rules/regex.h"

namespace sluice::health {

class HttpProbe {
 public:
  /// Fails (Configuration) on a malformed list of statuses or a regular expression that does not
  /// compile.
  [[nodiscard]] static base::Result<std::shared_ptr<const HttpProbe>> compile(
      const model::ProxyCheck& check);

  [[nodiscard]] const std::string& request() const { return request_; }
  [[nodiscard]] http::Method method() const { return method_; }
  /// The verdict on what has come so far; nothing while more bytes may change it. Duration is not
  /// set.
  [[nodiscard]] std::optional<model::CheckReport> judge(const ReplyReader& reply) const;

 private:
  using StatusRange = std::pair<std::uint16_t, std::uint16_t>;

  [[nodiscard]] bool status_matches(std::uint16_t status) const;
  [[nodiscard]] model::CheckReport judge_status(const ReplyReader& reply) const;
  [[nodiscard]] std::optional<model::CheckReport> judge_body(const ReplyReader& reply) const;
  [[nodiscard]] base::Result<> read_ranges(const std::string& list);

  std::string request_;
  http::Method method_ = http::Method::Options;
  model::ExpectKind expect_ = model::ExpectKind::DefaultStatus;
  bool negated_ = false;
  std::string text_;
  std::vector<StatusRange> ranges_;
  std::shared_ptr<const rules::Regex> regex_;
};

}  // namespace sluice::health
