#include "base/password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

namespace sluice::base::password {

bool is_known_hash(const std::string& hash) {
  const int answer = crypt_checksalt(hash.c_str());
  return answer != CRYPT_SALT_INVALID && answer != CRYPT_SALT_METHOD_DISABLED;
}

bool matches(const std::string& clear, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = crypt_r(clear.c_str(), hash.c_str(), data.get());
  // A failure is told by null or by a text that begins with '*'.
  const bool same = made != nullptr && made[0] != '*' && equal_in_constant_time(made, hash);
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same && clear.find('\0') == std::string::npos;
}

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i] ^ expected);
  }
  return difference == 0;
}

Key random_key() {
  Key key{};
  (void)RAND_bytes(key.data(), static_cast<int>(key.size()));
  return key;
}

std::string random_token() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
  return out;
}

std::string fingerprint(const Key& key, std::string_view clear, std::string_view hash) {
  std::string text(hash);
  text += '\0';
  text += clear;
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  forget(text);
  return out;
}

void forget(std::string& clear) {
  OPENSSL_cleanse(clear.data(), clear.size());
  clear.clear();
}

}  // namespace sluice::base::password
