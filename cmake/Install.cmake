# cmake --install: the program, its manual, what completes its command lines, the systemd unit, and
# samples of configurations. What belongs below /etc is an administrator's, so only a package brings
# it. Paths are fixed when the build is configured (CMAKE_INSTALL_PREFIX); DESTDIR stages.
include(GNUInstallDirs)

set(SLUICE_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system CACHE STRING
    "Where the systemd unit is installed")
set(SLUICE_BASH_DIR ${CMAKE_INSTALL_DATADIR}/bash-completion/completions CACHE STRING
    "Where bash looks for completions")
set(SLUICE_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
    "Where zsh looks for completions")

set(SLUICE_PROGRAM ${CMAKE_INSTALL_FULL_BINDIR}/sluice)
set(SLUICE_CONFIGURATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/sluice/sluice.cfg)
set(shipped ${CMAKE_BINARY_DIR}/shipped)
configure_file(packaging/sluice.service.in ${shipped}/sluice.service @ONLY)

# The program writes its manual and its completions from its own tables.
install(CODE "set(program \"$<TARGET_FILE:sluice>\")\nset(folder \"${shipped}\")")
install(SCRIPT cmake/write-shipped.cmake)

install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${shipped}/sluice.bash DESTINATION ${SLUICE_BASH_DIR} RENAME sluice)
install(FILES ${shipped}/sluice.zsh DESTINATION ${SLUICE_ZSH_DIR} RENAME _sluice)
install(FILES ${shipped}/sluice.service DESTINATION ${SLUICE_UNIT_DIR})
install(DIRECTORY conf/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
if(SLUICE_PACKAGE)
  include(Package)
else()
  install(FILES ${shipped}/sluice.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${shipped}/sluice.cfg.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
endif()
