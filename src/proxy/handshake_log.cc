#include "proxy/handshake_log.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/limits.h"
#include "proxy/worker.h"

namespace sluice::proxy {
namespace {

const char* text_of(HandshakeEnd end) {
  switch (end) {
    case HandshakeEnd::Failed:
      return "SSL handshake failure";
    case HandshakeEnd::Closed:
      return "Connection closed during SSL handshake";
    case HandshakeEnd::Timeout:
      return "Timeout during SSL handshake";
  }
  return "";
}

/// The socket's name, or its number.
std::string name_of(const control::BindRuntime& bind) {
  if (!bind.config->name.empty()) return bind.config->name;
  return std::to_string(bind.config->numeric_id);
}

}  // namespace

HandshakeEnd end_of_handshake(const net::Stream& failed) noexcept {
  const bool closed = std::string_view(failed.failure_text()).starts_with("connection");
  return closed ? HandshakeEnd::Closed : HandshakeEnd::Failed;
}

void log_handshake(Worker& worker, const control::FrontendRuntime& frontend,
                   const control::BindRuntime& bind, const model::ConnectionFacts& facts,
                   HandshakeEnd end) {
  const control::CompiledLog& log = frontend.log;
  if (log.targets.empty() || log.prefix == nullptr) return;
  const bool plain = frontend.config->log_format_choice == model::Proxy::LogFormatChoice::Default;
  if (plain && log.error_format == nullptr) return;  // only what was accepted is announced
  if (frontend.config->dontlognull && end != HandshakeEnd::Failed) return;
  rules::Evaluation evaluation;
  base::Arena arena;
  evaluation.connection = &facts;
  evaluation.frontend = frontend.live.get();
  evaluation.arena = &arena;
  evaluation.random = &worker.random();
  evaluation.now = worker.now();
  rules::LogRecord record;
  record.frontend_name = record.backend_name = frontend.config->name;
  record.frontend_is_tls = true;
  record.server_name = "<NOSRV>";
  record.accept_wall_us = record.request_wall_us = facts.accepted_wall_us;
  record.termination[0] = 'P';
  record.termination[1] = 'R';
  record.active_connections = worker.shared().connections.used();
  record.frontend_connections = frontend.live->sessions.value();
  record.request_line = "<BADREQ>";
  record.hostname = worker.shared().hostname;
  record.pid = worker.shared().pid;
  char line[base::limits::kMaxLogLineBytes];
  std::size_t size = 0;
  if (log.error_format != nullptr) {
    size = log.error_format->write(line, sizeof(line), &record, evaluation);
  } else {
    size = log.prefix->write(line, sizeof(line), &record, evaluation);
    const int more = std::snprintf(line + size, sizeof(line) - size, "%s: %s",
                                   name_of(bind).c_str(), text_of(end));
    size = std::min(size + static_cast<std::size_t>(std::max(more, 0)), sizeof(line) - 1);
  }
  const int level = frontend.config->log_separate_errors ? 3 : 6;
  worker.logs().send(log.targets, level, log.tag, worker.shared().pid, {line, size});
}

}  // namespace sluice::proxy
