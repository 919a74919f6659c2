# Configures SOURCE in WORK with other options, and compiles nothing of it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(failed)
    message(FATAL_ERROR "${ARGN} failed:\n${out}")
  endif()
endfunction()

function(configure source build)
  run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${source}" -B "${build}"
      "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON ${ARGN})
endfunction()

# The files of `directory`, relative to it, as one text.
function(files_in directory result)
  file(GLOB_RECURSE files RELATIVE "${directory}" "${directory}/*")
  list(JOIN files " " files)
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

function(expect given pattern)
  if(NOT given MATCHES "${pattern}")
    message(SEND_ERROR "expected \"${pattern}\", got:\n${given}")
  endif()
endfunction()
function(expect_without given pattern)
  if(given MATCHES "${pattern}")
    message(SEND_ERROR "expected nothing like \"${pattern}\", got:\n${given}")
  endif()
endfunction()

# Nothing but the library is compiled.
function(expect_library_alone commands)
  foreach(folder IN ITEMS tests benchmarks examples tools)
    string(FIND "${commands}" "\"file\": \"${SOURCE}/${folder}/" place)
    if(NOT place EQUAL -1)
      message(SEND_ERROR "expected no source of ${folder}/, got:\n${commands}")
    endif()
  endforeach()
endfunction()

file(REMOVE_RECURSE "${WORK}")

# The build of a distribution needs nothing of what the tests, the benchmarks and the command need.
set(library_alone -DNAVA_BUILD_TESTS=OFF -DNAVA_BUILD_BENCHMARKS=OFF -DNAVA_BUILD_EXAMPLES=OFF
                  -DNAVA_BUILD_TOOLS=OFF)
configure("${SOURCE}" "${WORK}/alone" ${library_alone} -DNAVA_WERROR=OFF -DBUILD_SHARED_LIBS=ON
          -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON
          -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON)
file(READ "${WORK}/alone/compile_commands.json" commands)
expect("${commands}" "-fPIC.*runtime/runtime.cpp")
expect_without("${commands}" "-Werror")
expect_library_alone("${commands}")

# Another project builds the library, in its own standard, and installs what it says itself.
file(WRITE "${WORK}/parent/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.25)\n"
     "project(parent LANGUAGES CXX)\n"
     "set(CMAKE_CXX_STANDARD 23)\n"
     "add_subdirectory(\"${SOURCE}\" nava)\n"
     "install(FILES CMakeLists.txt DESTINATION share/parent)\n")
configure("${WORK}/parent" "${WORK}/parent_build")
run("${CMAKE_COMMAND}" --install "${WORK}/parent_build" --prefix "${WORK}/prefix")
files_in("${WORK}/prefix" installed)
expect("${installed}" "^share/parent/CMakeLists.txt$")
file(READ "${WORK}/parent_build/compile_commands.json" commands)
expect("${commands}" "-std=c\\+\\+(23|2b)")
expect_without("${commands}" "-std=c\\+\\+20|-Werror")
expect_library_alone("${commands}")

configure("${WORK}/parent" "${WORK}/parent_build" -DNAVA_INSTALL=ON)
file(READ "${WORK}/parent_build/nava/cmake_install.cmake" script)
expect("${script}" "nava_static_targets.cmake")
file(REMOVE_RECURSE "${WORK}")
