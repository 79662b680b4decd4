// Writes a stats page piece by piece: one moment's numbers, proxy by proxy, in one of the formats.
// Holds the snapshot it shows. Control thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "admin/stats_page.h"
#include "admin/stats_rows.h"
#include "admin/view.h"
#include "stats/collect.h"

namespace sluice::admin {

class PageWriter {
 public:
  /// `proxy` is the one whose `stats` settings hold; it belongs to the picture's snapshot.
  PageWriter(Picture picture, const model::Proxy& proxy, PageOptions options, Buttons buttons);
  /// The next piece, about kPieceBytes; empty at the end.
  [[nodiscard]] std::string next();

  static constexpr std::size_t kPieceBytes = 32'768;

 private:
  enum class Step : std::uint8_t { Head, Proxies, Foot, Done };
  void write_head(std::string& out) const;
  void write_options(std::string& out) const;
  void write_message(std::string& out) const;
  void write_foot(std::string& out) const;
  /// Starts the next proxy that is to be shown; false when there is none.
  [[nodiscard]] bool open_proxy(std::string& out);
  void close_proxy(std::string& out);
  void write_row(std::string& out, stats::Sample& sample);
  [[nodiscard]] bool is_shown(const stats::Source& source) const;
  [[nodiscard]] bool has_form(const stats::Source& source) const;
  [[nodiscard]] std::string link(PageOptions options) const;
  [[nodiscard]] std::string link_with(bool PageOptions::*toggled) const;
  [[nodiscard]] std::string link_to(PageOptions::Format format) const;

  Picture picture_;
  const model::Proxy& proxy_;
  PageOptions options_;
  Buttons buttons_;
  stats::Selection selection_;
  Step step_ = Step::Head;
  std::size_t next_source_ = 0;
  const stats::Source* current_ = nullptr;
  std::optional<stats::RowCursor> cursor_;
  bool first_row_ = true;
};

/// A link to the page with these options, as it goes into `location` (not escaped for HTML).
[[nodiscard]] std::string page_link(std::string_view uri, const PageOptions& options);

}  // namespace sluice::admin
