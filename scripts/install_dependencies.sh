#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing from the named groups.
#
#   scripts/install_dependencies.sh [build] [postgresql]     without a group: both
set -euo pipefail

build_packages=(
  g++ cmake ninja-build git
  libsoci-dev libboost1.81-dev libboost-json1.81-dev libspdlog-dev libcli11-dev
  libpq-dev libsqlite3-dev catch2 libbenchmark-dev
)
postgresql_packages=(postgresql-15)

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
      build) printf '%s\n' "${build_packages[@]}" ;;
      postgresql) printf '%s\n' "${postgresql_packages[@]}" ;;
      *) fail "unknown group '$group' (known: build, postgresql)" ;;
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

install_packages() {
  scratch=$(mktemp -d)
  # One unreachable source, perhaps a foreign one, must not stop an install that works without it.
  apt_get update >"$scratch/log" 2>&1 || printf 'warning: not every package list could be refreshed\n' >&2
  if ! apt_get install --no-install-recommends "$@" >>"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    fail "apt-get could not install: $*"
  fi
}

main() {
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
