// The files of the admin page, embedded in the program: a generated source has them gzipped
// (admin-ui/embed.mjs). Empty where the program was built without the page (SLUICE_UI=OFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::admin {

struct UiFile {
  std::string_view path;  // below /ui/: "index.html", "page-0123456789ab.js"
  std::string_view content_type;
  std::span<const unsigned char> gzip;
  std::size_t plain_bytes;
  std::string_view tag;  // of the plain bytes, for an entity tag
  /// Whether a browser may keep the file without asking again: its name says what is in it.
  enum class Keep : std::uint8_t { Ask, ForEver } keep;
};

[[nodiscard]] std::span<const UiFile> ui_files() noexcept;

}  // namespace sluice::admin
