// What the fuzzers of both spellings do with a text: the whole way to a model, every diagnostic
// written out, and, where there was no error, the other spelling of it.
#pragma once

#include <string>
#include <string_view>

#include "config/convert.h"
#include "config/parse.h"

namespace sluice::fuzz {

inline void read_configuration(const std::string& name, std::string_view text) {
  config::Options options;
  options.environment = config::Environment();
  options.environment.set("NAME", "a value");
  options.read_file = [](const std::string& path) -> base::Result<std::string> {
    if (path == "/503.http") return "HTTP/1.0 503 Service Unavailable\r\n\r\nsorry";
    return base::fail(base::ErrorKind::NotFound, "No such file");
  };
  base::Diagnostics diagnostics;
  (void)config::parse_text(name, text, std::move(options), diagnostics);
  std::string said;
  for (const base::Diagnostic& each : diagnostics.all()) said += base::to_text(each);

  const config::Spelling from = config::spelling_of(name);
  const config::Spelling other =
      from == config::Spelling::Cfg ? config::Spelling::Ini : config::Spelling::Cfg;
  base::Diagnostics of_conversion;
  (void)config::convert(config::make_source(name, text), from, other, config::Style::Modern,
                        of_conversion);
}

}  // namespace sluice::fuzz
