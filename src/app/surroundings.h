// What of the world outside a configuration is built from: the content of the files that it names,
// and the addresses of the hosts. Asked for itself; recorded while that is done; or given from such
// a record, where the process has no right to look for itself (app/opener.h).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/files.h"
#include "base/result.h"

namespace sluice::app {

class Surroundings {
 public:
  virtual ~Surroundings() = default;
  [[nodiscard]] virtual base::files::View& files() = 0;
  [[nodiscard]] virtual base::Result<std::vector<base::Address>> resolve(
      const std::string& host) = 0;
};

/// As the process sees them. Blocks on files and on the system's resolver.
class OwnSurroundings : public Surroundings {
 public:
  [[nodiscard]] base::files::View& files() override { return base::files::own_view(); }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override;
};

/// What was asked, and what the answer was: texts, or an error's code and words.
class Record {
 public:
  struct Answer {
    int code = -1;  // of an error; -1: none
    base::ErrorKind kind = base::ErrorKind::System;
    std::vector<std::string> texts;
  };
  /// `what` is one of "read", "list", "folder", "exists", "resolve".
  void note(std::string_view what, const std::string& name, Answer answer);
  [[nodiscard]] const Answer* find(std::string_view what, const std::string& name) const;
  [[nodiscard]] std::string to_bytes() const;
  /// Nothing where the bytes are cut short.
  [[nodiscard]] static std::unique_ptr<Record> from_bytes(std::string_view bytes);

 private:
  std::map<std::pair<std::string, std::string>, Answer> answers_;
};

class RecordingSurroundings final : public OwnSurroundings, private base::files::View {
 public:
  [[nodiscard]] base::files::View& files() override { return *this; }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override;
  [[nodiscard]] const Record& record() const { return record_; }

 private:
  base::Result<std::string> read(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& folder) override;
  bool is_folder(const std::string& path) override;
  bool exists(const std::string& path) override;
  Record record_;
};

class RecordedSurroundings final : public Surroundings, private base::files::View {
 public:
  explicit RecordedSurroundings(std::unique_ptr<Record> record) : record_(std::move(record)) {}
  [[nodiscard]] base::files::View& files() override { return *this; }
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(const std::string& host) override;

 private:
  [[nodiscard]] base::Result<std::vector<std::string>> answer(std::string_view what,
                                                              const std::string& name) const;
  base::Result<std::string> read(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& folder) override;
  bool is_folder(const std::string& path) override;
  bool exists(const std::string& path) override;
  std::unique_ptr<Record> record_;
};

}  // namespace sluice::app
