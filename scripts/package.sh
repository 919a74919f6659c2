#!/usr/bin/env bash
# Builds the Debian packages libnava0, libnava-dev and nava-tools into OUTPUT_DIR.
#
#   scripts/package.sh [OUTPUT_DIR]                 default: build/packages
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

main() {
  local output=${1:-$root/build/packages} build=$root/build/package
  if (($# > 1)) || [[ $output == -* ]]; then
    printf 'usage: scripts/package.sh [OUTPUT_DIR]\n' >&2
    exit 2
  fi
  bash "$root/scripts/install_dependencies.sh" demo packages
  mkdir -p -- "$output"
  output=$(cd -- "$output" && pwd)
  # The flags that Debian hardens its packages with; paths of the build tree stay out of them.
  (cd "$root" && cmake --preset package \
    -DCMAKE_CXX_FLAGS="$(dpkg-buildflags --get CXXFLAGS) $(dpkg-buildflags --get CPPFLAGS) -g0 -ffile-prefix-map=$root=." \
    -DCMAKE_SHARED_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" \
    -DCMAKE_EXE_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now")
  cmake --build "$build"
  rm -f -- "$output"/{libnava0,libnava-dev,nava-tools}_*.deb
  cpack -G DEB --config "$build/CPackConfig.cmake" -B "$output"
  rm -rf -- "$output/_CPack_Packages"
  printf '\n'
  ls -l -- "$output"/*.deb
}

main "$@"
