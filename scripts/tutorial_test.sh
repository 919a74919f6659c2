#!/usr/bin/env bash
# Follows docs/tutorial.md on a bare Debian 12, pasting every block of it. Runs as root, for some eight minutes; needs
# 3 GB of disk.
#
#   scripts/tutorial_test.sh [DIRECTORY]            where the bare system is made (default: /var/tmp)
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/bare_root.sh
source "$root/scripts/bare_root.sh"

fail() {
  printf 'tutorial_test.sh: %s\n' "$*" >&2
  exit 1
}

main() {
  bash "$root/scripts/install_dependencies.sh" package_test
  trap remove_bare_root EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '== a bare Debian 12\n'
  make_bare_root "${1:-/var/tmp}"
  copy_source
  {
    cat <<'EOF'
set -euo pipefail
printed=$(mktemp)
# A block that fails still has its output in the file.
exec 3>&1
trap '(($? == 0)) || { cat "$printed"; echo "FAILED: the last block"; } >&3' EXIT
cd /nava
EOF
    awk -f "$root/scripts/tutorial.awk" "$root/docs/tutorial.md"
  } >"$bare_root/tutorial.sh"
  in_bare_root 'bash /tutorial.sh'
  printf 'passed: the tutorial\n'
}

main "$@"
