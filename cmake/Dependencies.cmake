# Finds every library; each is linked by the one room that may use it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(tl-expected 1.0 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(libcrypt REQUIRED IMPORTED_TARGET libxcrypt)
pkg_check_modules(libcares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
target_compile_definitions(PkgConfig::pcre2 INTERFACE PCRE2_CODE_UNIT_WIDTH=8)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# llhttp: a library where the system has one, else the C sources of Debian's node-llhttp.
pkg_check_modules(llhttp QUIET IMPORTED_TARGET libllhttp)
if(llhttp_FOUND)
  add_library(sluice_llhttp INTERFACE)
  target_link_libraries(sluice_llhttp INTERFACE PkgConfig::llhttp)
else()
  find_path(LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH REQUIRED)
  find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH REQUIRED)
  add_library(sluice_llhttp STATIC
    ${LLHTTP_SOURCES}/llhttp.c ${LLHTTP_SOURCES}/api.c ${LLHTTP_SOURCES}/http.c)
  target_include_directories(sluice_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  # Without strict mode 8.1 accepts request smuggling (CVE-2023-30589).
  target_compile_definitions(sluice_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  target_compile_options(sluice_llhttp PRIVATE -O3)
  target_link_libraries(sluice_llhttp PRIVATE sluice_flags)  # sanitizers look into it too
endif()
