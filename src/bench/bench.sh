#!/usr/bin/env bash
# Measures pgagent on this machine: a full backup and its restore, in CPU seconds, bytes, requests and memory.
#   bench.sh [SCALE]      pgbench's scale; 20 unless said, about 300 MiB
# Needs the distribution (PGAGENT names its program, unless it is the one that this script is part of), a PostgreSQL with its server
# programs and pgbench (PGBIN names their directory unless they are on the PATH) and GNU time. The repository is a directory
# unless PGAGENT_BUCKET says otherwise. Everything else lies in a temporary directory and is removed at the end.
set -euo pipefail
scale=${1:-20}
here=$(cd "$(dirname "$0")" && pwd)
# In the source tree the distribution lies in target/; in the distribution this script lies in share/bench/.
pgagent=${PGAGENT:-$here/../target/pgagent/bin/pgagent}
if [ -z "${PGAGENT:-}" ] && [ ! -x "$pgagent" ]; then
    pgagent=$here/../../bin/pgagent
fi
pgagent=$(readlink -m "$pgagent")
unset PGAGENT
initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | tail -n 1)
pgbin=${PGBIN:-$(dirname "$(readlink -f "$initdb")")}
[ -x "$pgagent" ] || { echo "no program $pgagent: build the distribution, or set PGAGENT" >&2; exit 1; }
[ -x "$pgbin/initdb" ] || { echo "no initdb found: set PGBIN" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "no /usr/bin/time: install the package 'time'" >&2; exit 1; }

as_user=()
if [ "$(id -u)" -eq 0 ]; then
    as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi
work=$("${as_user[@]}" mktemp -d "${TMPDIR:-/tmp}/pgagent-bench.XXXXXX")
stop() { "${as_user[@]}" "$pgbin/pg_ctl" -D "$1" -m fast -w stop >/dev/null 2>&1 || true; }
trap 'stop "$work/data"; stop "$work/restored"; rm -rf "$work"' EXIT
mkdir "$work/repository" && [ ${#as_user[@]} -eq 0 ] || chown postgres: "$work/repository"
export PGAGENT_BUCKET=${PGAGENT_BUCKET:-file://$work/repository} PGAGENT_CLUSTER=bench-$$ PGAGENT_PROGRESS=none
export PGAGENT_JOBS=${PGAGENT_JOBS:-4} HOME=$work

server() { # DATA_DIRECTORY
    "${as_user[@]}" "$pgbin/pg_ctl" -D "$1" -l "$1.log" -w -t 600 \
        -o "-c listen_addresses= -c unix_socket_directories=$work -c fsync=off" start >/dev/null
}
sql() { "${as_user[@]}" "$pgbin/psql" -h "$work" -d postgres -AtqX -c "$1"; }
sums() { sql 'select count(*), sum(abalance), sum(hashint4(aid)) from pgbench_accounts'; }
measured() { # NAME COMMAND...
    local name=$1
    shift
    "${as_user[@]}" /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >"$work/$name.out" 2>&1 || {
        cat "$work/$name.out" >&2
        exit 1
    }
    awk -v name="$name" '{ printf "%-8s %6.1f s wall %6.1f s CPU %6.0f MiB resident", name, $1, $2 + $3, $4 / 1024 }' "$work/time"
    grep -ohE '[0-9]+ requests|Requests +[0-9]+' "$work/$name.out" | tail -n 1 | tr -dc '0-9\n' | awk '{ printf " %6d requests\n", $1 }'
}

"${as_user[@]}" "$pgbin/initdb" -D "$work/data" -A trust -k >/dev/null
cat >>"$work/data/postgresql.conf" <<CONF
archive_mode = on
archive_command = '$pgagent wal-push %p'
CONF
server "$work/data"
"${as_user[@]}" "$pgbin/pgbench" -h "$work" -q -i -s "$scale" postgres >"$work/pgbench.out" 2>&1 || { cat "$work/pgbench.out" >&2; exit 1; }
sql checkpoint
before=$(sums)
echo "$("$pgagent" --version), $("$pgbin/postgres" --version), $(nproc) cores, $PGAGENT_JOBS jobs, $(du -sh "$work/data/base" | cut -f1)"

measured backup "$pgagent" backup -h "$work" -d postgres
stop "$work/data"
measured restore "$pgagent" restore -D "$work/restored" --target-immediate
server "$work/restored"
[ "$(sums)" = "$before" ] || { echo "the restored rows differ" >&2; exit 1; }
echo "the restored rows are the same"
