#!/usr/bin/env bash
# pgagent's main job before your eyes, with the distribution that the build made; ./quickstart calls it.
#   src/quickstart/run.sh [--keep]
# The exit status says whether the restored rows are the ones that were saved. QUICKSTART_BUILD_SECONDS, if set, is how long
# the build took, and counts.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
servers=$here/../target/quickstart
keep=${1-}
building=${QUICKSTART_BUILD_SECONDS:-0}
SECONDS=$building
# Whatever this shell has set for another cluster, another bucket or a proxy is not meant here.
unset "${!PG@}" "${!AWS_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
umask 022

work=$(mktemp -d /tmp/pgagent-quickstart.XXXXXX)
# shellcheck source=src/quickstart/servers.sh
. "$here/servers.sh"
clean_up() {
    end postgres INT
    end s3
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

step() { printf '\n\033[1m%2d s  %s\033[0m\n' "$SECONDS" "$*"; }
# Prints a command as one would type it, then runs it.
run() {
    local word line=''
    for word; do
        case $word in
            *' '*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    echo "    \$$line"
    "${as_user[@]}" "$@" 2>&1 | sed 's/^/      /'
}

become_ordinary
# An empty one, in the place of what this host may have in /etc.
export PGAGENT_CONFIG=$work/pgagent.toml
touch "$PGAGENT_CONFIG"
cd "$work"
PATH=$(readable "$here/../target/pgagent" pgagent)/bin:$work/postgres/bin:$PATH
export PATH HOME=$work
data=$work/data
connection=(-h "$work/socket" -p 5432 -U postgres)

step "A PostgreSQL cluster and an S3 server, both to be thrown away, in $work"
unpack_postgres
start_s3 quickstart
store=(--bucket s3://quickstart --endpoint "$s3_endpoint")
# archive_command inherits this from the server.
export PGAGENT_BUCKET=s3://quickstart PGAGENT_ENDPOINT=$s3_endpoint
"${as_user[@]}" "$postgres_bin/initdb" -D "$data" -U postgres --auth=trust --data-checksums --no-instructions \
    --encoding=UTF8 --locale=C >"$work/log/initdb.log" 2>&1 || fail "initdb failed; see $work/log/initdb.log"
"${as_user[@]}" tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$work/socket'
archive_mode = on
archive_command = 'pgagent wal-push %p'
CONF
grep '^archive_' "$data/postgresql.conf" | sed 's/^/      /'
start_postgres "$data"
sql "create table orders (id int primary key, customer text, amount numeric(10,2), placed timestamptz default clock_timestamp())"
fill() { # FROM TO
    sql "insert into orders (id, customer, amount)
         select i, 'customer ' || md5(i::text), (i % 10000) / 100.0 from generate_series($1, $2) i"
}
# One line that changes when any row does.
rows() { sql "select count(*) || ' orders, hash ' || md5(string_agg(md5(o::text), '' order by id)) from orders o"; }
fill 1 50000
echo "    $(rows)"

step "A full backup, while the server runs"
run pgagent backup "${store[@]}" -D "$data" "${connection[@]}"

step "More orders; this is the moment to come back to"
fill 50001 70000
saved=$(rows)
moment=$(sql "select clock_timestamp()")
echo "    $saved"
echo "    $moment"

step "An accident: orders are deleted, and wrong ones come in"
# A commit in the same millisecond would be on neither side.
sleep 1
# As a busy server does every few seconds.
sql "select pg_switch_wal()" > /dev/null
sql "delete from orders where id % 3 = 0"
fill 70001 75000
echo "    $(rows)"
segment=$(sql "select pg_walfile_name(pg_switch_wal())")
archived() { [[ "$(sql "select last_archived_wal >= '$segment' from pg_stat_archiver")" == t ]]; }
await 60 archived || fail "WAL does not arrive in the bucket; see $work/log/postgres.log"
echo "    WAL is in the bucket up to $segment"

step "A disaster: the server is killed, and its data directory deleted"
end postgres QUIT
rm -rf "$data"
echo "    $data is gone"

step "Restore to that moment, from nothing but the bucket"
restored=$work/restored
run pgagent restore "${store[@]}" -D "$restored" --target-time "$moment" --target-action promote
start_postgres "$restored"
recovered() { [[ "$(sql 'select pg_is_in_recovery()')" == f ]]; }
await 60 recovered || fail "recovery does not end; see $work/log/postgres.log"
found=$(rows)
echo "    before: $saved"
echo "    after:  $found"

step "What the bucket has"
run pgagent show "${store[@]}"

echo
if [ "$found" != "$saved" ]; then
    fail "the rows are NOT the ones that were saved"
fi
printf '\033[1mThe rows are the same. It took %d seconds, %d of them to build.\033[0m\n' "$SECONDS" "$building"

if [ "$keep" = --keep ]; then
    trap - EXIT
    user=${as_user[*]}
    cat >"$work/env" <<ENV
export PATH='$PATH' HOME='$work'
export PGHOST='$work/socket' PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
export PGAGENT_BUCKET='s3://quickstart' PGAGENT_ENDPOINT='$s3_endpoint' PGAGENT_PGDATA='$restored'
export PGAGENT_CONFIG='$PGAGENT_CONFIG'
export AWS_ACCESS_KEY_ID='$AWS_ACCESS_KEY_ID' AWS_SECRET_ACCESS_KEY='$AWS_SECRET_ACCESS_KEY'
ENV
    cat <<TEXT

Everything still runs. A shell to play in${user:+, as the user that owns it}:
    $user bash --init-file $work/env
and in it
    psql -c 'select count(*) from orders'
    pgagent show
    pgagent restore -D $work/again --dry-run     # to the end of WAL this time, wrong orders and all
    pgagent restore -D $work/again
The restored copy does not archive, so that it cannot disturb the history it came from; 'pgagent restore --adopt' makes
one that goes on.
The logs are in $work/log. To end it:
    kill $(pid_of postgres) $(pid_of s3); sleep 1; rm -rf $work
TEXT
fi
