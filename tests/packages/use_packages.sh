#!/usr/bin/env bash
# Builds and runs applications from the installed packages, as scripts/package_test.sh calls it.
set -euo pipefail

source=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
program=$source/examples/embedding.cpp
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
strict=(-Wall -Wextra -Wconversion -Werror)

# expect TITLE COMMAND...: the program prints what the README says.
expect() {
  local title=$1
  shift
  if ! "$@" | grep '^claim 4711 is COMPLETED: "fine"$' >/dev/null; then
    printf 'FAILED: %s\n' "$title" >&2
    exit 1
  fi
  printf 'passed: %s\n' "$title"
}

# refuse TITLE MESSAGE COMMAND...: the command fails and says so.
refuse() {
  local title=$1 message=$2 said
  shift 2
  if said=$("$@" 2>&1) || [[ $said != *"$message"* ]]; then
    printf 'FAILED: %s, which said:\n%s\n' "$title" "$said" >&2
    exit 1
  fi
  printf 'passed: %s\n' "$title"
}

by_pkg_config() {
  local compiler standard
  for compiler in g++ clang++-14 clang++-19; do
    for standard in 20 23; do
      # clang 14 knows C++23 as C++2b.
      [[ $compiler == clang++-14 && $standard == 23 ]] && standard=2b
      # shellcheck disable=SC2046
      "$compiler" "-std=c++$standard" "${strict[@]}" "$program" -o "$work/program" $(pkg-config --cflags --libs nava)
      expect "pkg-config, $compiler, C++$standard" "$work/program"
    done
  done
  ldd "$work/program" | grep 'libnava\.so\.0 =>' >/dev/null || { printf 'FAILED: libnava.so.0 is not linked\n' >&2; exit 1; }
  # shellcheck disable=SC2046
  g++ -std=c++20 -Wl,-Bstatic "$program" -o "$work/program" $(pkg-config --cflags --libs-only-L nava) -lnava \
    -Wl,-Bdynamic $(pkg-config --static --libs nava | sed 's/-lnava//')
  expect 'pkg-config --static' "$work/program"
  ! ldd "$work/program" | grep libnava >/dev/null || { printf 'FAILED: libnava.so is linked\n' >&2; exit 1; }
}

by_cmake() {
  local kind
  for kind in shared static; do
    cmake -G Ninja -S "$source/tests/integration/installed" -B "$work/$kind" "-DKIND=$kind" "-DEXAMPLE=$program" \
      "-DMIGRATIONS=$source/tests/support/claim_migrations" \
      "-DTABLES=$source/examples/extension_table/tables.hpp" "-DCMAKE_CXX_FLAGS=${strict[*]}" >/dev/null
    cmake --build "$work/$kind" >/dev/null
    expect "find_package, $kind" "$work/$kind/application"
    [[ $("$work/$kind/extension" "sqlite:$work/$kind.db") == '0 to 3 to 0' ]]
    printf 'passed: tables of its own, %s\n' "$kind"
  done
  refuse 'find_package, both kinds' 'ask for the component shared or static' \
    cmake -G Ninja -S "$source/tests/integration/installed" -B "$work/both" '-DKIND=shared;static'
  refuse 'find_package, an unknown component' 'there is no component postgres' \
    cmake -G Ninja -S "$source/tests/integration/installed" -B "$work/unknown" -DKIND=postgres
  refuse 'find_package, another minor version' 'version: 0.2.0' \
    cmake -G Ninja -S "$source/tests/integration/installed" -B "$work/newer" -DVERSION=0.3
}

# The source, as an application fetches it: its build makes the library alone.
by_fetch_content() {
  mkdir -p "$work/fetching"
  tar -czf "$work/nava.tar.gz" -C "$source/.." "$(basename -- "$source")"
  cat >"$work/fetching/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(fetching LANGUAGES CXX)
include(FetchContent)
FetchContent_Declare(nava URL "$work/nava.tar.gz" DOWNLOAD_EXTRACT_TIMESTAMP ON)
FetchContent_MakeAvailable(nava)
add_executable(program "$program")
target_link_libraries(program PRIVATE nava::nava)
EOF
  cmake -G Ninja -S "$work/fetching" -B "$work/fetching/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON >/dev/null
  cmake --build "$work/fetching/build" >/dev/null
  expect 'FetchContent' "$work/fetching/build/program"
}

# What an application of another minor version would load.
another_version() {
  local other=$work/of_another_version
  sed 's/NAVA_0\.2/NAVA_0.3/' "$work/shared/application" >"$other"
  chmod +x "$other"
  refuse 'a program of Nava 0.3 does not start' 'NAVA_0.3' "$other"
}

# Of the CPU, since other programs may be running.
seconds_of() {
  { TIMEFORMAT=%U && time "$@"; } 2>&1
}

smallest_program() {
  local alone precompiled
  alone=$(seconds_of g++ -std=c++20 -O0 -c "$program" -o "$work/program.o")
  g++ "$work/program.o" -o "$work/program" -lnava -lboost_json
  strip "$work/program"
  mkdir "$work/precompiled"
  g++ -std=c++20 -O0 -w -x c++-header /usr/include/nava/nava.hpp -o "$work/precompiled/all.hpp.gch"
  : >"$work/precompiled/all.hpp"
  precompiled=$(seconds_of g++ -std=c++20 -O0 -Winvalid-pch -include "$work/precompiled/all.hpp" -c "$program" \
    -o "$work/program.o")
  printf 'the smallest program: %s s of CPU to compile at -O0, %s s with nava.hpp precompiled; %d kB, libnava.so.0 %d kB\n' \
    "$alone" "$precompiled" "$(($(stat -c %s "$work/program") / 1000))" \
    "$(($(stat -Lc %s "$(ldconfig -p | awk '/libnava.so.0 /{print $NF}')") / 1000))"
}

nava --version
[[ $(pkg-config --modversion nava) == "$(nava --version | cut -d' ' -f2)" ]]
man --version >/dev/null 2>&1 || zcat /usr/share/man/man1/nava.1.gz | grep '^\.TH NAVA' >/dev/null
by_pkg_config
by_cmake
another_version
by_fetch_content
smallest_program
