# sluice_room(NAME SOURCES… [LINKS …]): one library per folder of src/, named sluice_NAME.
# Every room depends on the include check, so a wrong include fails before it compiles.
file(GLOB_RECURSE SLUICE_ALL_SOURCES CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/src/*.cc ${CMAKE_SOURCE_DIR}/src/*.h)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/include-table.stamp
  COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/include-table ${CMAKE_SOURCE_DIR}
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/include-table.stamp
  DEPENDS ${CMAKE_SOURCE_DIR}/tests/tidy/include-table ${SLUICE_ALL_SOURCES}
  COMMENT "Checking which room includes what")
add_custom_target(include_table DEPENDS ${CMAKE_BINARY_DIR}/include-table.stamp)

# The standard headers that most files name, compiled once for the builds that tests are made of.
# Every file still includes what it uses: the release build has no precompiled header, nor has
# the fuzzers' (their coverage would count it).
option(SLUICE_PCH "Precompile the standard library's headers" OFF)
if(SLUICE_PCH)
  file(WRITE ${CMAKE_BINARY_DIR}/standard_headers.cc "")
  add_library(sluice_standard_headers OBJECT ${CMAKE_BINARY_DIR}/standard_headers.cc)
  target_link_libraries(sluice_standard_headers PRIVATE sluice_flags)
  target_precompile_headers(sluice_standard_headers PRIVATE
    <algorithm> <array> <atomic> <cerrno> <cstddef> <cstdint> <cstdio> <cstdlib> <cstring>
    <functional> <limits> <map> <memory> <mutex> <optional> <span> <string> <string_view>
    <unordered_map> <utility> <vector>)
  sluice_cacheable_headers(sluice_standard_headers 1)
endif()

function(sluice_room name)
  cmake_parse_arguments(ROOM "" "" "ROOMS;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  if(NOT sources)
    add_library(sluice_${name} INTERFACE)
    set(kind INTERFACE)
  else()
    add_library(sluice_${name} STATIC ${sources})
    set(kind PUBLIC)
    add_dependencies(sluice_${name} include_table)
    if(SLUICE_PCH)
      target_precompile_headers(sluice_${name} REUSE_FROM sluice_standard_headers)
    endif()
  endif()
  target_link_libraries(sluice_${name} ${kind} sluice_flags)
  foreach(room ${ROOM_ROOMS})
    target_link_libraries(sluice_${name} ${kind} sluice_${room})
  endforeach()
  if(ROOM_LINKS)
    target_link_libraries(sluice_${name} ${kind} ${ROOM_LINKS})
  endif()
endfunction()
