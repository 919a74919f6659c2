#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing from the named groups.
#
#   scripts/install_dependencies.sh [GROUP...]               without a group: build and postgresql
#   scripts/install_dependencies.sh --missing [GROUP...]     only names the packages, one a line
#
# demo: the library, the command and the examples; build: these, the tests and the benchmarks; postgresql: a server for both;
# clang: another compiler; valgrind: looks at memory; coverage: what reports it; charts: what draws those of the benchmarks, which do without;
# packages: what makes Debian packages; package_test: what judges them and makes a bare system to try them on;
# docs: what makes the site.
set -euo pipefail

demo_packages=(
  g++ cmake ninja-build
  libsoci-dev libboost1.81-dev libboost-json1.81-dev libspdlog-dev libcli11-dev
  libpq-dev libsqlite3-dev libexpat1-dev zlib1g-dev libcctz-dev libssl-dev tzdata
)
build_packages=("${demo_packages[@]}" git catch2 libbenchmark-dev)
postgresql_packages=(postgresql-15)
clang_packages=(clang-19)
valgrind_packages=(valgrind)
coverage_packages=(gcovr)
charts_packages=(gnuplot-nox)
packages_packages=(dpkg-dev file help2man)
package_test_packages=(debootstrap git lintian)
docs_packages=(doxygen mkdocs-material)

cluster_config=/etc/postgresql-common/createcluster.conf
service_policy=/usr/sbin/policy-rc.d

scratch=
policy_written=
config_written=
as_root=()

fail() {
  printf 'install_dependencies.sh: %s\n' "$*" >&2
  exit 1
}

cleanup() {
  if [[ -n $policy_written ]]; then
    "${as_root[@]}" rm -f "$service_policy"
  fi
  if [[ -n $config_written ]]; then
    "${as_root[@]}" rm -f "$cluster_config"
  fi
  if [[ -n $scratch ]]; then
    rm -rf "$scratch"
  fi
}

packages_of() {
  local group
  for group in "$@"; do
    case $group in
      demo) printf '%s\n' "${demo_packages[@]}" ;;
      build) printf '%s\n' "${build_packages[@]}" ;;
      postgresql) printf '%s\n' "${postgresql_packages[@]}" ;;
      clang) printf '%s\n' "${clang_packages[@]}" ;;
      valgrind) printf '%s\n' "${valgrind_packages[@]}" ;;
      coverage) printf '%s\n' "${coverage_packages[@]}" ;;
      charts) printf '%s\n' "${charts_packages[@]}" ;;
      packages) printf '%s\n' "${packages_packages[@]}" ;;
      package_test) printf '%s\n' "${package_test_packages[@]}" ;;
      docs) printf '%s\n' "${docs_packages[@]}" ;;
      *) fail "unknown group '$group' (known: demo, build, postgresql, clang, valgrind, coverage, charts, packages, package_test, docs)" ;;
    esac
  done
}

is_installed() {
  # shellcheck disable=SC2016
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -x installed >/dev/null
}

is_debian_12() {
  # shellcheck source=/dev/null
  [[ -r /etc/os-release ]] && (. /etc/os-release && [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]])
}

become_root() {
  if ((EUID == 0)); then
    as_root=(env)
  elif command -v sudo >/dev/null; then
    as_root=(sudo env)
  else
    fail "neither root nor sudo; have an administrator install: $*"
  fi
}

# The tests start a server of their own, so installing the package must not leave one running.
forbid_system_cluster() {
  if [[ ! -e $cluster_config ]]; then
    config_written=yes
    "${as_root[@]}" mkdir -p "${cluster_config%/*}"
    "${as_root[@]}" tee "$cluster_config" >/dev/null <<<'create_main_cluster = false'
  fi
  if [[ ! -e $service_policy ]]; then
    policy_written=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$service_policy" >/dev/null
    "${as_root[@]}" chmod 755 "$service_policy"
  fi
}

apt_get() {
  # ucf would otherwise ask what to do with the cluster configuration written before the install.
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 \
    apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Takes what apt-get tells to a program out of its output, and shows how far it is where somebody looks.
follow() {
  # apt-get must not find its output closed; it goes on to its end, and so does this.
  trap '' HUP INT TERM
  local line kind percent text
  while IFS= read -r line; do
    case $line in
      dlstatus:* | pmstatus:*)
        [[ -t 1 ]] || continue
        IFS=: read -r kind _ percent text <<<"$line"
        [[ $kind == dlstatus ]] && text="download: $text"
        printf '\r\033[K%3.0f %% %.60s' "$percent" "$text"
        ;;
      *) printf '%s\n' "$line" >>"$scratch/log" ;;
    esac
  done
  if [[ -t 1 ]]; then
    printf '\r\033[K'
  fi
}

install_packages() {
  scratch=$(mktemp -d)
  # One unreachable source, perhaps a foreign one, must not stop an install that works without it.
  apt_get update >"$scratch/log" 2>&1 || printf 'warning: not every package list could be refreshed\n' >&2
  if ! apt_get -o APT::Status-Fd=1 install --no-install-recommends "$@" 2>&1 | follow; then
    cat "$scratch/log" >&2
    fail "apt-get could not install: $*"
  fi
}

main() {
  local only_name=
  if [[ ${1:-} == --missing ]]; then
    only_name=yes
    shift
  fi
  if (($# == 0)); then
    set -- build postgresql
  fi
  local tool wanted package missing=()
  for tool in dpkg-query apt-get; do
    command -v "$tool" >/dev/null || fail "needs Debian 12: $tool not found"
  done
  wanted=$(packages_of "$@")
  for package in $wanted; do
    is_installed "$package" || missing+=("$package")
  done
  if [[ -n $only_name ]]; then
    ((${#missing[@]} == 0)) || printf '%s\n' "${missing[@]}"
    return
  fi
  if ((${#missing[@]} == 0)); then
    printf 'dependencies: nothing is missing\n'
    return
  fi

  is_debian_12 || fail "needs Debian 12; missing here: ${missing[*]}"
  become_root "${missing[@]}"
  printf 'dependencies: installing %s\n' "${missing[*]}"

  trap cleanup EXIT
  # Stopping apt half-way would leave broken packages behind, so a signal takes effect when it is done.
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [[ " ${missing[*]} " == *' postgresql-15 '* ]]; then
    forbid_system_cluster
  fi
  install_packages "${missing[@]}"
}

main "$@"
