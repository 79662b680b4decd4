// Where the process listens, and the certificates that it shows there.
#include <cmath>
#include <set>

#include "admin/api.h"
#include "net/tls/tls_server_context.h"

namespace sluice::admin {

namespace {

constexpr double kDayS = 86'400;

Json listener_object(const control::FrontendRuntime& frontend, const control::BindRuntime& bind,
                     std::size_t number) {
  const model::Bind& config = *bind.config;
  const std::string name = config.name.empty() ? std::to_string(number) : config.name;
  model::FrontendLive& live = *frontend.live;
  const model::Limiter& limiter = bind.limiter != nullptr ? *bind.limiter : live.limiter;
  const bool full = limiter.max() != 0 && !limiter.has_room();
  Json out = {{"key", "l:" + frontend.config->name + "/" + name},
              {"pxname", frontend.config->name},
              {"name", name},
              {"addr", config.inherited_fd ? "fd@" + std::to_string(*config.inherited_fd)
                                           : config.address.to_string()},
              {"ssl", config.tls},
              {"alpn", config.alpn},
              {"status", !live.enabled ? "PAUSED"
                         : full        ? "FULL"
                                       : "OPEN"},
              {"scur", bind.live != nullptr      ? bind.live->sessions.value()
                       : bind.limiter != nullptr ? bind.limiter->used()
                                                 : live.sessions.value()},
              {"slim", limiter.max()},
              {"file", config.span.file_name()},
              {"line", config.span.line}};
  Json files = Json::array();
  if (bind.tls != nullptr) {
    for (const auto& each :
         static_cast<const net::TlsServerContext*>(bind.tls.get())->certificates())
      files.push_back(each->file());
  }
  out["certificates"] = std::move(files);
  return out;
}

Json certificate_object(const net::Certificate& certificate, double now_s) {
  const net::CertificateFacts facts = certificate.facts();
  return {{"file", certificate.file()},
          {"subject", facts.subject},
          {"names", certificate.names()},
          {"issuer", facts.issuer},
          {"serial", facts.serial},
          {"algorithm", facts.algorithm},
          {"not_before", facts.not_before},
          {"not_after", facts.not_after},
          {"days_left", static_cast<std::int64_t>(
                            std::floor((static_cast<double>(facts.not_after) - now_s) / kDayS))}};
}

}  // namespace

http::ServiceReply get_listeners(Api& api, const ApiCall&) {
  const auto snapshot = api.view().snapshot();
  Json listeners = Json::array();
  Json certificates = Json::array();
  std::set<std::string> seen;
  for (const auto& frontend : snapshot->frontends) {
    std::size_t number = 0;
    for (const auto& bind : frontend->binds) {
      listeners.push_back(listener_object(*frontend, *bind, ++number));
      if (bind->tls == nullptr) continue;
      for (const auto& each :
           static_cast<const net::TlsServerContext*>(bind->tls.get())->certificates()) {
        if (seen.insert(each->file()).second)
          certificates.push_back(certificate_object(*each, api.model().now_s()));
      }
    }
  }
  return json_reply(
      {{"listeners", std::move(listeners)}, {"certificates", std::move(certificates)}});
}

}  // namespace sluice::admin
