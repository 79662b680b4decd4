#include "demo/site.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "demo/api.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::demo;

namespace {

struct Page {
  Reply reply;
  [[nodiscard]] std::string field(const std::string& name) const {
    for (const auto& [key, value] : reply.fields) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] bool has(const std::string& text) const {
    return reply.body.find(text) != std::string::npos;
  }
};

Request request(http::Method method, std::string path, std::string body = {}) {
  Request out;
  out.method = method;
  out.host = std::string(kSiteHost);
  const std::size_t mark = path.find('?');
  out.path = path.substr(0, mark);
  if (mark != std::string::npos) out.query = path.substr(mark + 1);
  out.body = std::move(body);
  return out;
}

Page ask(Handler& handler, const Request& of) {
  Page out;
  int answers = 0;
  handler.serve(of, [&](Reply reply) {
    out.reply = std::move(reply);
    ++answers;
  });
  CHECK(answers == 1);
  return out;
}

struct Monolith {
  LocalBacking data;
  Site site{{"monolith", "127.0.0.1:9001", "the old program", "#000"}, data, Hosts::OwnOnly};
};

std::string session_of(const Page& page) {
  const std::string cookie = page.field("Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

}  // namespace

TEST_CASE("a page says which server made it") {
  Monolith monolith;
  const Page page = ask(monolith.site, request(http::Method::Get, "/"));
  CHECK(page.reply.status == 200);
  CHECK(page.has("Answered by <strong>monolith</strong>"));
  CHECK(page.field("X-Served-By") == "monolith");
  CHECK(page.has("A monolith is one thing to deploy"));
}

TEST_CASE("the old server answers 404 to a Host that is not its own, and says why") {
  Monolith monolith;
  Request of = request(http::Method::Get, "/");
  of.host = "localhost:8000";
  const Page page = ask(monolith.site, of);
  CHECK(page.reply.status == 404);
  CHECK(page.has("http-request set-header Host mythoughts.example.local"));
  of.host = "MyThoughts.example.local:8000";
  CHECK(ask(monolith.site, of).reply.status == 200);
  Site told({"monolith", "", "", ""}, monolith.data, Hosts::Any);
  of.host = "localhost";
  CHECK(ask(told, of).reply.status == 200);
}

TEST_CASE("a user logs in, writes a thought, finds it, and logs out") {
  Monolith monolith;
  CHECK(ask(monolith.site, request(http::Method::Get, "/list")).field("Location") == "/login");
  const Page login =
      ask(monolith.site, request(http::Method::Post, "/login", "username=bruce&password=bruce"));
  CHECK(login.reply.status == 303);
  CHECK(login.field("Location") == "/list");
  Request write = request(http::Method::Post, "/list", "text=Small+steps+%3Cb%3E");
  write.cookies = session_of(login);
  CHECK(ask(monolith.site, write).reply.status == 303);
  CHECK(ask(monolith.site, request(http::Method::Get, "/?search=small"))
            .has("Small steps &lt;b&gt;"));
  Request list = request(http::Method::Get, "/list");
  list.cookies = session_of(login);
  CHECK(ask(monolith.site, list).has("Thoughts of bruce"));
  CHECK(ask(monolith.site, request(http::Method::Post, "/logout"))
            .field("Set-Cookie")
            .find("Max-Age=0") != std::string::npos);
}

TEST_CASE("a wrong password, a bad session and an empty thought are refused") {
  Monolith monolith;
  CHECK(ask(monolith.site, request(http::Method::Post, "/login", "username=bruce&password=x"))
            .reply.status == 401);
  Request forged = request(http::Method::Get, "/list");
  forged.cookies = "session=bruce.0000";
  CHECK(ask(monolith.site, forged).field("Location") == "/login");
  Request empty = request(http::Method::Post, "/list", "text=");
  empty.cookies = session_of(
      ask(monolith.site, request(http::Method::Post, "/login", "username=bruce&password=bruce")));
  CHECK(ask(monolith.site, empty).reply.status == 400);
  CHECK(ask(monolith.site, request(http::Method::Get, "/nothing")).reply.status == 404);
  CHECK(ask(monolith.site, request(http::Method::Delete, "/")).reply.status == 405);
}

TEST_CASE("/load burns processor time and says how much") {
  Monolith monolith;
  CHECK(ask(monolith.site, request(http::Method::Get, "/load")).has("25 ms of processor time"));
}

TEST_CASE("the services speak the paths of the system's description") {
  ThoughtsApi thoughts;
  UsersApi users;
  CHECK(ask(thoughts, request(http::Method::Get, "/api/thoughts/?search=traffic"))
            .has("\"username\":\"stephen\""));
  CHECK(ask(thoughts, request(http::Method::Get, "/api/thoughts/1/")).has("\"id\":1"));
  CHECK(ask(thoughts, request(http::Method::Get, "/api/thoughts/99/")).reply.status == 404);
  CHECK(ask(thoughts, request(http::Method::Get, "/api/me/thoughts/")).reply.status == 401);
  CHECK(ask(users, request(http::Method::Post, "/api/login", "username=bruce&password=no"))
            .reply.status == 401);
  CHECK(ask(users, request(http::Method::Post, "/api/login")).reply.status == 400);
  CHECK(ask(users, request(http::Method::Get, "/api/login")).reply.status == 405);
  Request login =
      request(http::Method::Post, "/api/login", R"({"username":"bruce","password":"bruce"})");
  login.content_type = "application/json";
  const Page token = ask(users, login);
  REQUIRE(token.reply.status == 200);
  Request post = request(http::Method::Post, "/api/me/thoughts/", "text=new");
  post.authorization = token.reply.body.substr(10, token.reply.body.rfind('"') - 10);
  CHECK(ask(thoughts, post).reply.status == 201);
  CHECK(ask(thoughts, request(http::Method::Delete, "/admin/thoughts/1/")).reply.status == 200);
  CHECK(ask(thoughts, request(http::Method::Delete, "/admin/thoughts/1/")).reply.status == 404);
  CHECK(ask(users, request(http::Method::Post, "/admin/users", "username=ada&password=x"))
            .reply.status == 201);
  CHECK(ask(users, request(http::Method::Post, "/admin/users", "username=ada&password=x"))
            .reply.status == 409);
}

namespace {

net::ListeningSocket listen() {
  net::ListenOptions options;
  options.address = *base::Address::from_ip("127.0.0.1", 0);
  auto socket = net::ListeningSocket::open(options);
  REQUIRE(socket);
  return std::move(*socket);
}

/// Sends `text` over a blocking socket and reads until the peer closes.
std::string talk(const base::Address& to, const std::string& text) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  std::string out;
  if (::connect(descriptor, to.data(), to.length()) == 0) {
    (void)::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(descriptor, buffer, sizeof(buffer), 0)) > 0;) {
      out.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(descriptor);
  return out;
}

/// Runs `ask` in a thread of its own while the loop serves.
template <class Ask>
void serving(net::Loop& loop, Ask ask) {
  struct Stop final : net::Wakeup::Events {
    explicit Stop(net::Loop& l) : loop(l) {}
    void on_wakeup() noexcept override { loop.stop(); }
    net::Loop& loop;
  } stop(loop);
  const auto wakeup = loop.make_wakeup(stop);
  std::thread client([&] {
    ask();
    wakeup->wake();
  });
  loop.run();
  client.join();
}

}  // namespace

TEST_CASE(
    "the demo's server keeps connections, takes pipelined requests and refuses malformed ones") {
  const auto loop = net::make_uv_loop();
  Monolith monolith;
  HttpServer server(*loop, listen(), monolith.site);
  const std::string head = "GET /healthz HTTP/1.1\r\nHost: mythoughts.example.local\r\n";
  std::string two, posted, bad, large, long_head, to_head;
  serving(*loop, [&] {
    two = talk(server.address(), head + "\r\n" + head + "Connection: close\r\n\r\n");
    posted = talk(
        server.address(),
        "POST /login HTTP/1.1\r\nHost: mythoughts.example.local\r\nTransfer-Encoding: chunked\r\n"
        "Connection: close\r\n\r\n8\r\nusername\r\n15\r\n=bruce&password=bruce\r\n0\r\n\r\n");
    bad = talk(server.address(), "GET / HTTP/1.1\r\nHost : x\r\n\r\n");
    large = talk(server.address(),
                 "POST /list HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
    long_head =
        talk(server.address(), "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x'));
    to_head = talk(server.address(), "HEAD" + head.substr(3) + "Connection: close\r\n\r\n");
  });
  CHECK(two.find("ok\nHTTP/1.1 200 OK") != std::string::npos);
  CHECK(posted.find("HTTP/1.1 303") == 0);
  CHECK(bad.find("HTTP/1.1 400") == 0);
  CHECK(large.find("HTTP/1.1 413") == 0);
  CHECK((long_head.empty() || long_head.find("HTTP/1.1 431") == 0));
  CHECK(to_head.find("Content-Length: 3\r\n") != std::string::npos);
  CHECK(to_head.ends_with("\r\n\r\n"));
}

TEST_CASE("the frontend serves its pages out of the two services, and says when one is gone") {
  const auto loop = net::make_uv_loop();
  ThoughtsApi thoughts;
  UsersApi users;
  auto thoughts_server = std::make_unique<HttpServer>(*loop, listen(), thoughts);
  HttpServer users_server(*loop, listen(), users);
  RemoteBacking backing(*loop, thoughts_server->address(), users_server.address());
  Site site({"frontend", "", "", ""}, backing, Hosts::Any);
  HttpServer server(*loop, listen(), site);
  const std::string tail = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  std::string page, login, wrong, list, ready, gone;
  serving(*loop, [&] {
    page = talk(server.address(), "GET /?search=traffic" + tail + "\r\n");
    login =
        talk(server.address(),
             "POST /login" + tail + "Content-Length: 31\r\n\r\nusername=bruce&password=bruce&x=");
    wrong = talk(server.address(),
                 "POST /login" + tail + "Content-Length: 27\r\n\r\nusername=bruce&password=xxx");
    const std::size_t cookie = login.find("session=");
    if (cookie != std::string::npos) {
      const std::string session = login.substr(cookie, login.find(';', cookie) - cookie);
      list = talk(server.address(), "GET /list" + tail + "Cookie: " + session + "\r\n\r\n");
    }
    ready = talk(server.address(), "GET /readyz" + tail + "\r\n");
  });
  CHECK(page.find("Move a little traffic") != std::string::npos);
  CHECK(login.find("HTTP/1.1 303") == 0);
  CHECK(wrong.find("HTTP/1.1 401") == 0);
  CHECK(list.find("Thoughts of bruce") != std::string::npos);
  CHECK(ready.find("HTTP/1.1 200") == 0);
  thoughts_server.reset();
  serving(*loop, [&] {
    gone = talk(server.address(), "GET /" + tail + "\r\n");
    ready = talk(server.address(), "GET /readyz" + tail + "\r\n");
  });
  CHECK(gone.find("HTTP/1.1 503") == 0);
  CHECK(ready.find("HTTP/1.1 503") == 0);
}
