// What a hashing algorithm (`balance source`, `uri`, `url_param`, `hdr`, `hash`, `rdp-cookie`)
// takes of a request as its key (manual §4.2, balance). Compiled once, immutable, for all workers.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "model/balance.h"
#include "rules/compile.h"

namespace sluice::rules {

class BalanceKey {
 public:
  virtual ~BalanceKey() = default;
  /// None: the request has no key. The view lives as long as the request and its arena.
  [[nodiscard]] virtual std::optional<std::string_view> find(Evaluation& evaluation) const = 0;
  /// Whether the body has to be there first (`url_param NAME check_post`).
  [[nodiscard]] virtual bool needs_body(const Evaluation& /*evaluation*/) const { return false; }
};

/// Null for an algorithm without a key. Reports a bad expression.
[[nodiscard]] std::unique_ptr<const BalanceKey> compile_balance_key(const model::BalanceText& text,
                                                                    CompileScope& scope);

// The parts that are pure text, for their tests.

/// `balance uri`: up to the query (unless `whole`), to `uri_length` bytes, and before the slash
/// that follows `uri_depth` others.
[[nodiscard]] std::string_view uri_key(std::string_view uri,
                                       const model::BalanceKeyText& options) noexcept;
/// `use_domain_only`: "haproxy.1wt.eu" gives "1wt".
[[nodiscard]] std::string_view main_domain(std::string_view host) noexcept;
/// The value of `name=` in "a=1&b=2".
[[nodiscard]] std::optional<std::string_view> parameter_key(std::string_view parameters,
                                                            std::string_view name) noexcept;
/// The same in a form's body: a value that begins like no form's is none, white space ends it.
[[nodiscard]] std::optional<std::string_view> form_key(std::string_view body,
                                                       std::string_view name) noexcept;

}  // namespace sluice::rules
