# Sources that the compiler must take or refuse; nothing is made of them.

# Compiles `file` and makes nothing of it; with the compiler and the standard of this build, unless
# COMPILER and STANDARD name others. With OUTPUT the file must have errors, which are kept there.
function(nava_add_syntax_test name file)
  cmake_parse_arguments(PARSE_ARGV 2 given "" "COMPILER;STANDARD;OUTPUT" "")
  if(NOT given_COMPILER)
    set(given_COMPILER "${CMAKE_CXX_COMPILER}")
  endif()
  if(NOT given_STANDARD)
    set(given_STANDARD "${CMAKE_CXX_STANDARD}")
  endif()
  # What g++ 12 and clang 14 call C++23 is called c++2b.
  string(REPLACE 23 2b given_STANDARD "${given_STANDARD}")
  set(error "")
  if(NAVA_WERROR)
    set(error -Werror)
  endif()
  set(kept "")
  if(given_OUTPUT)
    set(kept "${CMAKE_COMMAND}" "-DOUTPUT=${given_OUTPUT}" -P
             "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/compile_test.cmake" --)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      list(APPEND error -ferror-limit=0)
    endif()
  endif()
  set(includes "$<TARGET_PROPERTY:nava_schema,INTERFACE_INCLUDE_DIRECTORIES>")
  add_test(NAME "${name}"
           COMMAND ${kept} "${given_COMPILER}" "-std=c++${given_STANDARD}" -fsyntax-only -Wall
                   -Wextra -Wconversion -Wshadow -Wno-unused-const-variable ${error}
                   "-I$<JOIN:${includes},;-I>" "-I${CMAKE_CURRENT_SOURCE_DIR}/compile_fail" "${file}"
           COMMAND_EXPAND_LISTS)
  set_tests_properties("${name}" PROPERTIES LABELS compile_fail TIMEOUT 300)
endfunction()

# Compiles `file` once, and judges what the compiler says of each of the cases in it.
function(nava_add_refusals title file)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/refusals/${title}.txt")
  set(fixture "compile_fail: ${title} does not compile")
  nava_add_syntax_test("${fixture}" "${file}" OUTPUT "${output}")
  set_tests_properties("${fixture}" PROPERTIES FIXTURES_SETUP "${fixture}")
  foreach(case IN LISTS ARGN)
    get_filename_component(name "${case}" NAME_WE)
    set(test "compile_fail: ${name} is refused")
    add_test(NAME "${test}"
             COMMAND "${CMAKE_COMMAND}" "-DCASE=${case}" "-DOUTPUT=${output}"
                     "-DCOMPILER=${CMAKE_CXX_COMPILER_ID}"
                     "-DVERSION=${CMAKE_CXX_COMPILER_VERSION}" -P
                     "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/refusal_test.cmake")
    set_tests_properties("${test}" PROPERTIES LABELS compile_fail TIMEOUT 60
                                              FIXTURES_REQUIRED "${fixture}")
  endforeach()
endfunction()

# A schema that breaks a rule must not compile. The message must name the rule and the culprits, as
# the file's line "refused:" has it, and advise what its line "says:" says; a refusal without a
# class of its own is the advice itself. The twin beside the file must compile.
file(GLOB refused CONFIGURE_DEPENDS compile_fail/*.fail.cpp)
set(cases "")
foreach(case IN LISTS refused)
  get_filename_component(name "${case}" NAME_WE)
  list(APPEND twins "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/${name}.ok.cpp")
  file(STRINGS "${case}" specializes REGEX "^template <>")
  if(specializes)
    # It is written outside of any namespace.
    nava_add_refusals("${name}" "${case}" "${case}")
  else()
    file(READ "${case}" text)
    string(REGEX MATCH "// refused:[ \n/]*([a-z_]+)" rule "${text}")
    list(APPEND cases "${CMAKE_MATCH_1} ${case}")
  endif()
endforeach()

# Cases of one rule go into different parts: a compiler refuses the same names only once.
set(parts 9)
list(SORT cases)
list(LENGTH cases count)
foreach(part RANGE 1 ${parts})
  set(some "")
  foreach(place RANGE ${part} ${count} ${parts})
    math(EXPR place "${place} - 1")
    list(GET cases ${place} case)
    string(REGEX REPLACE "^[a-z_]* " "" case "${case}")
    list(APPEND some "${case}")
  endforeach()
  set(file "${CMAKE_CURRENT_BINARY_DIR}/refusals/${part}.cpp")
  nava_write_together("${file}" case ${some})
  nava_add_refusals("part ${part}" "${file}" ${some})
endforeach()
# What they include, and which rules they break, is read here.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${refused} ${twins})

add_test(NAME "compile_fail: a wrong refusal is found"
         COMMAND "${CMAKE_COMMAND}" -P
                 "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/oracle_test.cmake")
set_tests_properties("compile_fail: a wrong refusal is found" PROPERTIES LABELS compile_fail
                                                                         TIMEOUT 60)

set(twins_together 40)
set(number 0)
while(twins)
  list(SUBLIST twins 0 ${twins_together} some)
  list(REMOVE_ITEM twins ${some})
  math(EXPR number "${number} + 1")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/twins/${number}.cpp")
  nava_write_together("${file}" twin ${some})
  nava_add_syntax_test("compile_fail: the twins compile, part ${number}" "${file}")
endwhile()

# Every header that an application includes compiles standing alone. No application includes the
# parts of schema/table.hpp and the refusals. And a header that another one includes first stands
# alone in the run of the other.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
     "${PROJECT_SOURCE_DIR}/include/nava/*.hpp")
set(alone "${headers}")
list(FILTER alone EXCLUDE REGEX "/schema/(parts|refusals)/")
set(installed "${headers}")
list(TRANSFORM installed PREPEND "${PROJECT_SOURCE_DIR}/include/")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${installed})
foreach(header IN LISTS alone)
  file(STRINGS "${PROJECT_SOURCE_DIR}/include/${header}" first REGEX "^#include" LIMIT_COUNT 1)
  string(REGEX REPLACE "^#include <(.*)>$" "\\1" first "${first}")
  list(APPEND within ${first})
endforeach()
list(REMOVE_ITEM alone ${within})
foreach(header IN LISTS alone)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/standalone/${header}.cpp")
  file(CONFIGURE OUTPUT "${file}" CONTENT "#include <${header}>\n" @ONLY)
  nava_add_syntax_test("standalone: ${header}" "${file}")
endforeach()

# The other standard, and the other compiler where there is one, take every public header and
# tables of an application.
set(tables "${CMAKE_CURRENT_BINARY_DIR}/standalone/tables.cpp")
list(TRANSFORM headers REPLACE "(.+)" "#include <\\1>\n" OUTPUT_VARIABLE includes)
list(JOIN includes "" includes)
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/standalone/all.cpp"
     CONTENT "${includes}#include \"${tables}\"\n" @ONLY)
nava_write_together("${tables}" tables
                    "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/load_sorted_by_json.ok.cpp"
                    "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/workflow_key_with_another_name.ok.cpp")
function(nava_add_compiler_test compiler)
  nava_add_syntax_test("${compiler} takes the public headers and tables"
                       "${CMAKE_CURRENT_BINARY_DIR}/standalone/all.cpp" ${ARGN})
endfunction()

foreach(standard IN ITEMS 20 23)
  if(NOT standard EQUAL CMAKE_CXX_STANDARD)
    nava_add_compiler_test("C++${standard}" STANDARD ${standard})
  endif()
endforeach()
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(NAVA_CLANG NAMES clang++-19 clang++)
  if(NAVA_CLANG)
    foreach(standard IN ITEMS 20 23)
      nava_add_compiler_test("clang in C++${standard}" COMPILER "${NAVA_CLANG}" STANDARD ${standard})
    endforeach()
  else()
    add_test(NAME "clang takes the public headers and tables"
             COMMAND "${CMAKE_COMMAND}" -E echo "skipped: the compiler is not there: clang++")
    set_tests_properties(
      "clang takes the public headers and tables"
      PROPERTIES LABELS compile_fail SKIP_REGULAR_EXPRESSION "skipped: the compiler is not ")
  endif()
endif()
