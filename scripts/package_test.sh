#!/usr/bin/env bash
# Makes the Debian packages, judges them with lintian, and builds applications from them on a bare Debian 12: with
# CMake, pkg-config and FetchContent, with three compilers, as C++20 and C++23. Runs as root, for some fifteen minutes;
# needs 4 GB of disk.
#
#   scripts/package_test.sh [DIRECTORY]             where the bare system is made (default: /var/tmp)
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/bare_root.sh
source "$root/scripts/bare_root.sh"

fail() {
  printf 'package_test.sh: %s\n' "$*" >&2
  exit 1
}

main() {
  local packages=$root/build/packages
  bash "$root/scripts/install_dependencies.sh" demo packages package_test
  bash "$root/scripts/package.sh" "$packages"
  printf '== lintian\n'
  lintian --fail-on error --profile debian "$packages"/*.deb
  trap remove_bare_root EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '== a bare Debian 12\n'
  make_bare_root "${1:-/var/tmp}"
  mkdir "$bare_root/packages"
  cp -- "$packages"/*.deb "$bare_root/packages"
  copy_source
  # What apt does not bring with libnava-dev, a user of C++ has.
  in_bare_root 'apt-get -qq -y install --no-install-recommends g++ clang-14 clang-19 cmake ninja-build pkg-config \
                  /packages/*.deb >/dev/null'
  in_bare_root 'bash /nava/tests/packages/use_packages.sh'
}

main "$@"
