#!/usr/bin/env bash
# Builds Nava, runs the loan application on a SQLite file and shows what it left in the tables.
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
  run cmake --build --preset release --target nava loan_application embedding
}

first_id() {
  grep -oE '"_id"[[:space:]]*:[[:space:]]*("[^"]*"|[0-9]+)' | sed -nE '1s/^"_id"[[:space:]]*:[[:space:]]*"?([^"]*)"?$/\1/p'
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

  printf '\nTo go on, see README.md; build/release/embedding is a small program that embeds Nava.\n'
}

main "$@"
