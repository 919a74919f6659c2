#!/usr/bin/env bash
# Builds Nava and runs its tests, against a private PostgreSQL unless NAVA_TEST_POSTGRES names a server, with a role that is
# a superuser: the tests create databases and roles and work in those, switch triggers off, set session_replication_role and
# change pg_index. NAVA_TEST_DATA names a folder with event logs for the tests of replay.
#
#   scripts/test.sh [PRESET] [-- CTEST_ARGUMENT...]          PRESET: release (default) or another of CMakePresets.json,
#                                                        such as clang, which installs clang 19
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/private_server.sh
source "$root/scripts/private_server.sh"
preset=release
ctest_arguments=()
work=

fail() {
  printf 'test.sh: %s\n' "$*" >&2
  exit 1
}

phase() {
  printf '== %s\n' "$*"
}

cleanup() {
  set +e
  trap '' HUP INT TERM
  stop_children 2>/dev/null
  stop_server 2>/dev/null
  if [[ -n $work ]]; then
    rm -rf -- "$work"
  fi
}

parse_arguments() {
  if (($# > 0)) && [[ $1 != -- ]]; then
    [[ $1 != -* ]] || fail "usage: scripts/test.sh [PRESET] [-- CTEST_ARGUMENT...]"
    preset=$1
    shift
  fi
  if (($# > 0)); then
    [[ $1 == -- ]] || fail "usage: scripts/test.sh [PRESET] [-- CTEST_ARGUMENT...]"
    ctest_arguments=("${@:2}")
  fi
}

uses_own_server() {
  [[ -z ${NAVA_TEST_POSTGRES:-} ]]
}

install_dependencies() {
  local groups=(build)
  if uses_own_server; then
    groups+=(postgresql)
  fi
  if [[ $preset == clang ]]; then
    groups+=(clang)
  fi
  phase "dependencies: ${groups[*]}"
  bash scripts/install_dependencies.sh "${groups[@]}"
}

build() {
  phase "configure: $preset"
  run cmake --preset "$preset"
  phase "build: $preset"
  run cmake --build --preset "$preset"
}

start_test_server() {
  phase 'start a private PostgreSQL'
  # fsync=off: the cluster is thrown away after the tests, so nothing needs to survive a crash of the machine.
  start_server nava_test -c fsync=off
  export NAVA_TEST_POSTGRES="postgresql:///nava_test?host=$work&user=nava"
}

find_test_data() {
  if [[ -z ${NAVA_TEST_DATA:-} && -d ../shared/data ]]; then
    NAVA_TEST_DATA=$(cd ../shared/data && pwd)
    export NAVA_TEST_DATA
  fi
}

run_tests() {
  phase "test: $preset"
  local status=0
  # Of a test that passed ctest would keep 1 KiB, and cut off how many cases it ran.
  run ctest --preset "$preset" --output-on-failure --output-junit "$work/tests.xml" --test-output-size-passed 1048576 \
    "${ctest_arguments[@]}" || status=$?
  [[ -e $work/tests.xml ]] || fail "ctest wrote no report (exit code $status)"
  awk -f scripts/test_summary.awk "$work/tests.xml" || status=1
  return "$status"
}

main() {
  parse_arguments "$@"
  cd "$root"
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  install_dependencies
  build
  # Not below TMPDIR: the path of a unix socket may have no more than 107 characters.
  work=$(mktemp -d /tmp/nava-test.XXXXXX)
  if uses_own_server; then
    start_test_server
  else
    phase 'use the PostgreSQL named by NAVA_TEST_POSTGRES'
  fi
  find_test_data
  run_tests
}

main "$@"
