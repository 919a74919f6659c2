# shellcheck shell=bash
# Sourced by the scripts that try Nava on a bare Debian 12, as root. They define fail, and call remove_bare_root when
# they end.
bare_root=

# Makes it below DIRECTORY, from where this system's packages come from.
make_bare_root() {
  local mirror setting
  ((EUID == 0)) || fail 'makes a root file system: run it as root'
  bare_root=$(mktemp -d "$1/nava-root.XXXXXX")
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  [[ -n $mirror ]] || fail 'apt-get knows no mirror of Debian 12: see /etc/apt/sources.list'
  debootstrap --variant=minbase --include=ca-certificates bookworm "$bare_root" "$mirror" >"$bare_root.log" 2>&1 ||
    fail "debootstrap failed: see $bare_root.log"
  rm -f -- "$bare_root.log" "$bare_root/etc/apt/sources.list"
  for setting in sources.list sources.list.d apt.conf.d auth.conf.d; do
    if [[ -e /etc/apt/$setting ]]; then
      cp -r "/etc/apt/$setting" "$bare_root/etc/apt/"
    fi
  done
  cp /etc/resolv.conf "$bare_root/etc/resolv.conf" 2>/dev/null || true
  mount -t proc proc "$bare_root/proc"
  mount --bind /dev "$bare_root/dev"
  in_bare_root 'apt-get -qq update >/dev/null'
}

# in_bare_root COMMAND: runs it there by a shell, with nothing of this environment but its proxies.
in_bare_root() {
  env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    chroot "$bare_root" /bin/bash -euo pipefail -c "$1" </dev/null
}

remove_bare_root() {
  if [[ -n $bare_root ]]; then
    umount "$bare_root/proc" "$bare_root/dev" 2>/dev/null || true
    # Never through a mount that is still there.
    rm -rf --one-file-system -- "$bare_root"
  fi
}
