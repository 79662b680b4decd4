#include "net/tls/certificate_store.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace sluice::net {

namespace fs = std::filesystem;

namespace {

bool is_reserved(std::string_view name) {
  if (name.empty() || name.front() == '.') return true;
  constexpr std::string_view kReserved[] = {".key", ".issuer", ".ocsp", ".sctl"};
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

base::Result<CertificateStore::List> CertificateStore::load(const std::string& path,
                                                            std::vector<std::string>& warnings) {
  List list;
  std::error_code code;
  base::Result<> done;
  if (fs::is_directory(path, code)) {
    done = add_directory(path, list, warnings);
  } else if (fs::exists(path, code) || code) {
    done = add_file(path, list, warnings);
  } else {
    for (const char* ending : {".rsa", ".ecdsa", ".dsa"}) {
      if (done && fs::exists(path + ending, code)) done = add_file(path + ending, list, warnings);
    }
    if (done && list.empty()) done = add_file(path, list, warnings);  // says that it doesn't exist
  }
  if (!done) return tl::unexpected(done.error());
  return list;
}

base::Result<> CertificateStore::add_file(const std::string& file, List& list,
                                          std::vector<std::string>& warnings) {
  std::shared_ptr<const Certificate>& known = by_file_[file];
  if (known == nullptr) {
    base::Result<std::shared_ptr<const Certificate>> loaded = Certificate::load(file, warnings);
    if (!loaded) return tl::unexpected(loaded.error());
    known = *loaded;
  }
  list.push_back(known);
  return {};
}

base::Result<> CertificateStore::add_directory(const std::string& directory, List& list,
                                               std::vector<std::string>& warnings) {
  std::error_code code;
  std::vector<std::string> files;
  fs::directory_iterator at(directory, code);
  for (; !code && at != fs::directory_iterator(); at.increment(code)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && !is_reserved(at->path().filename().string())) {
      files.push_back(at->path().string());
    }
  }
  if (code) {
    return base::fail(base::ErrorKind::System,
                      "cannot read the directory '" + directory + "': " + code.message(),
                      code.value());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    if (base::Result<> done = add_file(file, list, warnings); !done) return done;
  }
  if (!list.empty()) return {};
  return base::fail(base::ErrorKind::Tls,
                    "no certificate in the directory '" + directory +
                        "': put a PEM file with certificate, chain and key there");
}

}  // namespace sluice::net
