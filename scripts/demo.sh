#!/usr/bin/env bash
# Builds Nava, runs the loan application on a SQLite file and shows what it left in the tables; then what happens to a
# relationship that does not say which foreign key it follows.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/run.sh
source "$root/scripts/run.sh"
work=

fail() {
  printf 'demo.sh: %s\n' "$*" >&2
  exit 1
}

heading() {
  printf '\n== %s\n' "$*"
}

stop_children() {
  local child
  for child in $(jobs -p); do
    kill -s TERM -- "-$child" || continue
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

build() {
  heading 'dependencies: build'
  bash scripts/install_dependencies.sh build
  heading 'build: release'
  run cmake --preset release
  run cmake --build --preset release --target nava loan_application embedding relationships
}

first_id() {
  grep -oE '"_id"[[:space:]]*:[[:space:]]*("[^"]*"|[0-9]+)' | sed -nE '1s/^"_id"[[:space:]]*:[[:space:]]*"?([^"]*)"?$/\1/p'
}

# Lines of the compiler that name the rule, the culprits and the advice; they begin in the same folder.
refusal() {
  ! LC_ALL=C.UTF-8 LANGUAGE='' "${CXX:-g++}" -std=c++20 -fsyntax-only -Iinclude "$1" 2>"$work/refusal.txt" || fail "$1 compiled"
  grep -E 'In instantiation of .struct|error: static' "$work/refusal.txt"
}

show_relationships() {
  heading 'an organization has contacts, one of them for bills: a relationship that does not say which key it follows'
  sed -n '/^struct organization_table/,/^struct contact_table/p' tests/compile_fail/seed_ambiguous_relationship.fail.cpp |
    sed '$d'
  heading 'what g++ says'
  refusal tests/compile_fail/seed_ambiguous_relationship.fail.cpp
  heading 'with the keys named: rows and their related rows, a statement for each relationship'
  run build/release/relationships "sqlite:$work/relationships.db"
  heading 'what lint says of the tables just made, and would of any database: nava schema lint'
  build/release/nava schema lint --database "sqlite:$work/relationships.db" || (($? == 1))
}

main() {
  cd "$root"
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  build
  work=$(mktemp -d)
  local database="sqlite:$work/loan.db" nava=build/release/nava id

  heading 'a loan application, on SQLite'
  run build/release/loan_application "$database"

  heading 'what lies in the tables: nava list'
  run "$nava" list --database "$database"

  "$nava" list --json --database "$database" >"$work/list.json"
  id=$(first_id <"$work/list.json") || fail 'nava list found nothing in the database'
  heading "one of them: nava show $id"
  run "$nava" show "$id" --database "$database"

  heading 'is that database as this program expects it? nava schema check'
  run "$nava" schema check --database "$database"

  show_relationships

  printf '\nTo go on, see README.md; build/release/embedding is a small program that embeds Nava.\n'
}

main "$@"
