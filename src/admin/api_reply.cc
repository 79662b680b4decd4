#include "admin/api_reply.h"

namespace sluice::admin {

namespace {

struct Title {
  std::uint16_t status;
  std::string_view text;
};
constexpr Title kTitles[] = {
    {400, "Bad request"},   {401, "Not logged in"},      {403, "Not allowed"},
    {404, "Not found"},     {405, "Method not allowed"}, {409, "Conflict"},
    {412, "Changed since"}, {413, "Too large"},          {415, "Unknown media type"},
    {422, "Not possible"},  {429, "Too many requests"},  {500, "Internal error"},
    {503, "Not now"},
};

std::string_view title_of(std::uint16_t status) {
  for (const Title& row : kTitles) {
    if (row.status == status) return row.text;
  }
  return "Refused";
}

http::ServiceReply head(std::uint16_t status, std::string_view type) {
  http::ServiceReply reply;
  reply.status = status;
  reply.fields = {{"content-type", std::string(type)},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"}};
  return reply;
}

}  // namespace

Json fault_at(std::string_view pointer, std::string_view detail) {
  return {{"pointer", pointer}, {"detail", detail}};
}

Refusal refuse(std::uint16_t status, std::string_view code, std::string detail) {
  return {status, std::string(code), std::move(detail), Json::array()};
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

http::ServiceReply json_reply(const Json& value) {
  http::ServiceReply reply = head(200, "application/json");
  reply.body = dump(value);
  return reply;
}

http::ServiceReply blocked_reply(std::uint64_t seconds) {
  http::ServiceReply reply =
      problem_reply(refuse(429, "too-many",
                           "Too many wrong passwords came from this address. Try again in " +
                               std::to_string(seconds) + " seconds."));
  reply.fields.emplace_back("retry-after", std::to_string(seconds));
  return reply;
}

http::ServiceReply problem_reply(const Refusal& refusal) {
  http::ServiceReply reply = head(refusal.status, "application/problem+json");
  Json body = {{"type", "about:blank"},
               {"title", title_of(refusal.status)},
               {"status", refusal.status},
               {"code", refusal.code},
               {"detail", refusal.detail}};
  if (!refusal.errors.empty()) body["errors"] = refusal.errors;
  if (refusal.status == 429 || refusal.status == 503) reply.fields.emplace_back("retry-after", "5");
  reply.body = dump(body);
  return reply;
}

}  // namespace sluice::admin
