#include "config/table.h"

#include <string>
#include <vector>

#include "config/rows/rows.h"

namespace sluice::config {

std::span<const Row> directive_rows() {
  static const std::vector<Row> all = [] {
    std::vector<Row> out;
    for (std::span<const Row> topic : {rows::global_process(),
                                       rows::global_tls(),
                                       rows::global_tuning(),
                                       rows::basics(),
                                       rows::timeouts(),
                                       rows::options(),
                                       rows::option_values(),
                                       rows::bind(),
                                       rows::server(),
                                       rows::sockets(),
                                       rows::balance(),
                                       rows::persistence(),
                                       rows::log(),
                                       rows::rules(),
                                       rows::stats(),
                                       rows::http_check(),
                                       rows::tcp_check(),
                                       rows::check_options(),
                                       rows::errorfile(),
                                       rows::resolvers(),
                                       rows::userlist(),
                                       rows::saved_state(),
                                       rows::retired(),
                                       rows::global_unsupported(),
                                       rows::unsupported()}) {
      out.insert(out.end(), topic.begin(), topic.end());
    }
    return out;
  }();
  return all;
}

std::string_view to_string(Support support) {
  switch (support) {
    case Support::Implemented:
      return "implemented";
    case Support::Automatic:
      return "automatic";
    case Support::Retired:
      return "retired";
    case Support::Unsupported:
      return "unsupported";
  }
  return "";
}

std::string today(std::string_view line) {
  if (line.starts_with("leave")) return std::string(line);
  return "today's line is: " + std::string(line);
}

}  // namespace sluice::config
