// What of the outside world a configuration was built from, kept as long as it is in force: a
// change at run time builds it again from the same answers, whatever became of the files meanwhile.
// Private keys are not kept: the TLS contexts made of them are (app/kept_resources.h). Control
// thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/opener.h"
#include "app/surroundings.h"

namespace sluice::app {

struct KeptAnswers {
  std::set<std::string> named;  // files and folders that were asked for, kept or not
  std::map<std::string, std::string> files;
  std::map<std::string, std::vector<base::Address>> hosts;
};

/// Gives what is kept; asks `beneath` for the rest, and keeps that.
class KeepingSurroundings final : public Surroundings, private base::files::View {
 public:
  /// Both outlive this.
  KeepingSurroundings(Surroundings& beneath, KeptAnswers& kept) : beneath_(beneath), kept_(kept) {}
  [[nodiscard]] base::files::View& files() override { return *this; }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override;

 private:
  base::Result<std::string> read(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& folder) override;
  bool is_folder(const std::string& path) override;
  bool exists(const std::string& path) override;
  Surroundings& beneath_;
  KeptAnswers& kept_;
};

/// By the privileged half where there is one, which is bothered only when something is asked for.
class SurroundingsOnDemand final : public Surroundings {
 public:
  /// `opener`: null, or outlives this.
  explicit SurroundingsOnDemand(Opener* opener) : opener_(opener) {}
  ~SurroundingsOnDemand() override;
  [[nodiscard]] base::files::View& files() override { return real().files(); }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override {
    return real().resolve(host);
  }

 private:
  [[nodiscard]] Surroundings& real();
  Opener* opener_;
  std::unique_ptr<Surroundings> real_;
};

/// Of `beneath`, the files that are named, and no others; every host. For a text that somebody else
/// wrote, who is to see no file by it.
class NamedSurroundings final : public Surroundings, private base::files::View {
 public:
  /// Both outlive this.
  NamedSurroundings(Surroundings& beneath, const std::set<std::string>& named)
      : beneath_(beneath), named_(named) {}
  [[nodiscard]] base::files::View& files() override { return *this; }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override {
    return beneath_.resolve(host);
  }

 private:
  base::Result<std::string> read(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& folder) override;
  bool is_folder(const std::string& path) override;
  bool exists(const std::string& path) override;
  Surroundings& beneath_;
  const std::set<std::string>& named_;
};

}  // namespace sluice::app
