# Sources that the compiler must take or refuse; nothing is made of them.

# Compiles `file` and makes nothing of it; with the compiler and the standard of this build, unless
# COMPILER and STANDARD name others.
function(nava_add_syntax_test name file)
  cmake_parse_arguments(PARSE_ARGV 2 given "" "COMPILER;STANDARD" "")
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
  set(includes "$<TARGET_PROPERTY:nava_schema,INTERFACE_INCLUDE_DIRECTORIES>")
  add_test(NAME "${name}"
           COMMAND "${given_COMPILER}" "-std=c++${given_STANDARD}" -fsyntax-only -Wall -Wextra -Wconversion
                   -Wshadow -Wno-unused-const-variable ${error} "-I$<JOIN:${includes},;-I>" "-I${CMAKE_CURRENT_SOURCE_DIR}/compile_fail" "${file}"
           COMMAND_EXPAND_LISTS)
  set_tests_properties("${name}" PROPERTIES LABELS compile_fail TIMEOUT 300)
endfunction()

# The line "// KEY: WORDS" of a file, as a regular expression; empty where there is none.
function(nava_read_expectation text key result)
  # clang-format puts a long message on the line below.
  string(REGEX MATCH "// ${key}:[ \n/]*([^\n]+)" found "${text}")
  string(REPLACE ".*" "[^\n]*" words "${CMAKE_MATCH_1}")
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# What the compiler of this build prints for a rule that is broken: g++ the class of the rule above
# the advice, clang below it, and clang 14 the names that are its arguments as numbers.
function(nava_expect_refusal file message advice result)
  set(assertion "error: static assertion failed: [^\n]*")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(assertion "error: static.assert[^\n]* failed[^\n]*")
  endif()
  if(NOT advice)
    if(NOT message MATCHES " ")
      message(FATAL_ERROR "${file}: has no line \"// says: WORDS OF THE ADVICE\"")
    endif()
    set(expected "${assertion}${message}")
  elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15)
      string(REGEX REPLACE "<.*" "<" message "${message}")
    endif()
    # Of a long text clang prints the beginning.
    string(REPEAT "[^\"]" 24 beginning)
    string(REGEX REPLACE "\"(${beginning})[^\"]*\"" "\"\\1" message "${message}")
    set(snippet "(\n[ 0-9|]* [^\n]*)*")
    set(expected "${assertion}${advice}[^\n]*${snippet}\n[^\n]*in instantiation of [^\n]*${message}")
  else()
    set(expected
        "In instantiation of [^\n]*${message}[^\n]*(\n[^\n]*[0-9]:   [^\n]*)*\n[^\n]*${assertion}${advice}")
  endif()
  set(${result} "${expected}" PARENT_SCOPE)
endfunction()

# A schema that breaks a rule must not compile. The message must name the rule and the culprits, as
# the file's line "refused:" has it, and advise what its line "says:" says; a refusal without a
# class of its own is the advice itself. The twin beside the file must compile.
file(GLOB refused CONFIGURE_DEPENDS compile_fail/*.fail.cpp)
foreach(file IN LISTS refused)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  nava_read_expectation("${text}" refused message)
  nava_read_expectation("${text}" says advice)
  if(NOT message)
    message(FATAL_ERROR "${file}: has no line \"// refused: MESSAGE\"")
  endif()
  nava_expect_refusal("${file}" "${message}" "${advice}" expected)
  nava_add_syntax_test("compile_fail: ${name} is refused" "${file}")
  set_tests_properties("compile_fail: ${name} is refused" PROPERTIES PASS_REGULAR_EXPRESSION
                                                                     "${expected}")
  list(APPEND twins "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/${name}.ok.cpp")
endforeach()
# What they say, and what they include, is read here.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${refused} ${twins})

# The twins compile together, a namespace each, since most of the time goes into the headers.
set(twins_together 40)
set(number 0)
while(twins)
  list(SUBLIST twins 0 ${twins_together} some)
  list(REMOVE_ITEM twins ${some})
  set(includes "")
  set(bodies "")
  foreach(twin IN LISTS some)
    get_filename_component(name "${twin}" NAME_WE)
    file(STRINGS "${twin}" lines REGEX "^#include")
    list(JOIN lines "\n" lines)
    string(APPEND includes "${lines}\n")
    string(APPEND bodies "namespace twin_${name} {\n#include \"${twin}\"\n}\n")
  endforeach()
  math(EXPR number "${number} + 1")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/twins/${number}.cpp")
  file(CONFIGURE OUTPUT "${file}" CONTENT "${includes}${bodies}" @ONLY)
  nava_add_syntax_test("compile_fail: the twins compile, part ${number}" "${file}")
endwhile()

# Every public header compiles standing alone.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
     "${PROJECT_SOURCE_DIR}/include/nava/*.hpp")
foreach(header IN LISTS headers)
  set(file "${CMAKE_CURRENT_BINARY_DIR}/standalone/${header}.cpp")
  file(CONFIGURE OUTPUT "${file}" CONTENT "#include <${header}>\n" @ONLY)
  nava_add_syntax_test("standalone: ${header}" "${file}")
endforeach()

# The other standard, and the other compiler where there is one, take every public header and
# tables of an application.
set(all_headers "${CMAKE_CURRENT_BINARY_DIR}/standalone/all.cpp")
list(TRANSFORM headers REPLACE "(.+)" "#include <\\1>\n" OUTPUT_VARIABLE includes)
list(JOIN includes "" includes)
file(CONFIGURE OUTPUT "${all_headers}" CONTENT "${includes}" @ONLY)
function(nava_add_compiler_test compiler)
  nava_add_syntax_test("${compiler} takes the public headers" "${all_headers}" ${ARGN})
  foreach(tables IN ITEMS load_sorted_by_json workflow_key_with_another_name)
    nava_add_syntax_test("${compiler} takes the tables of ${tables}"
                         "${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/${tables}.ok.cpp" ${ARGN})
  endforeach()
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
    add_test(NAME "clang takes the public headers"
             COMMAND "${CMAKE_COMMAND}" -E echo "skipped: the compiler is not there: clang++")
    set_tests_properties(
      "clang takes the public headers"
      PROPERTIES LABELS compile_fail SKIP_REGULAR_EXPRESSION "skipped: the compiler is not ")
  endif()
endif()
