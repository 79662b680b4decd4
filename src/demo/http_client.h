// Asks another service over HTTP, without blocking the loop: how the frontend calls thoughts and
// users. One connection per request, each bounded in time and size.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "http/message.h"
#include "net/loop.h"

namespace sluice::demo {

inline constexpr std::uint64_t kFetchTimeoutMs = 2'000;
inline constexpr std::size_t kMaxFetchBytes = 262'144;

struct FetchRequest {
  base::Address address;
  http::Method method = http::Method::Get;
  std::string target;         // path and query
  std::string authorization;  // empty: none
  std::string body;           // a form; sent when not empty
};

struct Fetched {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  using Done = std::function<void(base::Result<Fetched>)>;
  explicit HttpClient(net::Loop& loop);
  ~HttpClient();
  void fetch(const FetchRequest& request, Done done);

 private:
  class Fetch;
  /// Ends a fetch and tells its caller; the Fetch is gone afterwards.
  void finish(std::uint64_t id, base::Result<Fetched> result);

  net::Loop& loop_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Fetch>> fetches_;
  std::uint64_t next_id_ = 1;
};

}  // namespace sluice::demo
