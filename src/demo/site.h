// The pages of MyThoughts, served by the monolith and by the frontend alike; what differs is the
// Backing and whether an unknown Host is refused. A session lives in the cookie `session`.
//   /  (search)   /login   /list   /logout   /load (burns CPU)   /healthz (alive)   /readyz (can
//   serve)
#pragma once

#include <string>

#include "demo/backing.h"
#include "demo/http_server.h"
#include "demo/pages.h"

namespace sluice::demo {

inline constexpr std::string_view kSiteHost = "mythoughts.example.local";

enum class Hosts : unsigned char { Any, OwnOnly };

class Site final : public Handler {
 public:
  Site(Server server, Backing& backing, Hosts hosts)
      : server_(std::move(server)), backing_(backing), hosts_(hosts) {}
  void serve(const Request& request, Respond respond) override;

 private:
  void route(const Request& request, Respond respond);
  void search(const Request& request, const Respond& respond);
  void list(const Request& request, const Respond& respond);
  void add(const Request& request, const Respond& respond);
  void log_in(const Request& request, const Respond& respond);
  void ready(const Respond& respond);
  [[nodiscard]] Reply unavailable(const base::Error& error) const;
  [[nodiscard]] Reply load(const Request& request) const;

  Server server_;
  Backing& backing_;
  Hosts hosts_;
};

}  // namespace sluice::demo
