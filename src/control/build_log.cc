#include <algorithm>
#include <string_view>

#include "control/build_parts.h"

namespace sluice::control {
namespace {

using Choice = model::Proxy::LogFormatChoice;

std::string_view format_text(const model::Proxy& proxy) {
  switch (proxy.log_format_choice) {
    case Choice::Default:
      return rules::default_log_format();
    case Choice::Tcp:
      return rules::tcp_log_format();
    // The HTTP formats need mode http; validation has warned that tcplog takes their place.
    case Choice::Http:
      return proxy.is_http() ? rules::http_log_format() : rules::tcp_log_format();
    case Choice::Clf:
      return proxy.is_http() ? rules::clf_log_format() : rules::tcp_log_format();
    case Choice::Custom:
      return proxy.log_format.text;
  }
  return {};
}

}  // namespace

CompiledLog log_targets(const model::Proxy& proxy, const model::Global& global) {
  CompiledLog log;
  if (proxy.log_global) log.targets = global.logs;
  log.targets.insert(log.targets.end(), proxy.logs.begin(), proxy.logs.end());
  log.tag = proxy.log_tag.empty() ? global.log_tag : proxy.log_tag;
  return log;
}

void build_log_formats(const model::Proxy& proxy, rules::CompileScope& scope, CompiledLog& out) {
  // A format that nobody uses is compiled all the same, so that its errors are found.
  const bool custom = proxy.log_format_choice == Choice::Custom;
  const base::SourceSpan& span = custom ? proxy.log_format.span : proxy.span;
  std::shared_ptr<const rules::Format> format =
      rules::compile_format(format_text(proxy), span, rules::FormatUse::Log, scope);
  std::shared_ptr<const rules::Format> error_format;
  if (proxy.error_log_format.is_set()) {
    error_format = rules::compile_format(proxy.error_log_format.text, proxy.error_log_format.span,
                                         rules::FormatUse::Log, scope);
  }
  std::shared_ptr<const rules::Format> structured;
  if (proxy.log_format_sd.is_set()) {
    structured = rules::compile_format(proxy.log_format_sd.text, proxy.log_format_sd.span,
                                       rules::FormatUse::Log, scope);
  }
  if (out.targets.empty()) return;
  const auto names_source = [](const auto& each) { return each && each->names_backend_source(); };
  out.names_backend_source =
      names_source(format) || names_source(error_format) || names_source(structured);
  out.format = std::move(format);
  out.error_format = std::move(error_format);
  const auto is_structured = [](const model::LogTarget& target) {
    return target.format == model::LogFormatKind::Rfc5424;
  };
  if (std::ranges::any_of(out.targets, is_structured)) out.structured = std::move(structured);
  out.prefix = rules::compile_format("%ci:%cp [%t] %f/", proxy.span, rules::FormatUse::Log, scope);
}

}  // namespace sluice::control
