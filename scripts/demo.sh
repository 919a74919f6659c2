#!/usr/bin/env bash
# Tells the story of one loan in a SQLite file: the process that keeps it is killed in the middle and goes on. Installs and
# builds what that needs first, and says what it will take.
#
#   scripts/demo.sh                  the loan
#   scripts/demo.sh relationships    what happens to a relationship that does not say which foreign key it follows
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/run.sh
source "$root/scripts/run.sh"

# Not build/release, whose tests and benchmarks ask for packages that nothing here needs.
build=build/demo
database=$build/loan.db
loan=loan/2026-0417
events_before_kill=24
pace_ms=80
work=

fail() {
  printf 'demo.sh: %s\n' "$*" >&2
  exit 1
}

heading() {
  printf '\n== %s\n\n' "$*"
}

# Prints a command as it can be typed, and runs it.
show() {
  printf '$ %s\n\n' "$*"
  run "$@"
}

stop_children() {
  local child
  for child in $(jobs -p); do
    kill -s TERM -- "-$child" || kill -s TERM "$child" || continue
    wait "$child" || true
  done
}

cleanup() {
  set +e
  trap '' HUP INT TERM
  stop_children 2>/dev/null
  if [[ -n $work ]]; then
    rm -rf -- "$work"
  fi
}

# The sizes are those of a bare Debian root, where all are missing.
announce() {
  local missing time=3 download='nothing: every package is there' disk='70 MB in build/demo'
  missing=$(bash scripts/install_dependencies.sh --missing demo | wc -l)
  if ((missing > 0)); then
    time=5
    download="up to 130 MB: $missing Debian packages are missing"
    disk="up to 800 MB for packages, $disk"
  fi
  if [[ -x $build/$1 ]]; then
    time=1
  fi
  printf 'time      about %d min on two cores\ndownload  %s\ndisk      %s\n' "$time" "$download" "$disk"
}

build() {
  local begin=$SECONDS
  heading '1. Install what is missing'
  bash scripts/install_dependencies.sh demo
  heading "2. Build: $*"
  run cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON \
    -DCMAKE_UNITY_BUILD_BATCH_SIZE=10 -DNAVA_BUILD_TESTS=OFF -DNAVA_BUILD_BENCHMARKS=OFF --log-level=WARNING >/dev/null
  run cmake --build "$build" --target "$@"
  printf 'ready after %d s\n' $((SECONDS - begin))
}

events_stored() {
  "$build/nava" show "$loan" --json --events 2>/dev/null | grep -o '"event_name"' | wc -l
}

# Ends the story as a crash does: nothing is told to the process, nothing is closed.
kill_in_the_middle() {
  local teller=$1 stored=0
  while kill -0 "$teller" 2>/dev/null && ((stored < events_before_kill)); do
    sleep 0.1
    stored=$(events_stored || true)
  done
  kill -s KILL "$teller" 2>/dev/null || fail 'the story ended before it could be killed'
  wait "$teller" 2>/dev/null || true
}

tell_loan() {
  rm -f -- "$database" "$database-wal" "$database-shm"
  heading '3. A home loan: people and machines take turns; a worker tries again, a reminder comes'
  export NAVA_DATABASE="sqlite:$database"
  local tell=("$build/loan_application" --brief --pace "$pace_ms" "sqlite:$database")
  printf '$ export NAVA_DATABASE=%s\n$ %s\n\n' "$NAVA_DATABASE" "${tell[*]}"
  "${tell[@]}" </dev/null &
  kill_in_the_middle "$!"
  printf '\n   *** killed with SIGKILL, in the middle of the loan ***\n'

  heading '4. Who has to act now? Ask the database; no process runs'
  show "$build/nava" show "$loan" --steps --tail 6

  heading '5. Start the same program again: it goes on where it was'
  show "${tell[@]}"

  heading '6. What is left of it, in a screen'
  show "$build/nava" show "$loan" --events --tail 5
}

refusal() {
  ! LC_ALL=C.UTF-8 LANGUAGE='' "${CXX:-g++}" -std=c++20 -fsyntax-only -Iinclude "$1" 2>"$work/refusal.txt" || fail "$1 compiled"
  # Lines of the compiler that name the rule, the culprits and the advice; they begin in the same folder.
  grep -E 'In instantiation of .struct|error: static' "$work/refusal.txt"
}

tell_relationships() {
  local mistake=tests/compile_fail/seed_ambiguous_relationship.fail.cpp
  work=$(mktemp -d)
  heading '3. An organization has contacts: which key does the relationship follow?'
  sed -n '/^struct organization_table/,/^struct contact_table/p' "$mistake" | sed '$d'
  heading '4. What g++ says'
  refusal "$mistake"
  heading '5. With the keys named: a statement for each relationship'
  run "$build/relationships" "sqlite:$work/relationships.db"
  heading '6. What lint says of these tables, and would of any database'
  printf '$ %s\n\n' "nava schema lint --database sqlite:relationships.db"
  "$build/nava" schema lint --database "sqlite:$work/relationships.db" || (($? == 1))
}

main() {
  local story=${1:-loan}
  if (($# > 1)) || [[ $story != loan && $story != relationships ]]; then
    fail 'usage: scripts/demo.sh [relationships]'
  fi
  cd "$root"
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  if [[ $story == relationships ]]; then
    printf 'Nava demo: a relationship that names no foreign key, from the mistake to the fix.\n\n'
    announce relationships
    build nava relationships
    tell_relationships
    printf '\nTo go on: docs/relationships.md walks through it.\n'
    return
  fi
  printf 'Nava demo: a loan for a home, from the first talk to the keys, in a SQLite file.\n\n'
  announce loan_application
  build nava loan_application
  tell_loan
  printf '\n== Your turn: the database is still there\n\n'
  printf '    %s\n' "export NAVA_DATABASE=sqlite:$database" "$build/nava list" "$build/nava show $loan" \
    "$build/nava delete $loan"
  printf '\nNext: scripts/demo.sh relationships. README.md has the smallest program.\n'
}

main "$@"
