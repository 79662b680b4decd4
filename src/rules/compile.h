// Compiles the model's words into programs, conditions, expressions and formats. Every error is
// reported with its caret; a compilation that reported one yields an object that must not be run.
// Control thread (or `sluice check`).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "model/config.h"
#include "rules/condition.h"
#include "rules/expression.h"
#include "rules/format.h"
#include "rules/program.h"

namespace sluice::rules {

/// Where names in rules lead: nbsrv(BACKEND), srv_is_up(BACKEND/SERVER), be_conn(BACKEND), …
class LiveLookup {
 public:
  virtual ~LiveLookup() = default;
  [[nodiscard]] virtual model::BackendLive* find_backend(std::string_view name) = 0;
  [[nodiscard]] virtual model::FrontendLive* find_frontend(std::string_view name) = 0;
  [[nodiscard]] virtual model::ServerLive* find_server(std::string_view backend,
                                                       std::string_view server) = 0;
};

struct AclCache;  // named ACLs that were compiled already (rules/acl.h)

struct CompileScope {
  const model::Config& config;
  const model::Proxy& proxy;  // whose acls are in scope
  LiveLookup& live;
  base::Diagnostics& diagnostics;
  std::shared_ptr<AclCache> acls =
      nullptr;  // kept by compile_*; one scope per proxy saves work and repeated errors
  /// Those with hashed passwords that were asked by what was compiled outside of rules and
  /// conditions, which cannot wait for them; with the place.
  std::vector<std::pair<const model::Userlist*, base::SourceSpan>> userlists = {};
};

/// All rules of `proxy` at `point`, in order (implicit ones, such as the bare `redirect`,
/// included).
[[nodiscard]] Program compile_rules(model::RulePoint point, CompileScope& scope);
/// A program of one rule, which stands by itself.
[[nodiscard]] Program compile_single(const model::Rule& rule, CompileScope& scope);
/// Reports what is wrong with the proxy's ACLs that no rule uses; after everything else was
/// compiled.
void check_unused_acls(CompileScope& scope);
/// `if …` / `unless …` of use_backend, stats admin, and so on. Empty words: always true.
[[nodiscard]] std::unique_ptr<const Condition> compile_condition(
    const std::vector<base::Word>& words, bool negated, model::RulePoint point,
    CompileScope& scope);
/// A sample expression: fetch and converters ("hdr(host),lower"), as in sni, hash, set-var.
[[nodiscard]] std::unique_ptr<const Expression> compile_expression(const base::Word& text,
                                                                   model::RulePoint point,
                                                                   CompileScope& scope);
/// The longest value of a slot, or none when there is no such slot.
[[nodiscard]] std::optional<std::uint32_t> request_slot_length(const model::Proxy& proxy,
                                                               std::size_t index);
/// Slots that captures of requests need: those declared, then one for each `capture … len N` rule.
[[nodiscard]] std::size_t request_capture_slots(const model::Proxy& proxy);
/// A log-format string. With `for_log` the response, timers and termination state may be used.
enum class FormatUse : unsigned char { Request, Response, Log };
[[nodiscard]] std::unique_ptr<const Format> compile_format(std::string_view text,
                                                           const base::SourceSpan& span,
                                                           FormatUse use, CompileScope& scope);
/// `option httplog`, `option tcplog`, and what a log line without any option says.
[[nodiscard]] std::string_view http_log_format() noexcept;
[[nodiscard]] std::string_view tcp_log_format() noexcept;
[[nodiscard]] std::string_view default_log_format(model::Mode mode = model::Mode::Http) noexcept;
[[nodiscard]] std::string_view clf_log_format() noexcept;

}  // namespace sluice::rules
