# Installs the library so that find_package(nava) finds it, with the find modules of SOCI
# and cctz, nava_embed_migrations and nava_print_tables beside it. The command installs itself, where it is built.
include(CMakePackageConfigHelpers)

set(nava_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/nava")
foreach(part IN LISTS nava_modules ITEMS nava)
  set_target_properties(nava_${part} PROPERTIES EXPORT_NAME ${part})
endforeach()

# A shared library finds those beside it, and the command those in the directory of libraries.
list(TRANSFORM nava_modules PREPEND nava_ OUTPUT_VARIABLE nava_libraries)
set_target_properties(${nava_libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS ${nava_libraries} nava_nava EXPORT nava_targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/nava" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/nava")
install(EXPORT nava_targets NAMESPACE nava:: DESTINATION "${nava_package_dir}")

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
        DESTINATION "${nava_package_dir}")
