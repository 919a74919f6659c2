# Installs the library so that find_package(nava) and pkg-config find it, with the find modules of
# SOCI and cctz, nava_embed_migrations and nava_print_tables beside it. The command installs itself,
# where it is built. Components: library, development, tools.
include(CMakePackageConfigHelpers)

set(nava_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/nava")
foreach(kind IN ITEMS shared static)
  install(TARGETS nava_${kind} EXPORT nava_${kind}_targets
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library
                  NAMELINK_COMPONENT development
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  install(EXPORT nava_${kind}_targets NAMESPACE nava:: DESTINATION "${nava_package_dir}"
          COMPONENT development)
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/nava" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/nava"
        COMPONENT license)

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/nava-config.cmake.in" "${PROJECT_BINARY_DIR}/nava-config.cmake"
  INSTALL_DESTINATION "${nava_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/nava-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/nava-config.cmake"
              "${PROJECT_BINARY_DIR}/nava-config-version.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/FindSOCI.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/Findcctz.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/nava_migrations.cmake"
        DESTINATION "${nava_package_dir}" COMPONENT development)

# Relative to the file, so that an installed tree may be moved.
file(RELATIVE_PATH nava_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/nava.pc.in" "${PROJECT_BINARY_DIR}/nava.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/nava.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
        COMPONENT development)
