# shellcheck shell=bash disable=SC2154
# Sourced by the scripts that run a PostgreSQL of their own. They define fail, and
# `work`: a directory of their own.
# shellcheck source=scripts/run.sh
source "${BASH_SOURCE[0]%/*}/run.sh"

server=
as_server_user=()

group_is_gone() {
  local attempt
  for ((attempt = 0; attempt < 50; ++attempt)); do
    kill -0 -- "-$1" || return 0
    sleep 0.1
  done
  return 1
}

stop_group() {
  kill -s "$2" -- "-$1" || return 0
  group_is_gone "$1" || kill -s KILL -- "-$1" || true
}

stop_children() {
  local child
  for child in $(jobs -p); do
    if [[ $child != "$server" ]]; then
      stop_group "$child" TERM
    fi
  done
}

stop_server() {
  # To the postmaster SIGQUIT is what `pg_ctl stop -m immediate` sends. Its pid is that of a child not yet waited for, so
  # it can be no other process, and it is known before the server has written a pid file.
  if [[ -n $server ]] && kill -s QUIT "$server"; then
    wait "$server" || true
  fi
}

postgresql_programs() {
  local directory candidates
  mapfile -t candidates < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  for directory in /usr/lib/postgresql/15/bin "${candidates[@]}" "$(pg_config --bindir 2>/dev/null || true)"; do
    if [[ -x $directory/initdb && -x $directory/postgres ]]; then
      printf '%s\n' "$directory"
      return
    fi
  done
  fail 'no PostgreSQL server programs found'
}

# The server refuses to run as root. PDEATHSIG stops it even if this script is killed with SIGKILL.
choose_server_user() {
  as_server_user=(setpriv --pdeathsig=QUIT)
  if ((EUID == 0)); then
    id postgres >/dev/null 2>&1 || fail 'root needs the user postgres to run a PostgreSQL server as'
    as_server_user+=(--reuid=postgres --regid=postgres --init-groups)
    chown postgres: "$work"
  fi
}

await_server() {
  local programs=$1 attempt
  for ((attempt = 0; attempt < 600; ++attempt)); do
    if "$programs/pg_isready" --quiet --host="$work" --username=nava --dbname=postgres; then
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/server.log" >&2
  fail 'PostgreSQL did not start'
}

# start_server DATABASE [-c SETTING=VALUE]...: a server in `work`, on a unix socket there, with an empty database; its
# superuser is nava.
start_server() {
  local database=$1
  shift
  # Settings meant for another server must not reach this one's clients.
  unset "${!PG@}"
  local programs before
  programs=$(postgresql_programs)
  choose_server_user
  # The server's user may be unable to enter the directory this script was started in.
  before=$PWD
  cd "$work" || fail "cannot enter $work"

  if ! run "${as_server_user[@]}" "$programs/initdb" --pgdata="$work/data" --username=nava --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1; then
    cat "$work/initdb.log" >&2
    fail 'initdb failed'
  fi

  set -m
  "${as_server_user[@]}" "$programs/postgres" -D "$work/data" -c listen_addresses='' -c port=5432 \
    -c unix_socket_directories="$work" -c max_connections=100 "$@" </dev/null >"$work/server.log" 2>&1 &
  server=$!
  set +m
  await_server "$programs"
  run "$programs/createdb" --host="$work" --username=nava "$database"
  cd "$before" || fail "cannot enter $before"
}
