# The admin page, as a C++ source: SLUICE_UI_SOURCE. Its bundle is made again when one of its files
# changed; npm is asked only when package-lock.json changed.
set(SLUICE_UI_DIR ${CMAKE_SOURCE_DIR}/admin-ui)
set(SLUICE_UI_SOURCE ${CMAKE_BINARY_DIR}/admin-ui/ui_files.cc)
# What stands in its place where the page is left out; tests build it in any case.
set(SLUICE_NO_UI_SOURCE ${CMAKE_BINARY_DIR}/admin-ui/no_ui_files.cc)
file(GENERATE OUTPUT ${SLUICE_NO_UI_SOURCE} CONTENT
"// A build without the admin page (SLUICE_UI is OFF).
#include \"admin/ui_files.h\"

std::span<const sluice::admin::UiFile> sluice::admin::ui_files() noexcept { return {}; }
")

if(SLUICE_UI)
  find_program(SLUICE_NODE NAMES node nodejs)
  find_program(SLUICE_NPM NAMES npm)
  if(NOT SLUICE_NODE OR NOT SLUICE_NPM)
    message(FATAL_ERROR
      "The admin page is built by nodejs (18 or newer) and npm, and they are not both here. "
      "Install them (scripts/install page), or leave the page out: cmake -DSLUICE_UI=OFF.")
  endif()
  file(GLOB_RECURSE ui_sources CONFIGURE_DEPENDS ${SLUICE_UI_DIR}/src/*)
  add_custom_command(
    OUTPUT ${SLUICE_UI_SOURCE}
    COMMAND ${SLUICE_NODE} prepare.mjs build
    COMMAND ${SLUICE_NODE} build.mjs ${CMAKE_BINARY_DIR}/admin-ui/dist
    COMMAND ${SLUICE_NODE} embed.mjs ${CMAKE_BINARY_DIR}/admin-ui/dist ${SLUICE_UI_SOURCE}
    DEPENDS ${ui_sources} ${SLUICE_UI_DIR}/prepare.mjs ${SLUICE_UI_DIR}/build.mjs
            ${SLUICE_UI_DIR}/embed.mjs ${SLUICE_UI_DIR}/package-lock.json
            ${SLUICE_UI_DIR}/package.json
    WORKING_DIRECTORY ${SLUICE_UI_DIR}
    COMMENT "Building the admin page"
    VERBATIM)
else()
  set(SLUICE_UI_SOURCE ${SLUICE_NO_UI_SOURCE})
endif()
