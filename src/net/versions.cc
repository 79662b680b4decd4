#include "net/versions.h"

#include <openssl/crypto.h>
#include <uv.h>

namespace sluice::net {

std::vector<std::string> library_versions() {
  return {std::string("libuv ") + uv_version_string(), OpenSSL_version(OPENSSL_VERSION)};
}

}  // namespace sluice::net
