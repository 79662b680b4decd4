# The Debian package, by CPack: what an installation has, and what belongs to Debian alone. Included
# by Install.cmake where SLUICE_PACKAGE is on (the preset `package`; scripts/package builds it).
file(STRINGS src/app/version.h release_date REGEX "kReleaseDate")
string(REGEX MATCH "[0-9]+/[0-9]+/[0-9]+" release_date "${release_date}")
execute_process(COMMAND date --utc --date=${release_date} "+%a, %d %b %Y %H:%M:%S %z"
  OUTPUT_VARIABLE SLUICE_RELEASE_DATE OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VENDOR "Sluice")
set(SLUICE_MAINTAINER "Sluice maintainers <maintainers@sluice.invalid>" CACHE STRING
    "Who answers for the package: a name and an address")
set(CPACK_PACKAGE_CONTACT "${SLUICE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "reverse proxy and load balancer that speaks HAProxy's language")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Sluice balances HTTP and TCP over servers, and moves live traffic off a
monolith onto services, a route at a time. It reads HAProxy's configuration,
or an INI file of the same words, and has its server states, statistics page,
log lines, runtime commands and Prometheus metrics.")
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_VERSION ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "rsyslog, logrotate")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)  # /etc and /lib are not below the prefix
set(CPACK_INSTALL_PREFIX /usr)

set(debian ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

configure_file(${debian}/changelog.in ${shipped}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${shipped}/changelog COPYONLY)
execute_process(COMMAND gzip -9nkf ${shipped}/changelog.Debian ${shipped}/changelog
  COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${shipped}/changelog.Debian.gz ${shipped}/changelog.gz ${debian}/copyright
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${shipped}/sluice.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${shipped}/sluice.cfg.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES conf/sluice.cfg DESTINATION /etc/sluice)
install(FILES conf/logrotate DESTINATION /etc/logrotate.d RENAME sluice)
install(FILES conf/rsyslog.conf DESTINATION /etc/rsyslog.d RENAME 49-sluice.conf)
install(FILES ${debian}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
        RENAME sluice)

include(CPack)
