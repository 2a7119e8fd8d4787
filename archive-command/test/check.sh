#!/usr/bin/env bash
# Tests of the front program: with the one to ship, with one that AddressSanitizer watches, or under valgrind. The latter two
# are built with short deadlines.
#   test/check.sh shipped PROGRAM PROGRAM_WITH_SYSTEM_LIBC
#   test/check.sh sanitized PROGRAM
#   test/check.sh valgrind PROGRAM
set -u
mode=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'stop_agents; rm -rf "$work"' EXIT
failures=0
tests=0

# The agent of the tests is started by the dozen, so not by way of a wrapper.
PYTHON=$(python3 -c 'import sys; print(sys.executable)') || exit 1
AGENT=$here/agent.py
export PYTHON AGENT
for facts in agent line refusal; do
    # shellcheck source=/dev/null
    . "$here/$facts-facts.sh"
done

export RECORD="$work/record"

# A distribution with a stand-in for Java, in a directory whose name has a space.
make_distribution() { # PROGRAM
    home="$work/a distribution"
    rm -rf "$home" && mkdir -p "$home/bin" "$home/lib" "$home/runtime/bin"
    cp "$1" "$home/bin/pgagent"
    cp "$here/java" "$home/runtime/bin/java"
    chmod +x "$home/runtime/bin/java"
    stop_agents
    rm -rf "$RECORD" && mkdir "$RECORD"
    unset FAKE_JAVA FAKE_SERVE PGAGENT_JAVA_OPTS
}

run() { # ARGUMENT... ; sets $status and leaves $work/err
    ${under[@]+"${under[@]}"} "${program:-$home/bin/pgagent}" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

fact() { # NAME CONDITION...
    local name=$1
    shift
    tests=$((tests + 1))
    if ! "$@"; then
        failures=$((failures + 1))
        echo "FAILED: $name ($mode)"
        echo "    status $status, said: $(tr '\n' '|' <"$work/err")"
        [ -f "$RECORD/arguments" ] && echo "    arguments: $(tr '\0' '|' <"$RECORD/arguments")"
    fi
}

recorded() { tr '\0' '\n' <"$RECORD/arguments" | grep -qxF -- "$1"; }
not_recorded() { ! recorded "$1"; }
not_recorded_like() { ! tr '\0' '\n' <"$RECORD/arguments" | grep -qx -- "$1"; }
in_environment() { tr '\0' '\n' <"$RECORD/environment" | grep -qxF -- "$1"; }
not_in_environment() { ! tr '\0' '\n' <"$RECORD/environment" | grep -q "^$1="; }
ends_with() { # ARGUMENT... : what follows -jar PROGRAM is exactly this
    printf '%s\0' "$@" >"$work/wanted"
    # An argument may hold line ends, so the comparison is one of bytes at the end of the record.
    tail -c "$(stat -c %s "$work/wanted")" "$RECORD/arguments" | cmp -s - "$work/wanted"
}
said() { grep -q -- "$1" "$work/err"; }
is() { [ "$status" -eq "$1" ]; }
none() { [ ! -e "$RECORD/arguments" ]; }

all_facts() {
    make_distribution "$1"
    run show --json
    fact "hands the arguments to the program's jar" ends_with -jar "$home/lib/pgagent.jar" show --json
    fact "exit status 0 comes through" is 0
    fact "a control command has its options" recorded "@$home/lib/java-control.options"
    fact "finds the native libraries" recorded "-Djava.library.path=$home/lib/native"

    # shellcheck disable=SC2016 # the point is that nobody expands it
    local odd=('two words' '' "it's" '"quoted"' '$HOME `x`' $'two\nlines' '@file' '*' -- -x)
    run show "${odd[@]}"
    fact "arguments are not touched" ends_with -jar "$home/lib/pgagent.jar" show "${odd[@]}"

    run
    fact "no argument at all" ends_with -jar "$home/lib/pgagent.jar"
    run --version
    fact "--version is a control command" recorded "@$home/lib/java-control.options"
    for verb in backup restore; do
        run "$verb" --help
        fact "$verb moves data" recorded "@$home/lib/java-data.options"
    done
    printf '# jobs = 3\n[x]\n  jobs\t=  16 # many\njobs = 2\n' >"$work/some.toml"
    : >"$work/none.toml"
    export PGAGENT_CONFIG="$work/none.toml"
    run backup
    fact "four workers have room" not_recorded_like '-Xmx.*'
    for words in "-j 16" "-j16" "-j=16" "--jobs 16" "--jobs=16" "--jobs 3 --jobs 16" "-j 16 -- -j 5" "--config $work/some.toml" \
        "--config=$work/some.toml"; do
        # shellcheck disable=SC2086 # words
        run backup $words
        fact "more get more: $words" recorded -Xmx284m
        fact "and outside of the heap" recorded -XX:MaxDirectMemorySize=120m
    done
    PGAGENT_JOBS=16 run backup --config "$work/some.toml"
    fact "more get more: of the environment" recorded -Xmx284m
    PGAGENT_CONFIG="$work/some.toml" run restore
    fact "more get more: of another file" recorded -Xmx284m
    PGAGENT_JOBS=16 run backup -j 4
    fact "an option wins over the environment" not_recorded_like '-Xmx.*'
    PGAGENT_JOBS=2 run backup --config "$work/some.toml"
    fact "the environment wins over the file" not_recorded_like '-Xmx.*'
    for words in "-j" "-j x" "--jobs 0" "--jobs 65" "--jobs 99999999999999999999" "-json" "--config /nowhere" "--config $work" \
        "-- -j 16"; do
        # shellcheck disable=SC2086 # words
        run backup $words
        fact "what is no number of workers is Java's to refuse: $words" not_recorded_like '-Xmx.*'
    done
    run show -j 16
    fact "a control command has no workers" not_recorded_like '-Xmx.*'
    unset PGAGENT_CONFIG
    run --config /etc/some.toml backup
    fact "the verb may follow options" recorded "@$home/lib/java-data.options"
    run show backup
    fact "the first verb counts" recorded "@$home/lib/java-control.options"

    (cd / && ln -sf "$home/bin/pgagent" "$work/link" && ln -sf link "$work/link2")
    program="$work/link2" run show
    fact "finds its distribution through links" ends_with -jar "$home/lib/pgagent.jar" show
    (cd "$home/bin" && PATH=$PATH:. && export PATH && pgagent show) 2>/dev/null
    fact "finds its distribution when called by name" ends_with -jar "$home/lib/pgagent.jar" show
    (cd "$work" && ./"a distribution"/bin/pgagent show) 2>/dev/null
    fact "stays in the caller's directory" grep -qxF "$(realpath "$work")" "$RECORD/directory"

    fact "no cache, no option" not_recorded "-XX:AOTCache=$home/lib/pgagent.aot"
    touch "$home/lib/pgagent.jsa"
    run show
    fact "uses a class-data archive" recorded "-XX:SharedArchiveFile=$home/lib/pgagent.jsa"
    touch "$home/lib/pgagent.aot"
    run show
    fact "uses an AOT cache" recorded "-XX:AOTCache=$home/lib/pgagent.aot"
    fact "one of the two is enough" not_recorded "-XX:SharedArchiveFile=$home/lib/pgagent.jsa"

    LC_ALL=POSIX LANG=de_DE.ISO-8859-1 run show
    fact "Java sees file names as UTF-8" in_environment LC_ALL=C.UTF-8
    env -u LC_ALL -u LANG "$home/bin/pgagent" show 2>/dev/null
    fact "Java sees file names as UTF-8 without any locale" in_environment LC_ALL=C.UTF-8
    JAVA_TOOL_OPTIONS=-Xmx1g JDK_JAVA_OPTIONS=-Xmx1g _JAVA_OPTIONS=-Xmx1g run show
    fact "JAVA_TOOL_OPTIONS is for others" not_in_environment JAVA_TOOL_OPTIONS
    fact "JDK_JAVA_OPTIONS is for others" not_in_environment JDK_JAVA_OPTIONS
    fact "_JAVA_OPTIONS is for others" not_in_environment _JAVA_OPTIONS
    export PGAGENT_JAVA_OPTS=$'  -Xmx80m\t-Da=b  \n'
    run show
    fact "PGAGENT_JAVA_OPTS comes last, word by word" ends_with -Xmx80m -Da=b -jar "$home/lib/pgagent.jar" show
    PGAGENT_JAVA_OPTS=$(printf -- '-Dx=%s ' {1..64}) run show
    fact "64 extra options" recorded -Dx=64
    rm "$RECORD/arguments"
    PGAGENT_JAVA_OPTS=$(printf -- '-Dx=%s ' {1..65}) run show
    fact "65 extra options are refused" said 'more than 64 words'
    fact "and Java is not started" none
    unset PGAGENT_JAVA_OPTS

    FAKE_JAVA='exit 22' run restore
    fact "an exit status comes through" is 22

    # archive_command: 0, or 1 to 125.
    for code in 0 1 20 125; do
        FAKE_JAVA="exit $code" run wal-push pg_wal/x
        fact "wal-push answers $code with $code" is "$code"
    done
    FAKE_JAVA='kill KILL' run wal-push pg_wal/x
    fact "a killed Java makes PostgreSQL try again" is 125
    fact "and the log says so" said 'ended by signal 9'
    FAKE_JAVA='kill ABRT' run wal-push pg_wal/x
    fact "a crashed Java makes PostgreSQL try again" is 125

    # restore_command: 0, 1 only for what is proven, else 126 and more.
    run wal-fetch 000000010000000000000001 x
    fact "Java is told how to say that a file is proven absent" recorded -Dpgagent.exit.absent=120
    for pair in 0:0 120:1 1:126 2:126 3:126 36:126 125:126 126:126 143:143; do
        FAKE_JAVA="exit ${pair%:*}" run wal-fetch 000000010000000000000001 x
        fact "wal-fetch answers ${pair%:*} with ${pair#*:}" is "${pair#*:}"
    done
    FAKE_JAVA='kill KILL' run wal-fetch 000000010000000000000001 x
    fact "a killed Java is a doubt" is 137
    # A standby asks again: what the Java program did not say itself must not end it.
    for pair in 0:0 120:1 1:1 3:1 125:1 126:126 143:143; do
        FAKE_JAVA="exit ${pair%:*}" run wal-fetch --standby 000000010000000000000001 x
        fact "wal-fetch --standby answers ${pair%:*} with ${pair#*:}" is "${pair#*:}"
    done
    for pair in KILL:1 ABRT:1 TERM:143; do
        FAKE_JAVA="kill ${pair%:*}" run wal-fetch 000000010000000000000001 x --standby
        fact "for a standby, a Java that SIG${pair%:*} ends is ${pair#*:}" is "${pair#*:}"
    done
    FAKE_JAVA='kill KILL' run wal-fetch -- --standby x
    fact "behind -- it is no option" is 137

    for verb in wal-push wal-fetch; do
        rm -f "$RECORD/pid" "$RECORD/told"
        FAKE_JAVA='wait' "$home/bin/pgagent" "$verb" x 2>/dev/null &
        local front=$!
        await test -s "$RECORD/pid"
        kill -TERM "$front"
        wait "$front"
        status=$?
        fact "$verb passes a request to stop on to Java" test -e "$RECORD/told"
        fact "$verb says that it was stopped" is 143

        rm -f "$RECORD/pid" "$RECORD/told"
        FAKE_JAVA='wait' "$home/bin/pgagent" "$verb" x 2>/dev/null &
        front=$!
        await test -s "$RECORD/pid"
        kill -KILL "$front"
        wait "$front" 2>/dev/null
        await test -e "$RECORD/told"
        fact "$verb does not leave Java behind" test -e "$RECORD/told"
    done
    (trap '' CHLD && FAKE_JAVA='exit 7' exec "$home/bin/pgagent" wal-push x)
    status=$?
    fact "an ignored SIGCHLD loses nothing" is 7

    rm "$home/runtime/bin/java"
    run show
    fact "a missing runtime is said" said "cannot start $home/runtime/bin/java: No such file"
    fact "with a hint" said '^hint: unpack the distribution again'
    fact "and a plain failure" is 125
    run wal-push x
    fact "wal-push without a runtime: try again" is 125
    run wal-fetch x y
    fact "wal-fetch without a runtime: a doubt" is 126
    run wal-fetch x y --standby
    fact "wal-fetch --standby without a runtime: not there yet" is 1
    PGAGENT_JAVA_OPTS=$(printf -- '-Dx=%s ' {1..65}) run wal-fetch x y --standby
    fact "nor is a line that Java cannot start with a doubt for a standby" is 1
}

# Waits up to ten seconds for a condition.
await() {
    local deadline=$((SECONDS + 10))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

agent_facts() {
    make_distribution "$1"
    answer_facts
    line_facts
    start_facts
    refusal_facts
}

small_enough() { # PROGRAM
    strip -o "$work/stripped" "$1" && [ "$(stat -c %s "$work/stripped")" -lt 102400 ]
}

# ./check sees to musl; a build without it takes the C library of the system.
needs_no_library() { # PROGRAM
    ! command -v musl-gcc >/dev/null || ! readelf -l "$1" | grep -q INTERP
}

# Written by the second user of some tests, too.
watcher=$(realpath "$work")/watch/watcher
mkdir "$work/watch" && chmod 777 "$work/watch" && chmod 711 "$work"
under=()
status=0
left_out=
case $mode in
    shipped)
        fact "the program to ship is below 100 KiB" small_enough "$1"
        fact "and so is one with the system's C library" small_enough "$2"
        fact "the program to ship needs no library where there is musl" needs_no_library "$1"
        all_facts "$1"
        agent_facts "$1"
        ;;
    sanitized)
        export ASAN_OPTIONS="exitcode=99:log_path=$watcher" UBSAN_OPTIONS="exitcode=99:log_path=$watcher"
        all_facts "$1"
        agent_facts "$1"
        deadline_facts
        ;;
    valgrind)
        if ! command -v valgrind >/dev/null; then
            echo "archive-command: valgrind is not installed, and nothing ran under it; ./check sees to it" >&2
            exit 1
        fi
        # It stops looking where Java begins, so what it says must be nothing, whatever the exit status is.
        under=(valgrind -q --vgdb=no --log-file="$watcher.%p")
        callers_max=8
        all_facts "$1"
        agent_facts "$1"
        ;;
esac
stop_agents
fact "whoever watches has nothing to say" test -z "$(cat "$watcher".* 2>/dev/null)"
cat "$watcher".* 2>/dev/null

echo "archive-command, $mode: $tests facts tried, $failures failed$left_out"
[ "$failures" -eq 0 ]
