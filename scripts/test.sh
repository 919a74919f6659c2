#!/usr/bin/env bash
# Builds Nava and runs its tests, against a private PostgreSQL unless NAVA_TEST_POSTGRES names a server, with a role that is
# a superuser: the tests create databases and roles and work in those, switch triggers off, set session_replication_role and
# change pg_index. NAVA_TEST_DATA names a folder with event logs for the tests of replay.
#
#   scripts/test.sh [PRESET] [-- CTEST_ARGUMENT...]          PRESET: release (default) or another of CMakePresets.json
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/run.sh
source "$root/scripts/run.sh"
preset=release
ctest_arguments=()
work=
server=
as_server_user=()

fail() {
  printf 'test.sh: %s\n' "$*" >&2
  exit 1
}

phase() {
  printf '== %s\n' "$*"
}

group_is_gone() {
  local attempt
  for ((attempt = 0; attempt < 50; ++attempt)); do
    kill -0 -- "-$1" || return 0
    sleep 0.1
  done
  return 1
}

stop_group() {
  kill -s "$2" -- "-$1" || return 0
  group_is_gone "$1" || kill -s KILL -- "-$1" || true
}

stop_children() {
  local child
  for child in $(jobs -p); do
    if [[ $child != "$server" ]]; then
      stop_group "$child" TERM
    fi
  done
}

stop_server() {
  # To the postmaster SIGQUIT is what `pg_ctl stop -m immediate` sends. Its pid is that of a child not yet waited for, so
  # it can be no other process, and it is known before the server has written a pid file.
  if [[ -n $server ]] && kill -s QUIT "$server"; then
    wait "$server" || true
  fi
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
  phase "dependencies: ${groups[*]}"
  bash scripts/install_dependencies.sh "${groups[@]}"
}

build() {
  phase "configure: $preset"
  run cmake --preset "$preset"
  phase "build: $preset"
  run cmake --build --preset "$preset"
}

postgresql_programs() {
  local directory candidates
  mapfile -t candidates < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  for directory in /usr/lib/postgresql/15/bin "${candidates[@]}" "$(pg_config --bindir 2>/dev/null || true)"; do
    if [[ -x $directory/initdb && -x $directory/postgres ]]; then
      printf '%s\n' "$directory"
      return
    fi
  done
  fail 'no PostgreSQL server programs found'
}

# The server refuses to run as root. PDEATHSIG stops it even if this script is killed with SIGKILL.
choose_server_user() {
  as_server_user=(setpriv --pdeathsig=QUIT)
  if ((EUID == 0)); then
    id postgres >/dev/null 2>&1 || fail 'root needs the user postgres to run a PostgreSQL server as'
    as_server_user+=(--reuid=postgres --regid=postgres --init-groups)
    chown postgres: "$work"
  fi
}

await_server() {
  local programs=$1 attempt
  for ((attempt = 0; attempt < 600; ++attempt)); do
    if "$programs/pg_isready" --quiet --host="$work" --username=nava --dbname=postgres; then
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/server.log" >&2
  fail 'PostgreSQL did not start'
}

start_server() {
  phase 'start a private PostgreSQL'
  # Settings meant for another server must not reach this one's clients.
  unset "${!PG@}"
  local programs
  programs=$(postgresql_programs)
  choose_server_user
  # The server's user may be unable to enter the directory this script was started in.
  cd "$work"

  if ! run "${as_server_user[@]}" "$programs/initdb" --pgdata="$work/data" --username=nava --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1; then
    cat "$work/initdb.log" >&2
    fail 'initdb failed'
  fi

  # fsync=off: the cluster is thrown away after the tests, so nothing needs to survive a crash of the machine.
  set -m
  "${as_server_user[@]}" "$programs/postgres" -D "$work/data" -c listen_addresses='' -c port=5432 \
    -c unix_socket_directories="$work" -c max_connections=100 -c fsync=off </dev/null >"$work/server.log" 2>&1 &
  server=$!
  set +m
  await_server "$programs"

  run "$programs/createdb" --host="$work" --username=nava nava_test
  export NAVA_TEST_POSTGRES="postgresql:///nava_test?host=$work&user=nava"
  cd "$root"
}

find_test_data() {
  if [[ -z ${NAVA_TEST_DATA:-} && -d ../shared/data ]]; then
    NAVA_TEST_DATA=$(cd ../shared/data && pwd)
    export NAVA_TEST_DATA
  fi
}

count() {
  grep -cE -- "$1" "$work/tests.xml" || true
}

run_tests() {
  phase "test: $preset"
  local status=0
  run ctest --preset "$preset" --output-on-failure --output-junit "$work/tests.xml" "${ctest_arguments[@]}" || status=$?
  [[ -e $work/tests.xml ]] || fail "ctest wrote no report (exit code $status)"

  # A test that could not be started is "notrun" like one that skipped itself; only the latter gives a SKIP_ property as
  # the reason. Whatever neither passed nor was skipped has failed.
  local total passed skipped failed
  total=$(count '^[[:space:]]*<testcase ')
  passed=$(count '^[[:space:]]*<testcase .* status="run">$')
  skipped=$(count '^[[:space:]]*<testcase .* status="disabled">$|^[[:space:]]*<skipped message="SKIP_')
  failed=$((total - passed - skipped))

  local summary="$passed passed, $failed failed"
  if ((skipped > 0)); then
    summary+=", $skipped skipped"
  fi
  if ((passed + failed == 0)); then
    printf 'test.sh: no test ran\n' >&2
  fi
  printf '%s\n' "$summary"
  ((status == 0 && failed == 0 && passed > 0))
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
    start_server
  else
    phase 'use the PostgreSQL named by NAVA_TEST_POSTGRES'
  fi
  find_test_data
  run_tests
}

main "$@"
