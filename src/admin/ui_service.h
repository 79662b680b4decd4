// The admin page at /ui/ of a stats listener: its embedded files, with the headers that keep a
// browser from running or framing anything else. The caller has checked the credentials. Control
// thread.
#pragma once

#include <string_view>

#include "http/service.h"

namespace sluice::admin {

class UiService final : public http::Service {
 public:
  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request) override;
};

/// What is answered in its place by a program that was built without it (SLUICE_UI=OFF): 404, with
/// the way to the classic page where the listener has one; `classic` is its path.
[[nodiscard]] http::ServiceReply page_left_out(std::string_view classic);

/// May a response be gzipped, by this value of Accept-Encoding (RFC 9110 §12.5.3)?
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// Is one of the tags of If-None-Match this one, compared weakly (RFC 9110 §13.1.2)? `tag` is with
/// its quotes.
[[nodiscard]] bool matches_tag(std::string_view if_none_match, std::string_view tag) noexcept;

}  // namespace sluice::admin
