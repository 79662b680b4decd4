#include "rules/action.h"
#include "rules/unsupported.h"

namespace sluice::rules {

namespace {

constexpr PlaceMask kRequestHttp = bit(Place::HttpRequest);
constexpr PlaceMask kBothHttp = kRequestHttp | bit(Place::HttpResponse);
constexpr PlaceMask kAllHttp = kBothHttp | bit(Place::HttpAfterResponse);
constexpr PlaceMask kTcpContent = bit(Place::Content) | bit(Place::ResponseContent);
constexpr PlaceMask kAllTcp = bit(Place::Connection) | bit(Place::Session) | kTcpContent;
constexpr PlaceMask kEverywhere = kAllTcp | kAllHttp;
constexpr PlaceMask kResponseLine = bit(Place::HttpResponse) | bit(Place::HttpAfterResponse);

constexpr ActionRow kRows[] = {
    {"accept", kAllTcp, make_allow},
    {"add-header", kAllHttp, make_add_header},
    {"allow", kAllHttp, make_allow},
    {"auth", kRequestHttp, make_auth},
    {"capture", kRequestHttp | bit(Place::HttpResponse) | bit(Place::Content), make_capture},
    {"close", bit(Place::ResponseContent), make_close},
    {"del-header", kAllHttp, make_del_header},
    {"deny", kBothHttp, make_deny},
    {"disable-l7-retry", kRequestHttp, make_disable_l7_retry},
    {"redirect", kBothHttp, make_redirect},
    {"reject", kAllTcp | kRequestHttp, make_reject},
    {"replace-header", kAllHttp, make_replace_header},
    {"replace-path", kRequestHttp, make_replace_path},
    {"replace-pathq", kRequestHttp, make_replace_pathq},
    {"replace-uri", kRequestHttp, make_replace_uri},
    {"replace-value", kAllHttp, make_replace_value},
    {"return", kBothHttp, make_return},
    {"set-header", kAllHttp, make_set_header},
    {"set-log-level", kBothHttp | kTcpContent, make_set_log_level},
    {"set-method", kRequestHttp, make_set_method},
    {"set-path", kRequestHttp, make_set_path},
    {"set-pathq", kRequestHttp, make_set_pathq},
    {"set-priority-class", kRequestHttp | bit(Place::Content), make_set_priority_class},
    {"set-priority-offset", kRequestHttp | bit(Place::Content), make_set_priority_offset},
    {"set-query", kRequestHttp, make_set_query},
    {"set-status", kResponseLine, make_set_status},
    {"set-uri", kRequestHttp, make_set_uri},
    {"set-var", kEverywhere, make_set_var},
    {"set-var-fmt", kEverywhere, make_set_var_format},
    {"silent-drop", kAllTcp | kBothHttp, make_silent_drop},
    {"tarpit", kRequestHttp, make_tarpit},
    {"unset-var", kEverywhere, make_unset_var},
    {"use-service", kRequestHttp, make_use_service},
    {"wait-for-body", kRequestHttp, make_wait_for_body},
};

}  // namespace

const ActionRow* find_action(std::string_view name) noexcept {
  const std::string_view bare = name.substr(0, name.find('('));
  for (const ActionRow& row : kRows) {
    if (row.name == bare) return &row;
  }
  return nullptr;
}

std::vector<std::string_view> action_names(Place place) {
  std::vector<std::string_view> names;
  for (const ActionRow& row : kRows) {
    if ((row.places & bit(place)) != 0) names.push_back(row.name);
  }
  return names;
}

}  // namespace sluice::rules
