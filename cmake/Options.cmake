# Build options, compiler flags and sanitizers.
option(SLUICE_TESTS "Build the tests" ON)
option(SLUICE_BENCH "Build the benchmarks" ON)
option(SLUICE_FUZZ "Build the fuzz targets (clang only)" OFF)
option(SLUICE_UI "Build the admin page (needs nodejs and npm)" ON)
option(SLUICE_PACKAGE "Install what a Debian package has, and let cpack make one" OFF)
# For the builds that we develop with: another compiler's warning must not stop a user's build, and
# GCC 12 takes string concatenations for overflows under the thread sanitizer and at -O3.
option(SLUICE_WERROR "Warnings are errors" OFF)
set(SLUICE_SANITIZE "" CACHE STRING "Sanitizers to build with: address, thread or empty")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# What every target of ours is compiled with.
add_library(sluice_flags INTERFACE)
target_compile_options(sluice_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${SLUICE_WERROR}>>:-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
  -fno-omit-frame-pointer)
target_include_directories(sluice_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(SLUICE_FUZZ)  # one build for both: fuzzers, and how much of the source they meet
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SLUICE_FUZZ needs clang")
  endif()
  target_compile_options(sluice_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
    -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(sluice_flags INTERFACE
    -fsanitize=address,undefined -fprofile-instr-generate)
elseif(SLUICE_SANITIZE STREQUAL "address")
  target_compile_options(sluice_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(sluice_flags INTERFACE -fsanitize=address,undefined)
elseif(SLUICE_SANITIZE STREQUAL "thread")
  target_compile_options(sluice_flags INTERFACE -fsanitize=thread)
  target_link_options(sluice_flags INTERFACE -fsanitize=thread)
endif()

# sluice_cacheable_headers(TARGET REVISION): what the compiler cache takes for the contents of the
# target's precompiled header (CCACHE_PCH_EXTSUM). The contents name the folder they were compiled
# in; with this, another checkout finds the same objects. REVISION changes with the list of headers.
function(sluice_cacheable_headers target revision)
  string(SHA256 sum "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS_DEBUG} \
${SLUICE_SANITIZE} ${revision}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum ${sum})
endfunction()
