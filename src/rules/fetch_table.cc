#include "rules/fetch_table.h"

#include <array>

namespace sluice::rules {

namespace {

std::array<std::span<const FetchRow>, 8> tables() noexcept {
  return {request_fetches(), header_fetches(),     login_fetches(), payload_fetches(),
          hello_fetches(),   connection_fetches(), live_fetches(),  internal_fetches()};
}

}  // namespace

const FetchRow* find_fetch(std::string_view name) noexcept {
  for (const std::span<const FetchRow> table : tables()) {
    for (const FetchRow& row : table) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

std::vector<std::string_view> fetch_names() {
  std::vector<std::string_view> names;
  for (const std::span<const FetchRow> table : tables()) {
    for (const FetchRow& row : table) names.push_back(row.name);
  }
  return names;
}

bool usable_at(const FetchRow& row, Place place, const model::Proxy& proxy) noexcept {
  if ((row.places & bit(place)) == 0) return false;
  const bool before_balance = place == Place::Content || place == Place::HttpRequest;
  return (row.places & kBackendOnly) == 0 || !before_balance || proxy.is_backend();
}

std::string_view name_of(Place place) noexcept {
  switch (place) {
    case Place::Connection:
      return "tcp-request connection";
    case Place::Session:
      return "tcp-request session";
    case Place::Content:
      return "tcp-request content";
    case Place::HttpRequest:
      return "http-request";
    case Place::ResponseContent:
      return "tcp-response content";
    case Place::HttpResponse:
      return "http-response";
    case Place::HttpAfterResponse:
      return "http-after-response";
    case Place::Log:
      return "a log line";
    case Place::Check:
      return "a health check";
  }
  return "";
}

}  // namespace sluice::rules
