#!/usr/bin/env bash
# Measures incremental backups on this machine: CPU seconds, bytes read and stored, memory and requests, after changes of several
# kinds, and the restore of the last of them beside that of a full one.
#   incremental.sh [SCALE] [FILES]    SCALE times 100,000 rows (20 unless said, about 300 MiB), and so many small files (10000)
# Needs what bench.sh needs, but no pgbench, and Python; PGBIN with PostgreSQL 17 or newer measures WAL summaries, too. If PGBACKREST
# names its program, each step is taken with that as well, with block increments and bundling, into a directory beside ours.
set -euo pipefail
scale=${1:-20} files=${2:-10000}
here=$(cd "$(dirname "$0")" && pwd)
pgagent=$(readlink -m "${PGAGENT:-$here/../target/pgagent/bin/pgagent}")
pgbackrest=${PGBACKREST:-}
unset PGAGENT PGBACKREST
initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | tail -n 1)
pgbin=${PGBIN:-$(dirname "$(readlink -f "$initdb")")}
psql=$(command -v psql || echo "$pgbin/psql")
python=$(PATH=/usr/bin:$PATH command -v python3)
[ -x "$pgagent" ] || { echo "no program $pgagent: build the distribution, or set PGAGENT" >&2; exit 1; }

as_user=()
if [ "$(id -u)" -eq 0 ]; then
    as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi
work=$("${as_user[@]}" mktemp -d "${TMPDIR:-/tmp}/pgagent-bench.XXXXXX")
trap '"${as_user[@]}" "$pgbin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
"${as_user[@]}" mkdir "$work/repository" "$work/other"
export PGAGENT_BUCKET=${PGAGENT_BUCKET:-file://$work/repository} PGAGENT_CLUSTER=bench-$$ PGAGENT_PROGRESS=none
export PGAGENT_JOBS=${PGAGENT_JOBS:-2} HOME=$work PGHOST=$work PGDATABASE=postgres PGUSER=postgres
sql() { "${as_user[@]}" "$psql" -AtqX -c "$1"; }
timed() { # NAME COMMAND...: wall, CPU, MiB resident
    "${as_user[@]}" /usr/bin/time -o "$work/time" -f '%e %U %S %M' "${@:2}" >"$work/$1.out" 2>&1 || { cat "$work/$1.out" >&2; exit 1; }
    awk '{ printf "%6.1f %6.1f %6.0f", $1, $2 + $3, $4 / 1024 }' "$work/time"
}
# What has changed since a place in the WAL, by the LSNs of the pages, in MiB.
changed() { "${as_user[@]}" "$python" - "$work/data/base" "$1" <<'PY'
import os, struct, sys
high, low = sys.argv[2].split('/')
since = int(high, 16) << 32 | int(low, 16)
pages = 0
for where, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.split('.')[0].isdigit():
            with open(os.path.join(where, name), 'rb') as file:
                while page := file.read(8192):
                    high, low = struct.unpack('<II', page[:8].ljust(8, b'\0'))
                    pages += high << 32 | low > since
print('%.1f' % (pages * 8192 / 1048576))
PY
}
row() { printf '%-34s %-10s %s\n' "$@"; }
step() { # NAME
    local changed
    sql checkpoint
    changed=$(changed "$since")
    since=$(sql 'select pg_current_wal_lsn()')
    local figures
    figures=$(timed ours "$pgagent" backup --json)
    row "$1" pgagent "$figures $("$python" - "$work/ours.out" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
record = json.loads(text[text.index('{'):])
totals = record['totals']
print('%8.1f %8.2f  %s' % (totals['read_bytes'] / 1048576, totals['stored_bytes'] / 1048576,
                          record.get('parent', {}).get('changed_by', 'full')))
PY
)  changed $changed MiB"
    if [ -n "$pgbackrest" ]; then
        local before after
        before=$(du -sb "$work/other/backup" 2>/dev/null | cut -f1 || echo 0)
        figures=$(timed other "$pgbackrest" --config="$work/other.conf" --stanza=bench --type=incr backup)
        after=$(du -sb "$work/other/backup" | cut -f1)
        row "$1" pgbackrest "$figures        - $(awk -v n="$((after - ${before:-0}))" 'BEGIN { printf "%8.2f", n / 1048576 }')"
    fi
}

"${as_user[@]}" "$pgbin/initdb" -D "$work/data" -A trust -k -U postgres >/dev/null
{
    echo "archive_mode = on"
    echo "max_wal_size = 8GB"
    echo "autovacuum = off"
    if [ "$("$pgbin/postgres" --version | grep -oE '[0-9]+' | head -n 1)" -ge 17 ]; then echo "summarize_wal = on"; fi
    if [ -n "$pgbackrest" ]; then
        echo "archive_command = '$pgagent wal-push %p && $pgbackrest --config=$work/other.conf --stanza=bench archive-push %p'"
    else
        echo "archive_command = '$pgagent wal-push %p'"
    fi
} >>"$work/data/postgresql.conf"
"${as_user[@]}" tee "$work/other.conf" >/dev/null <<CONF
[global]
repo1-path=$work/other
repo1-bundle=y
repo1-block=y
repo1-retention-full=99
compress-type=lz4
compress-level=1
process-max=$PGAGENT_JOBS
start-fast=y
log-path=$work
lock-path=$work
[bench]
pg1-path=$work/data
pg1-socket-path=$work
pg1-user=postgres
CONF
"${as_user[@]}" "$pgbin/pg_ctl" -D "$work/data" -l "$work/log" -w -t 600 \
    -o "-c listen_addresses= -c unix_socket_directories=$work -c fsync=off" start >/dev/null
[ -z "$pgbackrest" ] || "${as_user[@]}" "$pgbackrest" --config="$work/other.conf" --stanza=bench stanza-create >/dev/null
sql "create table accounts (aid int primary key, bid int, abalance int, filler char(84))"
sql "insert into accounts select i, i % 100, 0, md5(i::text) from generate_series(1, 100000 * $scale) i"
sql "vacuum freeze accounts"
since=0/0
echo "$("$pgagent" --version), $("$pgbin/postgres" --version), $(nproc) cores, $PGAGENT_JOBS jobs, $(du -sh "$work/data/base" | cut -f1)"
row "" "" "  wall    CPU    MiB  MiB read  MiB stored  told by"
step full
step "nothing changed"
sql "update accounts set abalance = 1 where aid <= 1000 * $scale"
step "1% of the rows, in one place"
sql "update accounts set abalance = 2 where aid % 100 = 7"
step "1% of the rows, all over"
"${as_user[@]}" "$python" - "$work/data/base/5" "$files" <<'PY'
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
for i in range(int(sys.argv[2])):
    with open('%s/%d' % (sys.argv[1], 1000000 + i), 'wb') as file:
        file.write(bytes(8192))
PY
step "$files files more"
for i in $(seq 10); do "${as_user[@]}" truncate -s 16384 "$work/data/base/5/$((1000000 + i * files / 11))"; done
step "10 of those files"
for i in 1 2 3 4 5; do
    sql "update accounts set abalance = $i where aid % 1000 = $i"
    step "0.1% of the rows, all over, $i"
done
row "restore of that" pgagent "$(timed ours "$pgagent" restore -D "$work/incremental" --target-immediate)"
figures=$(timed ours "$pgagent" backup --type full)
row "a full one" pgagent "$figures"
row "restore of that" pgagent "$(timed ours "$pgagent" restore -D "$work/full" --target-immediate)"
