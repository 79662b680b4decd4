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
  endif()
  target_link_libraries(sluice_${name} ${kind} sluice_flags)
  foreach(room ${ROOM_ROOMS})
    target_link_libraries(sluice_${name} ${kind} sluice_${room})
  endforeach()
  if(ROOM_LINKS)
    target_link_libraries(sluice_${name} ${kind} ${ROOM_LINKS})
  endif()
endfunction()
