# What `cpack -G DEB` makes of the components: libnava0, libnava-dev and nava-tools. scripts/package.sh
# calls it as Debian's policy wants it.
set(NAVA_PACKAGE_MAINTAINER "Nava maintainers <maintainers@nava.invalid>"
    CACHE STRING "Who answers for the packages: NAME <ADDRESS>")

set(library_package libnava${PROJECT_VERSION_MAJOR})
set(development_package libnava-dev)
set(tools_package nava-tools)
set(packaging "${PROJECT_BINARY_DIR}/packaging")
string(TIMESTAMP nava_package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file("${CMAKE_CURRENT_LIST_DIR}/packages/changelog.in" "${packaging}/changelog.Debian" @ONLY)
find_program(NAVA_GZIP gzip)
if(NAVA_GZIP)
  execute_process(COMMAND "${NAVA_GZIP}" -9nfk "${packaging}/changelog.Debian")
endif()
foreach(component IN ITEMS library development tools)
  install(FILES "${CMAKE_CURRENT_LIST_DIR}/packages/copyright" "${packaging}/changelog.Debian.gz"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${${component}_package}" COMPONENT ${component}
          EXCLUDE_FROM_ALL)
endforeach()

find_program(NAVA_HELP2MAN help2man)
if(TARGET nava AND NAVA_HELP2MAN AND NAVA_GZIP)
  set(page "${packaging}/nava.1")
  add_custom_command(
    OUTPUT "${page}.gz"
    COMMAND "${NAVA_HELP2MAN}" --no-info --section=1 --locale=C.UTF-8 "--name=look at durable workflows, and mend them"
            "--output=${page}" "$<TARGET_FILE:nava>"
    COMMAND "${NAVA_GZIP}" -9nf "${page}"
    DEPENDS nava VERBATIM)
  add_custom_target(nava_manual ALL DEPENDS "${page}.gz")
  install(FILES "${page}.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tools EXCLUDE_FROM_ALL)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL library development tools)
set(CPACK_PACKAGE_NAME nava)
set(CPACK_PACKAGE_VENDOR Nava)
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${NAVA_PACKAGE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")

set(summary "durable workflows in the application's own database")
set(about "Nava runs long processes in which people and machines take turns, inside the
process of an application, and keeps them in its PostgreSQL or SQLite database.")
set(next_minor "${PROJECT_VERSION_MINOR}")
math(EXPR next_minor "${next_minor} + 1")
set(this_library "${library_package} (>= ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}), \
${library_package} (<< ${PROJECT_VERSION_MAJOR}.${next_minor}~)")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
# Packages of applications depend on this minor version, whose symbols they ask for. CPack writes
# scripts that call ldconfig, where Debian asks for a trigger.
file(WRITE "${packaging}/shlibs" "libnava ${PROJECT_VERSION_MAJOR} ${this_library}\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/packages/triggers"
    "${packaging}/shlibs")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "${summary} - library\n${about}\n.\nThis package holds the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME ${development_package})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# The headers need Boost; the archive needs the others.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library_package} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libboost1.81-dev, \
libboost-json1.81-dev, libcctz-dev, libfmt-dev, libpq-dev, libsoci-dev, libspdlog-dev, libsqlite3-dev, libssl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "${summary} - development\n${about}\n.\nThis package holds the headers, the archive, and what CMake and pkg-config\nread.")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME ${tools_package})
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION database)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${this_library}")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION
    "${summary} - command\n${about}\n.\nThis package holds the command nava, which migrates databases, lists and shows\nworkflows, and brings failed ones back.")
include(CPack)
