// TLS settings that bind lines, server lines and ssl-default-*-options share: versions by
// ssl-min-ver, ssl-max-ver, force-* and no-*; ciphers; ALPN lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/table.h"
#include "model/bind.h"

namespace sluice::config {

enum class TlsSide : unsigned char { Bind, Server };

/// The words of one line that name versions, applied when the line ends: like HAProxy, no-* words
/// count only where neither ssl-min-ver nor ssl-max-ver is given.
class TlsVersionWords {
 public:
  explicit TlsVersionWords(TlsSide side) : side_(side) {}

  /// The word is the name of `arguments`; takes the version that follows it.
  void take(Arguments& arguments);
  void apply(model::TlsOptions& options, Arguments& arguments) const;

 private:
  void apply_disabled(model::TlsOptions& options, Arguments& arguments) const;

  TlsSide side_;
  model::TlsVersion min_ = model::TlsVersion::Unset;
  model::TlsVersion max_ = model::TlsVersion::Unset;
  unsigned disabled_ = 0;  // bit N: version N of the enum
};

/// The rows of those words, for any table of options; they need Context::tls_versions.
template <class Target>
[[nodiscard]] std::vector<OptionRow<Target>> tls_version_rows() {
  constexpr auto parse = [](Context& context, Target&, Arguments& arguments) {
    context.tls_versions->take(arguments);
  };
  constexpr Support kYes = Support::Implemented;
  return {
      {"ssl-min-ver", "<version>", kYes, parse, "the oldest TLS version that is spoken"},
      {"ssl-max-ver", "<version>", kYes, parse, "the newest TLS version that is spoken"},
      {"force-sslv3", "", Support::Unsupported, nullptr,
       "SSL 3.0 is not spoken (RFC 7568): force-tlsv12 or force-tlsv13 may serve"},
      {"force-tlsv10", "", kYes, parse, "TLS 1.0 alone"},
      {"force-tlsv11", "", kYes, parse, "TLS 1.1 alone"},
      {"force-tlsv12", "", kYes, parse, "TLS 1.2 alone"},
      {"force-tlsv13", "", kYes, parse, "TLS 1.3 alone"},
      {"no-sslv3", "", kYes, parse, "no SSL 3.0"},
      {"no-tlsv10", "", kYes, parse, "no TLS 1.0"},
      {"no-tlsv11", "", kYes, parse, "no TLS 1.1"},
      {"no-tlsv12", "", kYes, parse, "no TLS 1.2"},
      {"no-tlsv13", "", kYes, parse, "no TLS 1.3"},
  };
}

/// Rows of one table followed by those of another.
template <class Target>
[[nodiscard]] std::vector<OptionRow<Target>> joined(std::vector<OptionRow<Target>> first,
                                                    const std::vector<OptionRow<Target>>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// "h2,http/1.1" as a list. h2 is left out with a warning: it is not offered yet.
[[nodiscard]] std::vector<std::string> alpn_list(const base::Word& word, Arguments& arguments);

/// `directory`/`path`, or `path` alone where it is absolute or no directory was given.
[[nodiscard]] std::string based_on(std::string_view directory, std::string_view path);

}  // namespace sluice::config
