// Reads text in either spelling and hands back directives or their words, for the readers' tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "config/cfg_reader.h"
#include "config/conditions.h"
#include "config/ini_reader.h"

namespace sluice::config::test {

using Words = std::vector<std::string>;

inline Words texts(const Directive& directive) {
  Words out;
  for (const auto& word : directive.words) out.push_back(word.text);
  return out;
}

struct Read {
  base::Diagnostics diagnostics;
  Environment environment;
  Directives directives;

  [[nodiscard]] Words words(std::size_t index) const {
    return index < directives.size() ? texts(directives[index]) : Words{"<no such directive>"};
  }
  [[nodiscard]] std::string first_error() const {
    return diagnostics.all().empty() ? "" : base::to_text(diagnostics.all().front());
  }
};

inline Read read_cfg_text(std::string_view text, Environment environment = {}) {
  Read out;
  out.environment = std::move(environment);
  out.directives = read_cfg(make_source("t.cfg", text), out.environment, out.diagnostics);
  return out;
}

inline Read read_ini_text(std::string_view text, Environment environment = {}) {
  Read out;
  out.environment = std::move(environment);
  out.directives = read_ini(make_source("t.ini", text), out.environment, out.diagnostics);
  return out;
}

}  // namespace sluice::config::test
