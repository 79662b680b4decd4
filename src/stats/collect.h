// Samples of a Source: one per object that it has, in HAProxy's order (frontend, listeners,
// servers, backend). Control thread; reads live objects, changes nothing.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "stats/sample.h"

namespace sluice::stats {

/// Which rows are wanted (`show stat up no-maint IID TYPE SID`, `;up`, `;no-maint`, scopes).
struct Selection {
  enum Hide : unsigned { kNone = 0, kDown = 1U << 0, kMaint = 1U << 1 };
  unsigned hide = kNone;
  unsigned types = 0xF;         // bits: 1 frontends, 2 backends, 4 servers, 8 listeners
  std::int64_t iid = -1;        // -1: every proxy
  std::int64_t sid = -1;        // -1: every server
  std::string_view proxy_name;  // empty: every proxy (used instead of a number)
};

[[nodiscard]] bool selects_proxy(const Selection& selection, const Source& source);

[[nodiscard]] Sample collect_frontend(const Source& source, const Moment& moment);
[[nodiscard]] Sample collect_backend(const Source& source, const Moment& moment);
[[nodiscard]] Sample collect_server(const Source& source, const ServerSource& server,
                                    const Moment& moment);
[[nodiscard]] Sample collect_listener(const Source& source, const ListenerSource& listener,
                                      const Moment& moment);

/// Walks the rows of one Source by number, so that a long dump may be cut anywhere.
class RowCursor {
 public:
  RowCursor(const Source& source, const Moment& moment, const Selection& selection)
      : source_(&source), moment_(moment), selection_(selection) {}
  /// False at the end. Hidden rows are passed over.
  [[nodiscard]] bool next(Sample& sample);

 private:
  [[nodiscard]] bool produce(std::size_t row, Sample& sample) const;
  const Source* source_;
  Moment moment_;
  Selection selection_;
  std::size_t row_ = 0;
};

}  // namespace sluice::stats
