#include "app/surroundings.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace sluice::app {

namespace {

using base::Address;
using base::Result;

void append_number(std::string& out, std::uint32_t number) {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  out.append(bytes, sizeof(number));
}

void append_text(std::string& out, const std::string& text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

/// Takes what append_number and append_text wrote; false when it is cut short.
bool take_number(std::string_view& from, std::uint32_t& number) {
  if (from.size() < sizeof(number)) return false;
  std::memcpy(&number, from.data(), sizeof(number));
  from.remove_prefix(sizeof(number));
  return true;
}

bool take_text(std::string_view& from, std::string& text) {
  std::uint32_t size = 0;
  if (!take_number(from, size) || from.size() < size) return false;
  text.assign(from.substr(0, size));
  from.remove_prefix(size);
  return true;
}

Record::Answer of_error(const base::Error& error) {
  return {error.code, error.kind, {error.detail}};
}
Record::Answer of_truth(bool truth) {
  return {-1, {}, truth ? std::vector<std::string>{"yes"} : std::vector<std::string>{}};
}

}  // namespace

base::Result<std::vector<base::Address>> OwnSurroundings::resolve(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    const int system_error = code == EAI_SYSTEM ? errno : 0;
    return base::fail(base::ErrorKind::NotFound,
                      "could not resolve '" + name + "': " + ::gai_strerror(code), system_error);
  }
  std::vector<base::Address> out;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    const base::Address address = base::Address::from_sockaddr(each->ai_addr, each->ai_addrlen);
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  }
  ::freeaddrinfo(found);
  if (out.empty()) return base::fail(base::ErrorKind::NotFound, "'" + name + "' has no IP address");
  return out;
}

void Record::note(std::string_view what, const std::string& name, Answer answer) {
  answers_.insert_or_assign({std::string(what), name}, std::move(answer));
}

const Record::Answer* Record::find(std::string_view what, const std::string& name) const {
  const auto found = answers_.find({std::string(what), name});
  return found == answers_.end() ? nullptr : &found->second;
}

std::string Record::to_bytes() const {
  std::string out;
  append_number(out, static_cast<std::uint32_t>(answers_.size()));
  for (const auto& [question, answer] : answers_) {
    append_text(out, question.first);
    append_text(out, question.second);
    append_number(out, static_cast<std::uint32_t>(answer.code));
    append_number(out, static_cast<std::uint32_t>(answer.kind));
    append_number(out, static_cast<std::uint32_t>(answer.texts.size()));
    for (const std::string& text : answer.texts) append_text(out, text);
  }
  return out;
}

std::unique_ptr<Record> Record::from_bytes(std::string_view bytes) {
  auto out = std::make_unique<Record>();
  std::uint32_t count = 0;
  if (!take_number(bytes, count)) return nullptr;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string what, name;
    std::uint32_t code = 0, kind = 0, texts = 0;
    if (!take_text(bytes, what) || !take_text(bytes, name) || !take_number(bytes, code) ||
        !take_number(bytes, kind) || !take_number(bytes, texts))
      return nullptr;
    Answer answer{static_cast<int>(code), static_cast<base::ErrorKind>(kind), {}};
    for (std::uint32_t j = 0; j < texts; ++j) {
      if (!take_text(bytes, answer.texts.emplace_back())) return nullptr;
    }
    out->note(what, name, std::move(answer));
  }
  return out;
}

Result<std::string> RecordingSurroundings::read(const std::string& path) {
  auto text = base::files::own_view().read(path);
  record_.note("read", path, text ? Record::Answer{-1, {}, {*text}} : of_error(text.error()));
  return text;
}

Result<std::vector<std::string>> RecordingSurroundings::list(const std::string& folder) {
  auto names = base::files::own_view().list(folder);
  record_.note("list", folder, names ? Record::Answer{-1, {}, *names} : of_error(names.error()));
  return names;
}

bool RecordingSurroundings::is_folder(const std::string& path) {
  const bool is = base::files::own_view().is_folder(path);
  record_.note("folder", path, of_truth(is));
  return is;
}

bool RecordingSurroundings::exists(const std::string& path) {
  const bool does = base::files::own_view().exists(path);
  record_.note("exists", path, of_truth(does));
  return does;
}

Result<std::vector<Address>> RecordingSurroundings::resolve(const std::string& host) {
  auto found = OwnSurroundings::resolve(host);
  if (!found) {
    record_.note("resolve", host, of_error(found.error()));
    return found;
  }
  Record::Answer answer;
  for (const Address& address : *found) answer.texts.push_back(address.host());
  record_.note("resolve", host, std::move(answer));
  return found;
}

Result<std::vector<std::string>> RecordedSurroundings::answer(std::string_view what,
                                                              const std::string& name) const {
  const Record::Answer* found = record_->find(what, name);
  if (found == nullptr) return base::fail(base::ErrorKind::System, std::strerror(EACCES), EACCES);
  if (found->code >= 0)
    return base::fail(found->kind, found->texts.empty() ? "" : found->texts.front(), found->code);
  return found->texts;
}

Result<std::string> RecordedSurroundings::read(const std::string& path) {
  auto texts = answer("read", path);
  if (!texts) return tl::unexpected(texts.error());
  return texts->empty() ? std::string() : std::move(texts->front());
}

Result<std::vector<std::string>> RecordedSurroundings::list(const std::string& folder) {
  return answer("list", folder);
}

bool RecordedSurroundings::is_folder(const std::string& path) {
  const auto texts = answer("folder", path);
  return texts && !texts->empty();
}

bool RecordedSurroundings::exists(const std::string& path) {
  const auto texts = answer("exists", path);
  return texts && !texts->empty();
}

Result<std::vector<Address>> RecordedSurroundings::resolve(const std::string& host) {
  const auto texts = answer("resolve", host);
  if (!texts) return tl::unexpected(texts.error());
  std::vector<Address> out;
  for (const std::string& text : *texts) {
    if (auto address = Address::from_ip(text, 0)) out.push_back(*address);
  }
  return out;
}

}  // namespace sluice::app
