# The Debian package: `tools/package` builds it. What it needs is computed from what the program is linked to.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)  # the tests' programs are no part of it
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(made ${CMAKE_BINARY_DIR}/packaging)

add_custom_target(package_files DEPENDS rapport
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND python3 ${packaging}/man.py $<TARGET_FILE:rapport> ${PROJECT_VERSION} > ${made}/rapport.1
    COMMAND gzip -9nf ${made}/rapport.1
    COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${made}/changelog.gz
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)

install(TARGETS rapport RUNTIME DESTINATION /usr/bin)
install(FILES ${made}/rapport.1.gz DESTINATION /usr/share/man/man1)
install(FILES ${made}/changelog.gz ${packaging}/debian/copyright DESTINATION /usr/share/doc/rapport)
install(FILES ${packaging}/debian/lintian-overrides DESTINATION /usr/share/lintian/overrides RENAME rapport)
install(FILES ${packaging}/rapport.service ${packaging}/rapport-backup.service ${packaging}/rapport-backup.timer DESTINATION /lib/systemd/system)
install(FILES ${packaging}/rapport.toml DESTINATION /etc/rapport)
install(FILES ${packaging}/rapport.rules.yml ${packaging}/rapport.dashboard.json DESTINATION /usr/share/rapport)

# The page that verifies packages without a network, to be handed out as a file.
install(FILES ${CMAKE_SOURCE_DIR}/web/dist/verify/index.html DESTINATION /usr/share/rapport/verify)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME rapport)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(RAPPORT_MAINTAINER "Rapport <rapport@localhost.localdomain>" CACHE STRING "Who answers for the package: whoever builds it")
set(CPACK_PACKAGE_CONTACT "${RAPPORT_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "registered electronic delivery with evidence that anybody can verify")
set(CPACK_PACKAGE_DESCRIPTION "Sends notices and registered deliveries, with ETSI EN 319 522 evidence of\nevery step, sealed, time-stamped and logged. One program, SQLite inside,\nPostgreSQL where wanted.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
# Fonts of the certificates; without them they are in English, or refused.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "fonts-noto-core, fonts-ipaexfont-gothic, fonts-nanum, fonts-noto-cjk")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm ${packaging}/debian/conffiles)
include(CPack)
