#include "net/tls/certificate_store.h"

#include <algorithm>
#include <string_view>

#include "base/files.h"

namespace sluice::net {

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
  base::Result<> done;
  if (base::files::is_folder(path)) {
    done = add_directory(path, list, warnings);
  } else if (base::files::exists(path)) {
    done = add_file(path, list, warnings);
  } else {
    for (const char* ending : {".rsa", ".ecdsa", ".dsa"}) {
      if (done && base::files::exists(path + ending))
        done = add_file(path + ending, list, warnings);
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
  const auto files = base::files::list(directory);
  if (!files) {
    return base::fail(base::ErrorKind::System,
                      "cannot read the directory '" + directory + "': " + files.error().detail,
                      files.error().code);
  }
  for (const std::string& file : *files) {
    if (is_reserved(file.substr(file.rfind('/') + 1))) continue;
    if (base::Result<> done = add_file(file, list, warnings); !done) return done;
  }
  if (!list.empty()) return {};
  return base::fail(base::ErrorKind::Tls,
                    "no certificate in the directory '" + directory +
                        "': put a PEM file with certificate, chain and key there");
}

}  // namespace sluice::net
