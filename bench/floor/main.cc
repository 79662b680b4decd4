// bench_floor LISTEN-PORT SERVER-PORT…: forwards 127.0.0.1:LISTEN-PORT to the servers in turn.
#include <uv.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "forwarder.h"

namespace {

sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_floor LISTEN-PORT SERVER-PORT...\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<sockaddr_in> servers;
  for (int i = 2; i < argc; ++i) servers.push_back(loopback(argv[i]));
  uv_loop_t* loop = uv_default_loop();
  const auto forwarder = std::make_unique<bench::Forwarder>(*loop, std::move(servers));
  if (!forwarder->listen(loopback(argv[1]))) {
    std::perror("bench_floor: listen");
    return 1;
  }
  return uv_run(loop, UV_RUN_DEFAULT);
}
