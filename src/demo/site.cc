#include "demo/site.h"

#include <ctime>

#include "base/text.h"
#include "demo/session.h"
#include "demo/text.h"

namespace sluice::demo {

namespace {

constexpr unsigned kLoadCpuMs = 25;

Reply page(std::string body, int status = 200) {
  Reply out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

Reply text(int status, std::string body) {
  Reply out = page(std::move(body), status);
  out.content_type = "text/plain";
  return out;
}

Reply redirect(std::string to) {
  Reply out = text(303, "");
  out.fields.emplace_back("Location", std::move(to));
  return out;
}

std::string token_of(const Request& request) {
  return cookie_value(request.cookies, "session").value_or("");
}
std::string user_in(const Request& request) { return user_of(token_of(request)).value_or(""); }

/// Without its port.
std::string_view host_name(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos
             ? host.substr(0, colon)
             : host;
}

unsigned thread_cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<unsigned>(now.tv_sec * 1'000 + now.tv_nsec / 1'000'000);
}

}  // namespace

void Site::serve(const Request& request, Respond respond) {
  Respond named = [respond = std::move(respond), name = server_.name](Reply reply) {
    reply.fields.emplace_back("X-Served-By", name);
    respond(std::move(reply));
  };
  if (hosts_ == Hosts::OwnOnly && !base::iequals(host_name(request.host), kSiteHost)) {
    named(page(unknown_host_page(server_, request.host, kSiteHost), 404));
    return;
  }
  route(request, std::move(named));
}

void Site::route(const Request& request, Respond respond) {
  const bool post = request.method == http::Method::Post;
  const bool read = request.method == http::Method::Get || request.method == http::Method::Head;
  const std::string& path = request.path;
  if (path == "/healthz" && read) return respond(text(200, "ok\n"));
  if (path == "/readyz" && read) return ready(respond);
  if (path == "/" && read) return search(request, respond);
  if (path == "/list" && read) return list(request, respond);
  if (path == "/list" && post) return add(request, respond);
  if (path == "/login" && read) return respond(page(login_page(server_, LoginTry::First)));
  if (path == "/login" && post) return log_in(request, respond);
  if (path == "/load" && read) return respond(load(request));
  if (path == "/logout" && post) {
    Reply out = redirect("/");
    out.fields.emplace_back("Set-Cookie", "session=; Path=/; Max-Age=0");
    return respond(std::move(out));
  }
  const bool known =
      path == "/" || path == "/list" || path == "/login" || path == "/load" || path == "/logout";
  respond(known
              ? page(message_page(server_, "Not like this", "The page knows no such method."), 405)
              : page(message_page(server_, "Not found", "There is no such page."), 404));
}

Reply Site::unavailable(const base::Error& error) const {
  return page(
      message_page(server_, "Not available",
                   "A service behind this page did not answer: " + html_escape(error.detail) + "."),
      503);
}

void Site::search(const Request& request, const Respond& respond) {
  const std::string wanted = form_value(request.query, "search").value_or("");
  backing_.search(wanted, [this, respond, wanted, user = user_in(request)](auto thoughts) {
    if (!thoughts) return respond(unavailable(thoughts.error()));
    respond(page(search_page(server_, user, wanted, *thoughts)));
  });
}

void Site::list(const Request& request, const Respond& respond) {
  const std::string user = user_in(request);
  if (user.empty()) return respond(redirect("/login"));
  backing_.mine(token_of(request), [this, respond, user](auto thoughts) {
    if (thoughts) return respond(page(list_page(server_, user, *thoughts)));
    respond(thoughts.error().kind == base::ErrorKind::Denied ? redirect("/login")
                                                             : unavailable(thoughts.error()));
  });
}

void Site::add(const Request& request, const Respond& respond) {
  if (user_in(request).empty()) return respond(redirect("/login"));
  const std::string words = form_value(request.body, "text").value_or("");
  backing_.add(token_of(request), words, [this, respond](auto added) {
    if (added) return respond(redirect("/list"));
    if (added.error().kind == base::ErrorKind::Denied) return respond(redirect("/login"));
    if (added.error().kind != base::ErrorKind::Limit) return respond(unavailable(added.error()));
    respond(page(message_page(server_, "Not written", "A thought has 1 to 500 bytes."), 400));
  });
}

void Site::log_in(const Request& request, const Respond& respond) {
  const std::string user = form_value(request.body, "username").value_or("");
  const std::string password = form_value(request.body, "password").value_or("");
  backing_.log_in(user, password, [this, respond](auto token) {
    if (!token) {
      const bool wrong = token.error().kind == base::ErrorKind::Denied ||
                         token.error().kind == base::ErrorKind::Limit;
      return respond(wrong ? page(login_page(server_, LoginTry::Again), 401)
                           : unavailable(token.error()));
    }
    Reply out = redirect("/list");
    out.fields.emplace_back("Set-Cookie", "session=" + *token + "; Path=/; HttpOnly; SameSite=Lax");
    respond(std::move(out));
  });
}

/// Goes through the whole stack: the frontend is ready only when its services answer.
void Site::ready(const Respond& respond) {
  backing_.search("", [respond](auto thoughts) {
    respond(thoughts ? text(200, "ready\n")
                     : text(503, "not ready: " + thoughts.error().detail + "\n"));
  });
}

Reply Site::load(const Request& request) const {
  const unsigned until = thread_cpu_ms() + kLoadCpuMs;
  while (thread_cpu_ms() < until) {
  }
  return page(load_page(server_, user_in(request), kLoadCpuMs));
}

}  // namespace sluice::demo
