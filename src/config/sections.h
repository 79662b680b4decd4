// Follows the stream of directives over its sections: names, inheritance from defaults (manual §4),
// and what belongs to a section as a whole. Yields the proxies; validate.h checks what spans them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/context.h"
#include "config/directive.h"

namespace sluice::config {

class SectionBuilder {
 public:
  SectionBuilder(model::Config& config, base::Diagnostics& diagnostics, const FileReader& read_file)
      : config_(config), diagnostics_(diagnostics), read_file_(read_file) {}

  void take(const Directive& directive);
  /// After the last directive of the last file.
  void finish();
  /// `zero-warning` was seen.
  [[nodiscard]] bool warnings_are_errors() const { return warnings_are_errors_; }

 private:
  struct Defaults {
    model::Proxy proxy;
    bool used_by_name = false;
    bool used_as_last = false;
    bool used_by_frontend = false;
    bool used_by_backend = false;
  };

  void begin(const Directive& directive);
  void begin_proxy(const Directive& directive);
  void begin_admin();
  void begin_resolvers(const Directive& directive);
  void begin_userlist(const Directive& directive);
  void end_userlist();
  void refuse_section(const Directive& directive);
  void end_section();
  [[nodiscard]] bool is_proxy() const {
    return kind_ == SectionKind::Defaults || kind_ == SectionKind::Frontend ||
           kind_ == SectionKind::Backend || kind_ == SectionKind::Listen ||
           kind_ == SectionKind::Admin;
  }
  [[nodiscard]] bool check_name(const Directive& directive);
  void check_duplicate(const base::Word& name);
  void check_rest_of_line(const Directive& directive, std::size_t taken);
  [[nodiscard]] Defaults* choose_defaults(const Directive& directive, std::size_t& taken);
  [[nodiscard]] Defaults* find_defaults(const Directive& directive, const base::Word& name);
  void note_use(Defaults& defaults, SectionKind kind, const base::SourceSpan& span);

  model::Config& config_;
  base::Diagnostics& diagnostics_;
  const FileReader& read_file_;
  SectionKind kind_ = SectionKind::None;
  bool skipping_ = false;  // a section that we do not have, or one without a name
  bool reported_outside_ = false;
  bool warnings_are_errors_ = false;
  model::Proxy proxy_;
  SectionState state_;
  std::vector<Defaults> defaults_;
};

}  // namespace sluice::config
