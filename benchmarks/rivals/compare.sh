#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compares the worker of `nava_bench tasks` with graphile-worker, by turns: rates and their ratio.
# Needs node, and installs graphile-worker from npm into a directory that it removes.
# benchmarks/rivals/compare.sh NAVA_BENCH POSTGRESQL_URL [ROUNDS [TASKS]]
set -eu
if [ $# -lt 2 ]; then
  echo "usage: $0 NAVA_BENCH POSTGRESQL_URL [ROUNDS [TASKS]]" >&2
  exit 2
fi
bench=$1 url=$2 rounds=${3:-5} tasks=${4:-20000}
here=$(cd "$(dirname "$0")" && pwd)
RIVALS=$(mktemp -d)
export RIVALS
trap 'rm -rf "$RIVALS"' EXIT
npm install --silent --no-audit --no-fund --prefix "$RIVALS" graphile-worker@0.18 >&2
round=1
while [ "$round" -le "$rounds" ]; do
  nava=$("$bench" tasks --database "$url" --schema nava_rival_bench --contenders worker --rounds 1 \
    --operations "$tasks")
  nava=$(echo "$nava" | awk '$1 == "worker" { print $5 }')
  rival=$(node "$here/graphile_worker.mjs" "$url" "$tasks")
  echo "$nava $rival" | awk -v round="$round" \
    '{ printf "round %d: nava %d/s, graphile-worker %d/s, ratio %.2f\n", round, $1, $2, $1 / $2 }'
  round=$((round + 1))
done
