// Parses a text into a model for the tests of tables, sections and validation.
#pragma once

#include <string>
#include <string_view>

#include "config/parse.h"

namespace sluice::config::test {

struct Outcome {
  base::Diagnostics diagnostics;
  model::Config config;

  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& one : diagnostics.all()) out += base::to_text(one);
    return out;
  }
  [[nodiscard]] const model::Proxy& proxy(std::size_t index = 0) const {
    static const model::Proxy none;
    return index < config.proxies.size() ? config.proxies[index] : none;
  }
  [[nodiscard]] const model::Server& server(std::size_t index = 0) const {
    static const model::Server none;
    return index < proxy().servers.size() ? proxy().servers[index] : none;
  }
  [[nodiscard]] const model::Bind& bind(std::size_t index = 0) const {
    static const model::Bind none;
    return index < proxy().binds.size() ? proxy().binds[index] : none;
  }
};

inline Outcome parse(std::string_view text, std::string name = "t.cfg") {
  Outcome out;
  Options options;
  options.environment = Environment();
  options.read_file = [](const std::string& path) -> base::Result<std::string> {
    if (path == "/503.http") return "HTTP/1.0 503 Service Unavailable\r\n\r\nsorry";
    if (path == "/dev/null") return std::string();
    if (path == "/etc/resolv.conf") return "nameserver 10.9.9.9\n";
    if (path == "/bad.http") return "<html>";
    return base::fail(base::ErrorKind::NotFound, "No such file");
  };
  out.config = parse_text(std::move(name), text, std::move(options), out.diagnostics).config;
  return out;
}

/// A listen in mode http with all timeouts, so that nothing else is warned of.
inline std::string listen(std::string_view lines) {
  return "listen l\n mode http\n bind 127.0.0.1:8000\n timeout client 1s\n timeout server 1s\n"
         " timeout connect 1s\n" +
         std::string(lines) + "\n";
}

}  // namespace sluice::config::test
