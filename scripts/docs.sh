#!/usr/bin/env bash
# Makes the documentation as a site: the guides with MkDocs, the reference of the API with Doxygen. A warning of either
# is an error.
#
#   scripts/docs.sh [OUTPUT_DIR]                    default: build/docs
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
work=

cleanup() {
  if [[ -n $work ]]; then
    rm -rf -- "$work"
  fi
}

reference() {
  {
    cat -- "$root/docs/site/Doxyfile"
    printf 'INPUT = "%s"\nSTRIP_FROM_PATH = "%s"\nOUTPUT_DIRECTORY = "%s"\n' "$root/include/nava" "$root/include" "$1"
    printf 'PROJECT_NUMBER = %s\n' "$(sed -n 's/#define NAVA_VERSION_TEXT "\(.*\)"/\1/p' "$root/include/nava/version.hpp")"
  } >"$work/Doxyfile"
  mkdir -p -- "$1"
  local status=0
  doxygen "$work/Doxyfile" 2>"$work/warnings" >&2 || status=$?
  if ((status != 0)) || [[ -s $work/warnings ]]; then
    cat -- "$work/warnings" >&2
    printf 'docs.sh: %s warnings of Doxygen\n' "$(grep -c ': warning:' "$work/warnings")" >&2
    exit 1
  fi
}

main() {
  local output=${1:-$root/build/docs}
  if (($# > 1)) || [[ $output == -* ]]; then
    printf 'usage: scripts/docs.sh [OUTPUT_DIR]\n' >&2
    exit 2
  fi
  bash "$root/scripts/install_dependencies.sh" docs
  work=$(mktemp -d)
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # Pages lie in the site as in the tree, so that the same links lead from one to the other.
  mkdir -- "$work/pages"
  (
    cd "$root"
    find . \( -path ./build -o -path ./docs/site -o -path ./.git \) -prune -o -type f \
      \( -name '*.md' -o -path './docs/*' -o -path './examples/*' -o -name LICENSE \) -print0 |
      xargs -0 cp --parents -t "$work/pages"
  )
  cp -- "$root/docs/site/mkdocs.yml" "$work"
  reference "$work/pages/api"
  (cd "$work" && mkdocs build --quiet)
  mkdir -p -- "$output"
  rm -rf -- "${output:?}/site"
  mv -- "$work/site" "$output/site"
  printf 'the site is in %s\n' "$output/site/index.html"
}

main "$@"
