#include "admin/metrics_service.h"

#include <utility>

#include "admin/control_metrics.h"
#include "admin/drain_views.h"
#include "admin/stats_page.h"
#include "admin/url.h"
#include "stats/prometheus.h"

namespace sluice::admin {

http::ServiceReply MetricsService::serve(const http::ServiceRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::ServiceReply reply = plain_reply(405, "Only GET and HEAD are served here.\n");
    reply.fields.emplace_back("allow", "GET, HEAD");
    return reply;
  }
  const std::size_t question = request.path.find('?');
  Parameters parameters;
  if (question != std::string::npos)
    parameters = parse_form(std::string_view(request.path).substr(question + 1));
  auto options = stats::parse_scrape_options(parameters);
  if (!options)
    return plain_reply(
        400, "The scope is none of global, frontend, listener, backend, server, resolver, *.\n");

  auto picture = std::make_shared<Picture>(take_picture(view_));
  if (options->global && view_.use) picture->process.usage = view_.use();
  std::vector<model::ResolversReport> resolvers;
  if (options->resolvers && view_.resolvers) resolvers = view_.resolvers();
  std::string last = view_.drains != nullptr ? drain_metrics(*view_.drains, *options) : "";
  last += control_metrics(view_, *options);
  auto scrape =
      std::make_shared<stats::Scrape>(std::move(picture->sources), picture->moment,
                                      picture->process, std::move(resolvers), std::move(*options));
  http::ServiceReply reply;
  reply.fields = {{"cache-control", "no-cache"}, {"content-type", "text/plain; version=0.0.4"}};
  reply.more = [picture, scrape, last = std::move(last), at = std::size_t{0}]() mutable {
    std::string piece = scrape->next();
    if (!piece.empty() || !scrape->done()) return piece;
    piece = last.substr(at, stats::Scrape::kPieceBytes);
    at += piece.size();
    return piece;
  };
  reply.works = [scrape] { return !scrape->done(); };
  return reply;
}

}  // namespace sluice::admin
