// Fetches from the client's connection and its TLS session (manual §7.3.3 and §7.3.4).
#include <cstring>

#include "rules/fetch_table.h"

namespace sluice::rules {

namespace {

using model::ConnectionFacts;
using model::TlsFacts;

bool yield_address(const base::Address& address, Sample& sample) {
  sample = Sample::of_address(address);
  return sample.type == SampleType::Ip;
}

bool yield_port(const base::Address& address, Sample& sample) {
  if (!address.is_ip()) return false;
  sample = Sample::of_int(address.port());
  return true;
}

bool fetch_source(FetchContext& context, Sample& sample) {
  const ConnectionFacts* facts = context.evaluation.connection;
  return facts != nullptr && yield_address(facts->source, sample);
}

bool fetch_source_port(FetchContext& context, Sample& sample) {
  const ConnectionFacts* facts = context.evaluation.connection;
  return facts != nullptr && yield_port(facts->source, sample);
}

bool fetch_destination(FetchContext& context, Sample& sample) {
  const ConnectionFacts* facts = context.evaluation.connection;
  return facts != nullptr && yield_address(facts->destination, sample);
}

bool fetch_destination_port(FetchContext& context, Sample& sample) {
  const ConnectionFacts* facts = context.evaluation.connection;
  return facts != nullptr && yield_port(facts->destination, sample);
}

bool fetch_http_major(FetchContext& context, Sample& sample) {
  const http::Head* head = context.evaluation.request;
  sample = Sample::of_int(head != nullptr && head->version == http::Version::Http2 ? 2 : 1);
  return true;
}

bool fetch_listener_name(FetchContext& context, Sample& sample) {
  const ConnectionFacts* facts = context.evaluation.connection;
  if (facts == nullptr || facts->bind_name.empty()) return false;
  sample = Sample::of_text(facts->bind_name);
  return true;
}

const TlsFacts* tls_of(FetchContext& context) {
  const ConnectionFacts* facts = context.evaluation.connection;
  return facts == nullptr ? nullptr : facts->tls;
}

bool fetch_is_tls(FetchContext& context, Sample& sample) {
  sample = Sample::of_bool(tls_of(context) != nullptr);
  return true;
}

template <std::string_view TlsFacts::*member>
bool fetch_tls_text(FetchContext& context, Sample& sample) {
  const TlsFacts* tls = tls_of(context);
  if (tls == nullptr || (tls->*member).empty()) return false;
  sample = Sample::of_text(tls->*member);
  return true;
}

bool fetch_is_resumed(FetchContext& context, Sample& sample) {
  const TlsFacts* tls = tls_of(context);
  sample = Sample::of_bool(tls != nullptr && tls->resumed);
  return true;
}

bool fetch_has_sni(FetchContext& context, Sample& sample) {
  const TlsFacts* tls = tls_of(context);
  sample = Sample::of_bool(tls != nullptr && !tls->sni.empty());
  return true;
}

using enum SampleType;
constexpr FetchRow kRows[] = {
    {"dst", "", Ip, kAnywhere, fetch_destination},
    {"dst_port", "", Int, kAnywhere, fetch_destination_port},
    {"fc_dst", "", Ip, kAnywhere, fetch_destination},
    {"fc_dst_port", "", Int, kAnywhere, fetch_destination_port},
    {"fc_http_major", "", Int, kAnywhere, fetch_http_major},
    {"fc_src", "", Ip, kAnywhere, fetch_source},
    {"fc_src_port", "", Int, kAnywhere, fetch_source_port},
    {"so_name", "", String, kAnywhere, fetch_listener_name},
    {"src", "", Ip, kAnywhere, fetch_source},
    {"src_port", "", Int, kAnywhere, fetch_source_port},
    {"ssl_fc", "", Bool, kTls, fetch_is_tls},
    {"ssl_fc_alpn", "", String, kTls, fetch_tls_text<&TlsFacts::alpn>},
    {"ssl_fc_cipher", "", String, kTls, fetch_tls_text<&TlsFacts::cipher>},
    {"ssl_fc_has_sni", "", Bool, kTls, fetch_has_sni},
    {"ssl_fc_is_resumed", "", Bool, kTls, fetch_is_resumed},
    {"ssl_fc_protocol", "", String, kTls, fetch_tls_text<&TlsFacts::protocol>},
    {"ssl_fc_sni", "", String, kTls, fetch_tls_text<&TlsFacts::sni>},
};

}  // namespace

std::span<const FetchRow> connection_fetches() noexcept { return kRows; }

}  // namespace sluice::rules
