# shellcheck shell=bash
# Sourced by the scripts that start long-running children.

# bash runs a trap only after a foreground child has ended, but leaves `wait` at once. A process group of its own (set -m)
# makes the child stoppable together with everything it started.
run() {
  local status=0
  set -m
  "$@" </dev/null &
  set +m
  wait "$!" || status=$?
  return "$status"
}
