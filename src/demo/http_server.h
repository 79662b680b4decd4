// A small HTTP/1.1 server on a loop, for the demo's monolith and services: the codec's head reader
// and chunk decoder, whole requests in memory, bounded in size and number. Handlers may answer
// later. One thread. Connections belong to the server and are named by an id, so a late answer to
// one that is gone is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/message.h"
#include "net/listening_socket.h"
#include "net/loop.h"

namespace sluice::demo {

inline constexpr std::size_t kMaxHeadBytes = 16'384;
inline constexpr std::size_t kMaxBodyBytes = 65'536;
inline constexpr std::size_t kMaxConnections = 4'096;
inline constexpr std::uint64_t kIdleTimeoutMs = 60'000;

struct Request {
  http::Method method = http::Method::Get;
  std::string host;  // as sent, with its port
  std::string path;  // without the query
  std::string query;
  std::string cookies;
  std::string authorization;
  std::string content_type;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

using Respond = std::function<void(Reply)>;

class Handler {
 public:
  virtual ~Handler() = default;
  /// Calls `respond` exactly once, now or later, in the loop's thread.
  virtual void serve(const Request& request, Respond respond) = 0;
};

class HttpServer final : private net::Acceptor::Events {
 public:
  HttpServer(net::Loop& loop, net::ListeningSocket socket, Handler& handler);
  ~HttpServer();
  [[nodiscard]] const base::Address& address() const { return socket_.address(); }

 private:
  class Connection;
  void on_accepted(net::Acceptor& acceptor, const net::Accepted& accepted) noexcept override;
  void on_accept_exhausted(net::Acceptor&) noexcept override {}
  void answer(std::uint64_t connection, Reply reply);
  void close(std::uint64_t connection) noexcept;

  net::Loop& loop_;
  net::ListeningSocket socket_;
  Handler& handler_;
  std::unique_ptr<net::Acceptor> acceptor_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_id_ = 1;
};

}  // namespace sluice::demo
