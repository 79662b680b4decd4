// What stands behind the pages. The monolith keeps its data itself (LocalBacking); the frontend
// asks the thoughts and users services over HTTP (RemoteBacking). Answers may come later, each
// exactly once. Errors: Denied (bad session, wrong password), Limit (a thought that is empty or too
// long); any other kind: the service did not answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "demo/http_client.h"
#include "demo/stores.h"

namespace sluice::demo {

class Backing {
 public:
  using Thoughts = std::function<void(base::Result<std::vector<Thought>>)>;
  using Token = std::function<void(base::Result<std::string>)>;
  using Added = std::function<void(base::Result<>)>;

  virtual ~Backing() = default;
  virtual void search(const std::string& text, Thoughts done) = 0;
  virtual void mine(const std::string& token, Thoughts done) = 0;
  virtual void add(const std::string& token, const std::string& text, Added done) = 0;
  virtual void log_in(const std::string& user, const std::string& password, Token done) = 0;
};

class LocalBacking final : public Backing {
 public:
  void search(const std::string& text, Thoughts done) override;
  void mine(const std::string& token, Thoughts done) override;
  void add(const std::string& token, const std::string& text, Added done) override;
  void log_in(const std::string& user, const std::string& password, Token done) override;

 private:
  ThoughtStore thoughts_;
  UserStore users_;
};

class RemoteBacking final : public Backing {
 public:
  RemoteBacking(net::Loop& loop, const base::Address& thoughts, const base::Address& users)
      : client_(loop), thoughts_(thoughts), users_(users) {}
  void search(const std::string& text, Thoughts done) override;
  void mine(const std::string& token, Thoughts done) override;
  void add(const std::string& token, const std::string& text, Added done) override;
  void log_in(const std::string& user, const std::string& password, Token done) override;

 private:
  HttpClient client_;
  base::Address thoughts_;
  base::Address users_;
};

}  // namespace sluice::demo
