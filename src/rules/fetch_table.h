// The fetches: one row each (manual §7.3.2 to §7.3.6). To add one, write its function in the file
// of its subject and add its row to that file's table; errors, `keywords` and the checks follow.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rules/call.h"
#include "rules/evaluation.h"

namespace sluice::rules {

/// Where a fetch that has several values (a header, a cookie) stands. Conditions test each value.
struct Iteration {
  bool wanted = false;  // the caller takes all values, one after the other
  bool more = false;    // set by the fetch: call again for the next one
  bool started = false;
  std::size_t field = 0;
  std::size_t offset = 0;
};

struct FetchContext {
  const Call& call;
  Evaluation& evaluation;
  Iteration& iteration;
  Certainty certainty = Certainty::Final;

  [[nodiscard]] base::Arena& arena() const { return *evaluation.arena; }
  /// The request's head; when it is null the certainty says whether it may still come.
  [[nodiscard]] const http::Head* request() {
    if (evaluation.request == nullptr && !evaluation.no_request) note_growth();
    return evaluation.request;
  }
  /// Likewise the response's, which only the content rules of responses can wait for.
  [[nodiscard]] const http::Head* response() {
    if (evaluation.response == nullptr && call.place == Place::ResponseContent) note_growth();
    return evaluation.response;
  }
  /// More bytes would change what is fetched.
  void note_growth() {
    if (!evaluation.payload_final) certainty = Certainty::MayChange;
  }
};

/// Call::option of http_auth_group: the groups of the user one after the other, instead of the
/// name.
inline constexpr std::int64_t kEachGroup = 1;

using FetchFunction = bool (*)(FetchContext& context, Sample& sample);

/// Where a fetch may be used: a bit per Place, and conditions of its own.
using PlaceMask = std::uint16_t;
[[nodiscard]] constexpr PlaceMask bit(Place place) {
  return static_cast<PlaceMask>(1U << static_cast<unsigned>(place));
}
inline constexpr PlaceMask kAnywhere = 0xFF;  // where there is a client
inline constexpr PlaceMask kEverywhere = kAnywhere | bit(Place::Check);
inline constexpr PlaceMask kHead = bit(Place::Content) | bit(Place::HttpRequest);
inline constexpr PlaceMask kResponse = bit(Place::ResponseContent) | bit(Place::HttpResponse) |
                                       bit(Place::HttpAfterResponse) | bit(Place::Check);
inline constexpr PlaceMask kExchange = kHead | kResponse | bit(Place::Log);
inline constexpr PlaceMask kAfterServer = kResponse | bit(Place::Log);
inline constexpr PlaceMask kTls = kAnywhere & static_cast<PlaceMask>(~bit(Place::Connection));
inline constexpr PlaceMask kBackendOnly = 1U << 9;  // request rules of a backend or a listen alone

enum class Body : bool { Ignored, Read };

struct FetchRow {
  std::string_view name;
  std::string_view arguments;  // signature, see call.h
  SampleType type;
  PlaceMask places;
  FetchFunction fetch;
  PrepareFunction prepare = nullptr;
  Body body = Body::Ignored;
};

[[nodiscard]] const FetchRow* find_fetch(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> fetch_names();
[[nodiscard]] bool usable_at(const FetchRow& row, Place place, const model::Proxy& proxy) noexcept;

// The tables, by subject
[[nodiscard]] std::span<const FetchRow> request_fetches() noexcept;     // fetch_request.cc
[[nodiscard]] std::span<const FetchRow> header_fetches() noexcept;      // fetch_header.cc
[[nodiscard]] std::span<const FetchRow> login_fetches() noexcept;       // fetch_login.cc
[[nodiscard]] std::span<const FetchRow> payload_fetches() noexcept;     // fetch_payload.cc
[[nodiscard]] std::span<const FetchRow> hello_fetches() noexcept;       // fetch_hello.cc
[[nodiscard]] std::span<const FetchRow> connection_fetches() noexcept;  // fetch_connection.cc
[[nodiscard]] std::span<const FetchRow> live_fetches() noexcept;        // fetch_live.cc
[[nodiscard]] std::span<const FetchRow> internal_fetches() noexcept;    // fetch_internal.cc

}  // namespace sluice::rules
