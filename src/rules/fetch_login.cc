// Fetches of the request's credentials (manual §7.3.6, http_auth and its kin).
#include "base/text.h"
#include "model/userlist.h"
#include "rules/credentials.h"
#include "rules/fetch_table.h"

namespace sluice::rules {

namespace {

/// False too when the answer is on its way: then it may change.
bool logs_in(FetchContext& context) {
  LoginSource* source = context.evaluation.login;
  if (context.request() == nullptr || source == nullptr) return false;
  const LoginSource::Answer answer = source->login(*context.call.arguments[0].userlist);
  if (answer == LoginSource::Answer::Pending) context.certainty = Certainty::MayChange;
  return answer == LoginSource::Answer::Yes;
}

bool fetch_http_auth(FetchContext& context, Sample& sample) {
  if (!logs_in(context)) return false;
  sample = Sample::of_bool(true);
  return true;
}

/// The user's name; where it is compared with groups, those of the user. Who is in none has an
/// empty one, which no group is called.
bool fetch_http_auth_group(FetchContext& context, Sample& sample) {
  if (!logs_in(context)) return false;
  const std::string_view name = context.evaluation.login->login_user();
  sample = Sample::of_text(name);
  if (context.call.option != kEachGroup) return true;
  const model::User* user = context.call.arguments[0].userlist->find(name);
  if (user == nullptr) return false;
  const std::size_t at = context.iteration.field++;
  context.iteration.more = at + 1 < user->groups.size();
  sample = Sample::of_text(at < user->groups.size() ? std::string_view(user->groups[at]) : "");
  return true;
}

std::optional<Credentials> credentials_of(FetchContext& context) {
  const http::Head* head = context.request();
  return head != nullptr ? find_credentials(*head, context.arena()) : std::nullopt;
}

bool fetch_http_auth_user(FetchContext& context, Sample& sample) {
  if (const auto credentials = credentials_of(context)) {
    sample = Sample::of_text(credentials->user);
    return true;
  }
  LoginSource* source = context.evaluation.login;
  if (context.request() == nullptr || source == nullptr) return false;
  const std::string_view user = source->session_user();
  sample = Sample::of_text(user);
  return !user.empty();
}

bool fetch_http_auth_pass(FetchContext& context, Sample& sample) {
  const auto credentials = credentials_of(context);
  if (credentials) sample = Sample::of_text(credentials->password);
  return credentials.has_value();
}

/// Of the schemes that the manual names, as the client spelled it.
bool fetch_http_auth_type(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  const auto authorization = head != nullptr ? find_authorization(*head) : std::nullopt;
  if (!authorization) return false;
  const bool basic = base::iequals(authorization->scheme, "basic");
  if (basic ? !find_credentials(*head, context.arena()).has_value()
            : !base::iequals(authorization->scheme, "bearer"))
    return false;
  sample = Sample::of_text(authorization->scheme);
  return true;
}

bool fetch_http_auth_bearer(FetchContext& context, Sample& sample) {
  const http::Head* head = context.request();
  if (head == nullptr) return false;
  const std::string_view field = context.call.text(0);
  const auto authorization = find_authorization(*head, field.empty() ? "Authorization" : field);
  if (!authorization || !base::iequals(authorization->scheme, "bearer")) return false;
  sample = Sample::of_text(authorization->value);
  return true;
}

using enum SampleType;
constexpr FetchRow kRows[] = {
    {"http_auth", "u", Bool, kHead, fetch_http_auth},
    {"http_auth_bearer", "?s", String, kHead, fetch_http_auth_bearer},
    {"http_auth_group", "u", String, kHead, fetch_http_auth_group},
    {"http_auth_pass", "", String, kHead, fetch_http_auth_pass},
    {"http_auth_type", "", String, kHead, fetch_http_auth_type},
    {"http_auth_user", "", String, kHead, fetch_http_auth_user},
};

}  // namespace

std::span<const FetchRow> login_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
