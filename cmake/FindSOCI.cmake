# Finds SOCI with its PostgreSQL and SQLite backends; Debian ships neither a CMake
# configuration nor a .pc file for it. Defines the imported targets
# SOCI::core, SOCI::postgresql and SOCI::sqlite3.

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)
find_library(SOCI_postgresql_LIBRARY soci_postgresql)
find_library(SOCI_sqlite3_LIBRARY soci_sqlite3)

if(SOCI_INCLUDE_DIR AND EXISTS "${SOCI_INCLUDE_DIR}/soci/version.h")
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/version.h" _soci_version
       REGEX "#define SOCI_LIB_VERSION \"")
  string(REGEX REPLACE ".*\"([0-9_]+)\".*" "\\1" SOCI_VERSION "${_soci_version}")
  string(REPLACE "_" "." SOCI_VERSION "${SOCI_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  SOCI
  REQUIRED_VARS SOCI_core_LIBRARY SOCI_postgresql_LIBRARY SOCI_sqlite3_LIBRARY SOCI_INCLUDE_DIR
  VERSION_VAR SOCI_VERSION)

if(SOCI_FOUND)
  foreach(_part core postgresql sqlite3)
    if(NOT TARGET SOCI::${_part})
      add_library(SOCI::${_part} UNKNOWN IMPORTED)
      set_target_properties(
        SOCI::${_part} PROPERTIES IMPORTED_LOCATION "${SOCI_${_part}_LIBRARY}"
                                  INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
    endif()
  endforeach()
  set_property(TARGET SOCI::postgresql APPEND PROPERTY INTERFACE_LINK_LIBRARIES SOCI::core)
  set_property(TARGET SOCI::sqlite3 APPEND PROPERTY INTERFACE_LINK_LIBRARIES SOCI::core)
endif()

mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY SOCI_postgresql_LIBRARY SOCI_sqlite3_LIBRARY)
