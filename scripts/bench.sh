#!/usr/bin/env bash
# Builds Nava and runs its benchmarks, on a PostgreSQL of its own that keeps its promises (fsync on) and on SQLite. Writes
# the JSON and the table of each run into OUTPUT_DIR, a chart of each where gnuplot is installed (Debian: gnuplot-nox),
# and a summary of the targets.
#
#   scripts/bench.sh [quick|full] [OUTPUT_DIR]      quick (default): some four minutes after the build; full: the
#                                                   published figures, an hour and a half, and 20 GB of disk
#   NAVA_BENCH_DIRECTORY                            where the databases are made (default: /var/tmp); a disk, not memory
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/private_server.sh
source "$root/scripts/private_server.sh"
size=quick
output=
work=
url=
written=()
gnuplot=$(command -v gnuplot || true)

fail() {
  printf 'bench.sh: %s\n' "$*" >&2
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
  if (($# > 2)) || [[ ${1:-quick} != quick && ${1:-quick} != full ]]; then
    fail 'usage: scripts/bench.sh [quick|full] [OUTPUT_DIR]'
  fi
  size=${1:-quick}
  output=${2:-bench-$size}
  mkdir -p -- "$output"
  output=$(cd -- "$output" && pwd)
}

build() {
  phase 'dependencies: build, postgresql'
  bash scripts/install_dependencies.sh build postgresql
  phase 'build: release'
  run cmake --preset release
  run cmake --build --preset release --target nava_bench nava_microbench
}

# measure NAME URL WORKLOAD [OPTION]...
measure() {
  local name=$1 database=$2
  shift 2
  phase "$name"
  run build/release/nava_bench "$@" --database "$database" --json "$output/$name.json.part" >"$output/$name.txt"
  mv -- "$output/$name.json.part" "$output/$name.json"
  written+=("$output/$name.json")
  if [[ -n $gnuplot ]]; then
    "$gnuplot" -e "table='$output/$name.txt'; chart='$output/$name.svg'" benchmarks/chart.gp
  fi
}

# The median of five runs of each micro-benchmark, in memory.
microbench() {
  phase microbench
  run build/release/nava_microbench --benchmark_repetitions=5 --benchmark_report_aggregates_only=true \
    --benchmark_min_time="$1" --benchmark_format=json >"$output/microbench.json.part"
  mv -- "$output/microbench.json.part" "$output/microbench.json"
  written+=("$output/microbench.json")
}

on_postgresql() {
  measure "$1-postgresql" "$url" "${@:2}"
}

on_sqlite() {
  measure "$1-sqlite" "sqlite:$work/$1.db" "${@:2}"
}

quick() {
  on_postgresql cascade_delete-2000 cascade_delete --workflows 2000 --operations 50 --warm-up 5 --seconds 0.5
  on_postgresql purge purge --workflows 10000 --batch 500 --operations 2
  on_postgresql start start --operations 200
  on_postgresql commit commit --operations 200
  on_postgresql coalesce coalesce --seconds 0.3
  on_postgresql event event --workflows 100 --operations 200 --warm-up 100
  on_postgresql load load --workflows 200 --operations 300
  on_postgresql replay replay --workflows 200 --events 5000
  on_postgresql mixed mixed --workflows 5000 --batch 200 --seconds 0.5
  on_postgresql tasks tasks --operations 5000 --warm-up 50
  on_postgresql inbox inbox --operations 5000 --warm-up 50
  on_postgresql timers timers --workflows 2000 --operations 50 --rounds 2
  on_postgresql snapshot snapshot --seconds 3 --rounds 2
  on_postgresql worklist worklist --operations 50 --rounds 2
  on_sqlite cascade_delete-2000 cascade_delete --workflows 2000 --operations 50 --warm-up 5 --seconds 0.5
  on_sqlite purge purge --workflows 4000 --batch 200 --operations 2
  on_sqlite start start --operations 100
  on_sqlite commit commit --operations 100
  on_sqlite coalesce coalesce --seconds 0.2
  on_sqlite event event --workflows 50 --operations 100 --warm-up 50
  on_sqlite load load --workflows 200 --operations 300
  on_sqlite replay replay --workflows 200 --events 2000
  on_sqlite mixed mixed --workflows 2000 --batch 100 --seconds 0.5
  on_sqlite tasks tasks --operations 5000 --warm-up 50
  on_sqlite inbox inbox --operations 5000 --warm-up 50
  on_sqlite timers timers --operations 50 --rounds 2
  microbench 0.02
}

full() {
  on_postgresql cascade_delete-2000 cascade_delete --workflows 2000 --operations 100 --warm-up 10
  on_postgresql cascade_delete-20000 cascade_delete --workflows 20000 --operations 500 --warm-up 50 --seconds 5
  on_postgresql cascade_delete-200000 cascade_delete --workflows 200000 --operations 1000 --warm-up 100 \
    --contenders nava,floor
  on_postgresql purge purge --contenders nava,floor,by_hand
  on_postgresql partitions purge --workflows 75000 --operations 15 --contenders nava,nava_partitioned,partition_drop
  on_postgresql start start --operations 2000 --warm-up 100
  on_postgresql commit commit
  on_postgresql coalesce coalesce
  on_postgresql event event
  on_postgresql load load
  on_postgresql replay replay
  on_postgresql mixed mixed --workflows 60000 --seconds 4
  on_postgresql held held
  on_postgresql contention contention
  on_postgresql tasks tasks
  on_postgresql inbox inbox
  on_postgresql timers timers --workflows 100000 --operations 1000
  on_postgresql snapshot snapshot --seconds 120
  on_postgresql worklist worklist --workflows 1000000 --operations 1000
  on_sqlite cascade_delete-20000 cascade_delete --workflows 20000 --operations 500 --warm-up 50 --seconds 5
  on_sqlite purge purge --workflows 50000
  on_sqlite start start --operations 1000
  on_sqlite commit commit
  on_sqlite coalesce coalesce
  on_sqlite event event
  on_sqlite load load
  on_sqlite replay replay
  on_sqlite mixed mixed --workflows 20000 --batch 100 --seconds 4
  on_sqlite contention contention
  on_sqlite tasks tasks
  on_sqlite inbox inbox
  on_sqlite timers timers --operations 1000
  microbench 0.5
}

main() {
  parse_arguments "$@"
  cd "$root"
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  build
  # The path of a unix socket may have no more than 107 characters.
  work=$(mktemp -d "${NAVA_BENCH_DIRECTORY:-/var/tmp}/nava-bench.XXXXXX")
  phase 'start a private PostgreSQL'
  start_server nava_bench -c shared_buffers=2GB -c max_wal_size=8GB -c checkpoint_timeout=30min
  url="postgresql:///nava_bench?host=$work&user=nava"
  if [[ -z $gnuplot ]]; then
    phase 'no charts: gnuplot is not installed (Debian: gnuplot-nox)'
  fi
  "$size"
  phase "summary, also in $output/summary.txt"
  run build/release/nava_bench summary "${written[@]}" >"$output/summary.txt"
  cat -- "$output/summary.txt"
}

main "$@"
