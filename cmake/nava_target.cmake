# Applies to every target of ours what the dependencies, used as SYSTEM, are not held to.
function(nava_target name)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion)
  # Before version 13 g++ takes the inlined operations of std::string for overlapping copies
  # (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${name} PRIVATE -Wno-restrict)
  endif()
  # As g++ has -Wconversion for C++. And clang tells wherever std::stable_sort of libstdc++ 12 calls
  # what that library has deprecated.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${name} PRIVATE -Wno-sign-conversion -Wno-deprecated-declarations)
  endif()
  # Of sources that are compiled together, one sees the names of another, and g++ takes its classes
  # for those of a header.
  if(NOT CMAKE_UNITY_BUILD)
    target_compile_options(${name} PRIVATE -Wshadow)
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -Wshadow=local -Wno-subobject-linkage)
  endif()
  if(NAVA_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(NAVA_SANITIZE)
    target_compile_options(${name} PUBLIC -fsanitize=${NAVA_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${NAVA_SANITIZE})
    # SOCI hides the type information of its backends, which the vptr check would need. With the
    # checks for null, g++ takes no comparison of an address with null for a constant
    # (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=71962), and the rules of a schema are constants;
    # AddressSanitizer reports a null that is used. What is found ends the process, since a line in a
    # log fails no test.
    if(NAVA_SANITIZE MATCHES "undefined")
      target_compile_options(
        ${name} PUBLIC -fno-sanitize=vptr,null,nonnull-attribute,returns-nonnull-attribute
                       -fno-sanitize-recover=undefined)
    endif()
  endif()
endfunction()

# Overflows of buffers and of the stack end the process, and nobody writes to the tables by which
# functions are found. For what is optimised: sanitizers watch the rest, and glibc checks nothing
# without optimisation. A _FORTIFY_SOURCE in CMAKE_CXX_FLAGS is kept; for other flags set NAVA_HARDEN
# to OFF.
function(nava_harden name)
  if(NOT NAVA_HARDEN OR NAVA_SANITIZE)
    return()
  endif()
  set(is_optimised "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
  target_compile_options(
    ${name} PRIVATE "$<${is_optimised}:-fstack-protector-strong;-fstack-clash-protection>")
  if(NOT CMAKE_CXX_FLAGS MATCHES "_FORTIFY_SOURCE")
    target_compile_definitions(${name} PRIVATE "$<${is_optimised}:_FORTIFY_SOURCE=2>")
  endif()
  target_link_options(${name} PRIVATE "$<${is_optimised}:LINKER:-z,relro,-z,now>")
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# Applies to a module what only what an application links needs.
function(nava_library name)
  # A shared library of the application may link the archives. Nobody replaces single functions of
  # ours, so that the compiler may inline them as it does without -fPIC.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
                                           VISIBILITY_INLINES_HIDDEN ON)
  # Which sources may be compiled together depends on how many: an application that compiles so too
  # has another number.
  set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 10)
  target_compile_options(${name} PRIVATE -fno-semantic-interposition)
  nava_harden(${name})
endfunction()

# Makes libnava.so or libnava.a of the objects of all modules.
function(nava_whole_library name kind)
  list(TRANSFORM nava_modules REPLACE "(.+)" "$<TARGET_OBJECTS:nava_\\1>" OUTPUT_VARIABLE objects)
  add_library(${name} ${kind} ${objects})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME nava EXPORT_NAME nava LINKER_LANGUAGE CXX)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(
    ${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                   "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(
    ${name}
    PUBLIC Boost::json
    PRIVATE SOCI::postgresql
            SOCI::sqlite3
            PostgreSQL::PostgreSQL
            SQLite::SQLite3
            OpenSSL::Crypto
            cctz::cctz
            spdlog::spdlog
            fmt::fmt
            Threads::Threads)
  if(NAVA_SANITIZE)
    target_link_options(${name} PUBLIC -fsanitize=${NAVA_SANITIZE})
  endif()
  if(kind STREQUAL "STATIC")
    # A shared library of the application keeps its copy to itself.
    set(type "$<TARGET_PROPERTY:TYPE>")
    target_link_options(
      ${name}
      INTERFACE
      "$<$<OR:$<STREQUAL:${type},SHARED_LIBRARY>,$<STREQUAL:${type},MODULE_LIBRARY>>:LINKER:--exclude-libs,libnava.a>")
  else()
    set(symbols "${PROJECT_BINARY_DIR}/libnava.map")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/libnava.map.in" "${symbols}" @ONLY)
    set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION
                                                                        ${PROJECT_VERSION_MAJOR}
                                             LINK_DEPENDS "${symbols}")
    target_link_options(${name} PRIVATE "-Wl,--version-script=${symbols}")
    if(NOT NAVA_SANITIZE)
      target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    nava_harden(${name})
  endif()
endfunction()
