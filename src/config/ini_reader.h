// Reads the INI spelling through inih. The same directives in another dress:
//
//   [backend nodes]                 backend nodes
//   balance = roundrobin              balance roundrobin
//   option = httpchk GET /healthz     option httpchk GET /healthz
//   timeout server = 30s              timeout server 30s
//   no option = dontlognull           no option dontlognull
//   daemon =                          daemon         (a keyword alone: "daemon" works as well)
//
// The words of the key, then the words of the value, both cut by the cfg lexer, make the directive;
// where the cut falls does not matter. A key ends at the first '='. Comments: a line that begins
// with ';' or '#', an unquoted ';' after a blank, and an unquoted '#'.
// inih reads 200 bytes a line, 50 of a section's or key's name, strips ` ;` and joins indented
// lines. So each line is prepared: sections and keys are passed by index, values in pieces whose
// blanks inih cannot see. Nothing is limited.
#pragma once

#include <memory>

#include "base/diagnostics.h"
#include "config/directive.h"
#include "config/environment.h"
#include "config/lexer.h"

namespace sluice::config {

[[nodiscard]] Directives read_ini(std::shared_ptr<const base::SourceFile> file,
                                  Environment& environment, base::Diagnostics& diagnostics,
                                  Expansion expansion = Expansion::Variables);

}  // namespace sluice::config
