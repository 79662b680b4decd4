// Certificates keyed by file name: a file that several bind lines name is read once. Filled by the
// control thread while contexts are made; contexts keep the certificates that they use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/tls/certificate.h"

namespace sluice::net {

class CertificateStore {
 public:
  using List = std::vector<std::shared_ptr<const Certificate>>;

  /// What a crt argument names: a file; a directory, whose files are taken in alphabetic order (but
  /// for hidden ones and .key, .issuer, .ocsp, .sctl); or a bundle FILE.rsa, FILE.ecdsa, FILE.dsa.
  [[nodiscard]] base::Result<List> load(const std::string& path,
                                        std::vector<std::string>& warnings);

 private:
  [[nodiscard]] base::Result<> add_file(const std::string& file, List& list,
                                        std::vector<std::string>& warnings);
  [[nodiscard]] base::Result<> add_directory(const std::string& directory, List& list,
                                             std::vector<std::string>& warnings);
  std::map<std::string, std::shared_ptr<const Certificate>> by_file_;
};

}  // namespace sluice::net
