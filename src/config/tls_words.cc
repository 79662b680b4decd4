#include "config/tls_words.h"

#include <array>
#include <optional>

#include "base/text.h"

namespace sluice::config {
namespace {

using model::TlsVersion;

struct NamedVersion {
  std::string_view value;  // of ssl-min-ver
  std::string_view word;   // of no-* and force-*
  TlsVersion version;
};

constexpr std::array<NamedVersion, 5> kVersions = {{
    {"SSLv3", "sslv3", TlsVersion::Ssl3},
    {"TLSv1.0", "tlsv10", TlsVersion::Tls10},
    {"TLSv1.1", "tlsv11", TlsVersion::Tls11},
    {"TLSv1.2", "tlsv12", TlsVersion::Tls12},
    {"TLSv1.3", "tlsv13", TlsVersion::Tls13},
}};

constexpr unsigned bit(TlsVersion version) { return 1U << static_cast<unsigned>(version); }

TlsVersion by_word(std::string_view word) {
  for (const NamedVersion& row : kVersions) {
    if (row.word == word) return row.version;
  }
  return TlsVersion::Unset;
}

TlsVersion by_value(Arguments& arguments) {
  const base::Word* value = arguments.expect("a version, such as TLSv1.2");
  if (value == nullptr) return TlsVersion::Unset;
  for (const NamedVersion& row : kVersions) {
    if (row.value == value->text) return row.version;
  }
  constexpr std::array<std::string_view, 5> kChoices = {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2",
                                                        "TLSv1.3"};
  arguments.error_choice(*value, kChoices);
  return TlsVersion::Unset;
}

}  // namespace

void TlsVersionWords::take(Arguments& arguments) {
  const std::string_view word = arguments.name();
  if (word == "ssl-min-ver")
    min_ = by_value(arguments);
  else if (word == "ssl-max-ver")
    max_ = by_value(arguments);
  else if (word.starts_with("force-"))
    min_ = max_ = by_word(word.substr(6));
  else
    disabled_ |= bit(by_word(word.substr(3)));
}

void TlsVersionWords::apply(model::TlsOptions& options, Arguments& arguments) const {
  if (min_ != TlsVersion::Unset) options.min_version = min_;
  if (max_ != TlsVersion::Unset) options.max_version = max_;
  if (max_ == TlsVersion::Ssl3) {
    arguments.error("ssl-max-ver SSLv3 leaves no version: SSL 3.0 is not spoken (RFC 7568)",
                    "use ssl-min-ver TLSv1.2, or leave the word out");
    return;
  }
  if (options.max_version != TlsVersion::Unset && options.min_version > options.max_version) {
    arguments.error("ssl-min-ver is above ssl-max-ver: no version is left");
  }
  if (disabled_ == 0) return;
  if (min_ != TlsVersion::Unset || max_ != TlsVersion::Unset) {
    arguments.warning(
        "no-sslv3, no-tlsv10 and their kin have no effect beside ssl-min-ver, "
        "ssl-max-ver and force-*",
        "leave them out");
    return;
  }
  apply_disabled(options, arguments);
}

// The default minimum stays TLS 1.2 on bind lines, and SSL 3.0 is never spoken; forbidding what is
// older changes nothing.
void TlsVersionWords::apply_disabled(model::TlsOptions& options, Arguments& arguments) const {
  const TlsVersion floor = side_ == TlsSide::Bind ? TlsVersion::Tls12 : TlsVersion::Tls10;
  TlsVersion lowest = TlsVersion::Unset;
  TlsVersion highest = TlsVersion::Unset;
  bool hole = false;
  for (const NamedVersion& row : kVersions) {
    if (row.version < floor) continue;
    if ((disabled_ & bit(row.version)) != 0) {
      hole = lowest != TlsVersion::Unset;
      continue;
    }
    if (lowest == TlsVersion::Unset)
      lowest = row.version;
    else if (hole) {
      arguments.error("these words forbid a TLS version between two that are allowed",
                      "use ssl-min-ver and ssl-max-ver");
      return;
    }
    highest = row.version;
  }
  if (lowest == TlsVersion::Unset) {
    arguments.error("these words forbid every TLS version");
    return;
  }
  if (lowest != floor) options.min_version = lowest;
  if (highest != TlsVersion::Tls13) options.max_version = highest;
}

std::vector<std::string> alpn_list(const base::Word& word, Arguments& arguments) {
  std::vector<std::string> out;
  base::for_each_element(word.text, [&](std::string_view protocol) {
    if (protocol == "h2") {
      arguments.warning(word.span, "h2 is not offered yet and left out of this list",
                        "clients and servers fall back to HTTP/1.1");
    } else {
      out.emplace_back(protocol);
    }
  });
  return out;
}

std::string based_on(std::string_view directory, std::string_view path) {
  if (directory.empty() || path.starts_with('/')) return std::string(path);
  std::string out(directory);
  if (!out.ends_with('/')) out += '/';
  return out.append(path);
}

}  // namespace sluice::config
