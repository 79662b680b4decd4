#include "demo/pages.h"

#include <ctime>

#include "demo/text.h"

namespace sluice::demo {

namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 "
    "auto;padding:1rem;color:#1c2430;background:#f7f8fa}"
    "header{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:baseline;border-bottom:4px "
    "solid var(--server);"
    "padding-bottom:.5rem}header a{color:inherit}h1{font-size:1.3rem;margin:0 auto 0 "
    "0}h2{font-size:1.1rem}"
    "article{background:#fff;border:1px solid #d8dde4;border-radius:.5rem;padding:.5rem "
    ".8rem;margin:.6rem 0;"
    "overflow-wrap:anywhere}article p{margin:0}small{color:#566070}"
    "input,textarea,button{font:inherit;padding:.4rem .6rem;border:1px solid "
    "#8a94a3;border-radius:.4rem;"
    "box-sizing:border-box}input,textarea{width:100%}button{background:var(--server);color:#fff;"
    "border:0;"
    "cursor:pointer;margin-top:.5rem}form{margin:.8rem 0}form.inline{margin:0}form.inline "
    "button{margin:0}"
    "footer{margin-top:2rem;padding:.6rem .8rem;border-left:4px solid "
    "var(--server);background:#fff}";

std::string page(const Server& server, std::string_view title, std::string_view user,
                 std::string_view content) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>";
  out += std::string(title) + " - MyThoughts</title>\n<style>:root{--server:" + server.colour +
         "}" + std::string(kStyle) + "</style>\n</head>\n<body>\n<header><h1>MyThoughts</h1>\n" +
         "<a href=\"/\">Search</a> <a href=\"/list\">My list</a> ";
  if (user.empty()) {
    out += "<a href=\"/login\">Log in</a>";
  } else {
    out += "<form class=\"inline\" method=\"post\" action=\"/logout\"><button>Log out " +
           html_escape(user) + "</button></form>";
  }
  out += "</header>\n<main>\n" + std::string(content) + "</main>\n<footer>Answered by <strong>" +
         html_escape(server.name) + "</strong> (" + html_escape(server.address) +
         "): " + html_escape(server.about) + "</footer>\n</body>\n</html>\n";
  return out;
}

std::string time_of(std::int64_t when_s) {
  const std::time_t when = when_s;
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

std::string as_html(const std::vector<Thought>& thoughts) {
  if (thoughts.empty()) return "<p>No thoughts here.</p>\n";
  std::string out;
  for (const Thought& thought : thoughts) {
    out += "<article><p>" + html_escape(thought.text) + "</p><small>" + html_escape(thought.user) +
           ", " + time_of(thought.when_s) + "</small></article>\n";
  }
  return out;
}

}  // namespace

std::string search_page(const Server& server, std::string_view user, std::string_view text,
                        const std::vector<Thought>& thoughts) {
  std::string content =
      "<form method=\"get\" action=\"/\"><label for=\"search\">Search all thoughts</label>"
      "<input id=\"search\" name=\"search\" value=\"" +
      html_escape(text) + "\"><button>Search</button></form>\n";
  return page(server, "Search", user, content + as_html(thoughts));
}

std::string list_page(const Server& server, std::string_view user,
                      const std::vector<Thought>& thoughts) {
  std::string content =
      "<h2>Thoughts of " + html_escape(user) +
      "</h2>\n<form method=\"post\" action=\"/list\"><label for=\"text\">A new thought</label>"
      "<textarea id=\"text\" name=\"text\" rows=\"2\" maxlength=\"500\" required></textarea>"
      "<button>Write it down</button></form>\n";
  return page(server, "My list", user, content + as_html(thoughts));
}

std::string login_page(const Server& server, LoginTry attempt) {
  std::string content = "<h2>Log in</h2>\n";
  if (attempt == LoginTry::Again)
    content += "<p role=\"alert\">That name and password do not go together.</p>\n";
  content +=
      "<form method=\"post\" action=\"/login\"><label for=\"username\">Name</label>"
      "<input id=\"username\" name=\"username\" autocomplete=\"username\" required>"
      "<label for=\"password\">Password</label><input id=\"password\" name=\"password\" "
      "type=\"password\" "
      "autocomplete=\"current-password\" required><button>Log in</button></form>\n"
      "<p>Sample users: bruce and stephen; each password is the name.</p>\n";
  return page(server, "Log in", "", content);
}

std::string load_page(const Server& server, std::string_view user, unsigned cpu_ms) {
  return page(server, "Load", user,
              "<h2>Load</h2>\n<p>This page burned " + std::to_string(cpu_ms) +
                  " ms of processor time.</p>\n");
}

std::string message_page(const Server& server, std::string_view heading,
                         std::string_view paragraph) {
  return page(server, heading, "",
              "<h2>" + html_escape(heading) + "</h2>\n<p>" + std::string(paragraph) + "</p>\n");
}

std::string unknown_host_page(const Server& server, std::string_view host, std::string_view known) {
  const std::string name = html_escape(known);
  return message_page(server, "Host not found",
                      "You asked for the host <code>" + html_escape(host) +
                          "</code>; the old server answers to <code>" + name +
                          "</code> alone, and says 404 to every other. Put such a server behind a "
                          "balancer next to a new one that "
                          "takes any Host, and every other request fails. The demo's configuration "
                          "cures it for both with "
                          "<code>http-request set-header Host " +
                          name +
                          "</code>; take that line out to see the trap, or start the "
                          "old server with <code>--any-host</code>.");
}

}  // namespace sluice::demo
