// bench_floor [--tls PEM] LISTEN-PORT SERVER…: forwards 127.0.0.1:LISTEN-PORT to the servers in
// turn. A server is ADDRESS:PORT or a port of 127.0.0.1; PEM holds certificate and key.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <uv.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "forwarder.h"

namespace {

sockaddr_in address_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string host(colon == std::string_view::npos ? "127.0.0.1" : text.substr(0, colon));
  const std::string port(colon == std::string_view::npos ? text : text.substr(colon + 1));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

/// TLS 1.3 with AES-128-GCM, without resumption; null when the file is not usable.
SSL_CTX* tls_context(const char* file) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  if (SSL_CTX_use_certificate_chain_file(context, file) == 1 &&
      SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1) {
    return context;
  }
  SSL_CTX_free(context);
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const bool with_tls = argc > 2 && std::string_view(argv[1]) == "--tls";
  const int first = with_tls ? 3 : 1;
  if (argc < first + 2) {
    std::fprintf(stderr, "usage: bench_floor [--tls PEM] LISTEN-PORT SERVER...\n");
    return 2;
  }
  SSL_CTX* tls = with_tls ? tls_context(argv[2]) : nullptr;
  if (with_tls && tls == nullptr) {
    std::fprintf(stderr, "bench_floor: %s: no certificate and key\n", argv[2]);
    return 1;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<sockaddr_in> servers;
  for (int i = first + 1; i < argc; ++i) servers.push_back(address_of(argv[i]));
  uv_loop_t* loop = uv_default_loop();
  const auto forwarder = std::make_unique<bench::Forwarder>(*loop, std::move(servers), tls);
  if (!forwarder->listen(address_of(argv[first]))) {
    std::perror("bench_floor: listen");
    return 1;
  }
  return uv_run(loop, UV_RUN_DEFAULT);
}
