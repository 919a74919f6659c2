# shellcheck shell=bash
# Sourced by the scripts that try Nava on a bare Debian 12, as root. They define fail and
# `root`, the folder of the source, and call remove_bare_root when they end.
bare_root=

# Makes it below DIRECTORY, from where this system's packages come from.
make_bare_root() {
  local mirror setting
  ((EUID == 0)) || fail 'makes a root file system: run it as root'
  bare_root=$(mktemp -d "$1/nava-root.XXXXXX")
  chmod 755 "$bare_root"
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | sed -n 1p)
  [[ -n $mirror ]] || fail 'apt-get knows no mirror of Debian 12: see /etc/apt/sources.list'
  debootstrap --variant=minbase --include=ca-certificates bookworm "$bare_root" "$mirror" >"$bare_root.log" 2>&1 ||
    fail "debootstrap failed: see $bare_root.log"
  rm -f -- "$bare_root.log" "$bare_root/etc/apt/sources.list"
  for setting in /etc/apt/{sources.list,sources.list.d,apt.conf.d,auth.conf.d,trusted.gpg.d,keyrings} \
    /usr/share/keyrings; do
    if [[ -e $setting ]]; then
      mkdir -p "$bare_root${setting%/*}"
      cp -r "$setting" "$bare_root${setting%/*}/"
    fi
  done
  cp /etc/resolv.conf "$bare_root/etc/resolv.conf" 2>/dev/null || true
  mount -t proc proc "$bare_root/proc"
  in_bare_root 'apt-get -qq update >/dev/null'
}

# Copies the last commit to /nava there.
copy_source() {
  git -C "$root" diff --quiet HEAD || fail 'commit first: what is tried is the last commit'
  git -C "$root" archive --prefix=nava/ HEAD | tar -x -C "$bare_root"
}

# in_bare_root COMMAND: runs it there by a shell, with nothing of this environment but its proxies.
in_bare_root() {
  env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    chroot "$bare_root" /bin/bash -euo pipefail -c "$1" </dev/null
}

remove_bare_root() {
  if [[ -n $bare_root ]]; then
    if mountpoint -q "$bare_root/proc" && ! umount "$bare_root/proc"; then
      printf 'left behind, because it is in use: %s\n' "$bare_root" >&2
      return
    fi
    rm -rf --one-file-system -- "$bare_root"
  fi
}
