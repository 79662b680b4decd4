#include "admin/classic_assets.h"

// SLUICE_CLASSIC_DIR is the folder, given by CMake, which also knows that this file depends on
// them.
#define SLUICE_EMBED(symbol, file)                        \
  __asm__(                                                \
      ".section .rodata\n"                                \
      ".global sluice_" #symbol "_begin\nsluice_" #symbol \
      "_begin:\n"                                         \
      ".incbin \"" SLUICE_CLASSIC_DIR "/" file            \
      "\"\n"                                              \
      ".global sluice_" #symbol "_end\nsluice_" #symbol   \
      "_end:\n"                                           \
      ".byte 0\n.previous\n");                            \
  extern "C" {                                            \
  extern const char sluice_##symbol##_begin[];            \
  extern const char sluice_##symbol##_end[];              \
  }

SLUICE_EMBED(classic_template, "page.html")
SLUICE_EMBED(classic_style, "style.css")
SLUICE_EMBED(classic_script, "page.js")

namespace sluice::admin {

namespace {

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view classic_template() noexcept {
  return between(sluice_classic_template_begin, sluice_classic_template_end);
}
std::string_view classic_style() noexcept {
  return between(sluice_classic_style_begin, sluice_classic_style_end);
}
std::string_view classic_script() noexcept {
  return between(sluice_classic_script_begin, sluice_classic_script_end);
}

}  // namespace sluice::admin
