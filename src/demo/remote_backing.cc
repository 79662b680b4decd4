#include "demo/backing.h"
#include "demo/json.h"
#include "demo/text.h"

namespace sluice::demo {

namespace {

constexpr int kUnauthorized = 401;

/// The statuses with which the services refuse, as errors; nothing for a success.
std::optional<base::Error> refusal(const base::Result<Fetched>& fetched) {
  if (!fetched) return fetched.error();
  if (fetched->status / 100 == 2) return std::nullopt;
  const auto kind = fetched->status == kUnauthorized ? base::ErrorKind::Denied
                    : fetched->status == 400         ? base::ErrorKind::Limit
                                                     : base::ErrorKind::Protocol;
  return base::Error{kind, base::Origin::Server, base::Retry::No, 0,
                     "status " + std::to_string(fetched->status)};
}

HttpClient::Done read_thoughts(Backing::Thoughts done) {
  return [done = std::move(done)](base::Result<Fetched> fetched) {
    if (const auto refused = refusal(fetched)) return done(tl::unexpected(*refused));
    auto thoughts = thoughts_from_json(fetched->body);
    if (!thoughts) return done(base::fail(base::ErrorKind::Protocol, "not a list of thoughts"));
    done(std::move(*thoughts));
  };
}

}  // namespace

void RemoteBacking::search(const std::string& text, Thoughts done) {
  FetchRequest request;
  request.address = thoughts_;
  request.target = "/api/thoughts/?search=" + url_encode(text);
  client_.fetch(request, read_thoughts(std::move(done)));
}

void RemoteBacking::mine(const std::string& token, Thoughts done) {
  FetchRequest request;
  request.address = thoughts_;
  request.target = "/api/me/thoughts/";
  request.authorization = token;
  client_.fetch(request, read_thoughts(std::move(done)));
}

void RemoteBacking::add(const std::string& token, const std::string& text, Added done) {
  FetchRequest request;
  request.address = thoughts_;
  request.method = http::Method::Post;
  request.target = "/api/me/thoughts/";
  request.authorization = token;
  request.body = "text=" + url_encode(text);
  client_.fetch(request, [done = std::move(done)](base::Result<Fetched> fetched) {
    if (const auto refused = refusal(fetched)) return done(tl::unexpected(*refused));
    done({});
  });
}

void RemoteBacking::log_in(const std::string& user, const std::string& password, Token done) {
  FetchRequest request;
  request.address = users_;
  request.method = http::Method::Post;
  request.target = "/api/login";
  request.body = "username=" + url_encode(user) + "&password=" + url_encode(password);
  client_.fetch(request, [done = std::move(done)](base::Result<Fetched> fetched) {
    if (const auto refused = refusal(fetched)) return done(tl::unexpected(*refused));
    auto token = json_member(fetched->body, "token");
    if (!token) return done(base::fail(base::ErrorKind::Protocol, "no token in the answer"));
    done(std::move(*token));
  });
}

}  // namespace sluice::demo
