#!/usr/bin/env bash
# Runs for hours what scripts/test.sh runs for minutes. Logs, findings and a line for each kind (summary.txt) are in
# OUTPUT_DIR.
#
#   scripts/soak.sh OUTPUT_DIR [simulation|crash|fuzz|sanitize]...         all of them where none is named
#
#   simulation   NAVA_SOAK_SEEDS seeds (default: 1000000), from NAVA_SOAK_FIRST_SEED (default: 1)
#   crash        processes and servers that are killed, with NAVA_SOAK_DRILL times the work of a test (default: 60)
#   fuzz         each reader under libFuzzer for NAVA_SOAK_FUZZ_SECONDS (default: 600); installs clang 19
#   sanitize     the tests but the simulation under AddressSanitizer and UndefinedBehaviorSanitizer, those with threads
#                under ThreadSanitizer, and those of a store on SQLite under valgrind
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/private_server.sh
source "$root/scripts/private_server.sh"
output=
work=
kinds=()
failures=0
readonly seeds_at_once=10000

fail() {
  printf 'soak.sh: %s\n' "$*" >&2
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
  (($# > 0)) || fail 'usage: scripts/soak.sh OUTPUT_DIR [simulation|crash|fuzz|sanitize]...'
  mkdir -p -- "$1"
  output=$(cd -- "$1" && pwd)
  kinds=("${@:2}")
  if ((${#kinds[@]} == 0)); then
    kinds=(simulation crash fuzz sanitize)
  fi
  local kind
  for kind in "${kinds[@]}"; do
    [[ $kind =~ ^(simulation|crash|fuzz|sanitize)$ ]] || fail "there is no kind '$kind'"
  done
}

# note KIND RESULT: at once, so that no later failure loses it
note() {
  printf '%-12s %s\n' "$1" "$2" | tee -a "$output/summary.txt"
}

# number NAME VALUE
number() {
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || fail "$1 is no number from 1 on: $2"
}

build_release() {
  phase 'build: release'
  run bash scripts/install_dependencies.sh build postgresql
  run cmake --preset release
  run cmake --build --preset release
}

soak_simulation() {
  local first=${NAVA_SOAK_FIRST_SEED:-1} seeds=${NAVA_SOAK_SEEDS:-1000000} done=0 some
  number NAVA_SOAK_SEEDS "$seeds"
  number NAVA_SOAK_FIRST_SEED "$first"
  unset NAVA_SIMULATION_LEFT_OUT
  build_release
  while ((done < seeds)); do
    some=$((seeds - done < seeds_at_once ? seeds - done : seeds_at_once))
    if ! NAVA_SIMULATION_SEED=$((first + done)) NAVA_SIMULATION_SEEDS=$some \
      run build/release/nava_simulation_tests 'simulation: no seed breaks a promise' >"$output/simulation.log" 2>&1; then
      failures=$((failures + 1))
      note simulation "a seed from $((first + done)) on fails; see $output/simulation.log"
      return
    fi
    done=$((done + some))
    printf '%s of %s seeds\n' "$done" "$seeds"
  done
  note simulation "$seeds seeds from $first on: no promise broken; fewer than 3 in $seeds fail, with 95 % confidence"
}

soak_crash() {
  local drill=${NAVA_SOAK_DRILL:-60}
  number NAVA_SOAK_DRILL "$drill"
  build_release
  work=$(mktemp -d /tmp/nava-soak.XXXXXX)
  start_server nava_test
  if NAVA_TEST_POSTGRES="postgresql:///nava_test?host=$work&user=nava" NAVA_TEST_DRILL=$drill \
    run build/release/nava_crash_tests >"$output/crash.log" 2>&1; then
    note crash "$((50 * drill)) kills on each of SQLite and PostgreSQL, fsync on: nothing lost, twice or partial"
    note crash "$((drill < 20 ? 4 : 16)) processes on one workflow, $((drill < 20 ? drill * 1000 : 20000)) decisions each: one winner a revision"
    note crash "$((100 * drill)) connections cut around a commit: each verdict is true"
    note crash "$((2 * drill)) failovers; $(sed -n 's/^server: //p' "$output/crash.log")"
  else
    failures=$((failures + 1))
    note crash "fails; see $output/crash.log"
  fi
}

soak_fuzz() {
  local seconds=${NAVA_SOAK_FUZZ_SECONDS:-600} target found=0
  number NAVA_SOAK_FUZZ_SECONDS "$seconds"
  phase 'build: fuzz'
  run bash scripts/install_dependencies.sh build clang
  run cmake --preset fuzz
  run cmake --build --preset fuzz --target nava_fuzz
  [[ -x build/fuzz/nava_fuzz ]] || fail 'there is no build/fuzz/nava_fuzz'
  for target in tests/fuzz/corpus/*/; do
    target=$(basename -- "$target")
    mkdir -p -- "$output/corpus/$target" "$output/findings"
    printf '%s for %s s\n' "$target" "$seconds"
    NAVA_FUZZ_TARGET=$target run build/fuzz/nava_fuzz -max_total_time="$seconds" -max_len=4096 -timeout=10 \
      -print_final_stats=1 -artifact_prefix="$output/findings/$target-" "$output/corpus/$target" \
      "tests/fuzz/corpus/$target" >"$output/fuzz-$target.log" 2>&1 || found=$((found + 1))
  done
  failures=$((failures + found))
  note fuzz "$seconds s for each reader: findings in $found of them$( ((found == 0)) || printf '; see %s' "$output/findings")"
}

soak_sanitize() {
  local result=0
  run bash scripts/test.sh asan >"$output/asan.log" 2>&1 || result=1
  note sanitize "asan: $(tail -n 1 "$output/asan.log")"
  # Those of its programs that have threads.
  run bash scripts/test.sh tsan -- -R '^(unit|integration)/runtime/|^conformance/|commit|lease|lock_wait|key_ring|pool|grants|postgresql_store' >"$output/tsan.log" 2>&1 || result=1
  note sanitize "tsan: $(tail -n 1 "$output/tsan.log")"
  run bash scripts/install_dependencies.sh valgrind
  build_release
  # SQLite reads numbers by long double, of which valgrind keeps 64 of 80 bits: that case is left out.
  if run valgrind --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
    build/release/nava_conformance_tests '*sqlite*' '~*bit for bit*' >"$output/valgrind.log" 2>&1; then
    note sanitize "valgrind: $(grep -a '^All tests passed' "$output/valgrind.log"); no error, nothing lost"
  else
    result=1
    note sanitize "valgrind: fails; see $output/valgrind.log"
  fi
  failures=$((failures + result))
}

main() {
  parse_arguments "$@"
  cd "$root"
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  local kind
  for kind in "${kinds[@]}"; do
    phase "$kind"
    "soak_$kind"
  done
  ((failures == 0))
}

main "$@"
