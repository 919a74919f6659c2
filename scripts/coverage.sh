#!/usr/bin/env bash
# Builds Nava so that it records which lines and branches run, runs the tests, and prints what they have not run. Throws are
# no branches here: each call could throw, and none is worth a test for that alone. Branches are those of the .cpp files: a
# template has its own for each type, of which a test runs the ones that its type can take. Exits with 1 where a test fails,
# fewer than 98.5 % of the lines or 90 % of the branches ran, or a line is left out without a reason. Such a line ends with
# `// GCOVR_EXCL_LINE: REASON`; several lie between `// GCOVR_EXCL_START: REASON` and `// GCOVR_EXCL_STOP`.
#
#   scripts/coverage.sh [--report]       --report: of the tests that ran last, without running them again
set -euo pipefail

lines_min=98.5
branches_min=90
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/coverage
# What is delivered: not the tests, the benchmarks, the examples and what is generated.
sources=(include schema workflow engine persistence runtime inspection tools)

fail() {
  printf 'coverage.sh: %s\n' "$*" >&2
  exit 1
}

run_tests() {
  if [[ -d $build ]]; then
    find "$build" -name '*.gcda' -delete
  fi
  # What only compiles, or refuses to, runs nothing.
  bash scripts/test.sh coverage -- --label-exclude compile_fail
}

# gcovr reads what gcov says of every object; a source is named relative to the root.
collect() {
  gcovr --root "$root" --object-directory "$build" "${sources[@]/#/--filter=$root/}" \
    --exclude-throw-branches --exclude-unreachable-branches -j "$(nproc)" --json "$build/coverage.json" "$build"
}

report() {
  local status=0
  print_missing lines --fail-under-line "$lines_min" || status=1
  print_missing branches --exclude '.*\.hpp$' --branches --fail-under-branch "$branches_min" || status=1
  return "$status"
}

# print_missing KIND GCOVR_OPTION...
print_missing() {
  local kind=$1 status=0
  shift
  printf '== %s that did not run\n' "$kind"
  gcovr --root "$root" --add-tracefile "$build/coverage.json" --txt "$build/$kind.txt" --print-summary "$@" \
    >"$build/$kind-summary.txt" || status=1
  grep -vE '100%$|^-+$| GCC Code Coverage|^Directory' "$build/$kind.txt" || true
  grep "^$kind:" "$build/$kind-summary.txt"
  return "$status"
}

print_left_out() {
  printf '== left out, with the reason\n'
  grep -rnE 'GCOVR_EXCL_(LINE|START): .' --include='*.?pp' "${sources[@]}" || printf 'nothing\n'
  if grep -rnE 'GCOVR_EXCL_|LCOV_EXCL_' --include='*.?pp' "${sources[@]}" |
    grep -vE 'GCOVR_EXCL_((LINE|START): .|STOP)'; then
    fail 'the lines above are left out without a reason'
  fi
}

main() {
  local status=0
  cd "$root"
  if (($# == 0)); then
    bash scripts/install_dependencies.sh coverage
    run_tests || status=1
  elif (($# != 1)) || [[ $1 != --report ]]; then
    fail "usage: scripts/coverage.sh [--report]"
  fi
  collect
  print_left_out
  report || status=1
  return "$status"
}

main "$@"
