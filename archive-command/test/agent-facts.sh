# Facts about wal-push and wal-fetch by way of the agent, and what line-facts.sh and refusal-facts.sh need for theirs;
# test/check.sh sources all three.
# shellcheck shell=bash disable=SC2154 # status, work, home, under and the like are check.sh's

segment=000000010000000000000001
agent_directory=pg_wal/pgsql_tmp.pgagent
socket=pg_dynshmem/pgagent.sock

make_data() { # [NAME] ; sets $data
    stop_agents
    data="$work/${1-data directory}"
    rm -rf "$data" && mkdir -p "$data/global" "$data/pg_wal" "$data/pg_dynshmem"
    chmod -R go= "$data"
    touch "$data/global/pg_control" "$data/pg_wal/$segment"
    rm -rf "$RECORD" && mkdir "$RECORD"
    unset FAKE_AGENT FAKE_AGENT_START FAKE_AGENT_SECONDS FAKE_AGENT_MODE FAKE_AGENT_BACKLOG FAKE_SERVE
}

# Ends the agents that the last case has started, and waits until their keepers have followed them.
stop_agents() {
    [ -e "$RECORD/starts" ] || return 0
    local pid keeper
    while read -r pid; do
        keeper=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status" 2>/dev/null)
        kill -KILL "$pid" 2>/dev/null
        [ "${keeper:-1}" -gt 1 ] && await gone "$keeper"
    done <"$RECORD/starts"
}
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

in_data() { # ARGUMENT... ; as PostgreSQL does it
    cd "$data" && run "$@"
    cd "$here" || exit 1
}
push() { in_data wal-push "pg_wal/$segment"; }
fetch() { in_data wal-fetch "$segment" pg_wal/RECOVERYXLOG "$@"; }

starts() { [ "$(cat "$RECORD"/starts "$RECORD"/starts.failed 2>/dev/null | wc -l)" -eq "$1" ]; }
requests() { [ "$(stat -c %s "$RECORD/count" 2>/dev/null || echo 0)" -eq "$1" ]; }
asked() { # NUMBER FIELD... : that request had exactly these
    local request=$RECORD/request.$1
    shift
    printf '%s\0' "$@" | cmp -s - "$request"
}
served() { # ARGUMENT... : the agent was started with exactly these
    printf '%s\0' "$@" >"$work/wanted"
    tail -c "$(stat -c %s "$work/wanted")" "$RECORD/serve.arguments" | cmp -s - "$work/wanted"
}
says_exactly() { [ "$(cat "$work/err")" = "$1" ]; }
by_java() { [ -e "$RECORD/arguments" ] && [ ! -e "$RECORD/serve.arguments" ]; }
untouched() { [ ! -e "$data/$agent_directory" ]; }
mode_of() { [ "$(stat -c %a "$2")" = "$1" ]; }

answer_facts() {
    make_data
    push
    fact "the first push starts an agent" starts 1
    fact "and gets its answer" is 0
    fact "with its message" says_exactly 'answer 0'
    fact "the agent has its options" grep -qzxF "@$home/lib/java-agent.options" "$RECORD/serve.arguments"
    fact "the agent is told whose it is" served -jar "$home/lib/pgagent.jar" serve --by-command --pgdata "$data"
    fact "the agent runs in the data directory" grep -qxF "$(realpath "$data")" "$RECORD/serve.directory"
    fact "its own directory is private" mode_of 700 "$data/$agent_directory"
    fact "its log is private" mode_of 600 "$data/$agent_directory/agent.log"
    fact "a relative path becomes an absolute one" asked 0 verb=1 "operand=$data/pg_wal/$segment"
    push
    fetch
    fact "one agent serves all" starts 1
    fact "a fetch has two operands" asked 2 verb=2 "operand=$segment" "operand=$data/pg_wal/RECOVERYXLOG"
    fact "every call is one request" requests 3

    local pair
    make_data
    export FAKE_AGENT=0,1,20,125,126,137,255,0,1,2,125,126,143,255
    for pair in 0:0 1:1 20:20 125:125 126:1 137:1 255:1; do
        push
        fact "an answer of ${pair%:*} to wal-push is ${pair#*:}" is "${pair#*:}"
    done
    for pair in 0:0 1:1 2:126 125:126 126:126 143:143 255:255; do
        fetch
        fact "an answer of ${pair%:*} to wal-fetch is ${pair#*:}" is "${pair#*:}"
    done

    # A living agent knows who asks.
    make_data
    export FAKE_AGENT=0,1,2,126,143
    for pair in 0:0 1:1 2:126 126:126 143:143; do
        fetch --standby
        fact "an answer of ${pair%:*} to wal-fetch --standby is ${pair#*:}" is "${pair#*:}"
    done

    make_data
    FAKE_AGENT=quiet,big,trickle push
    fact "an agent without a message" says_exactly ''
    push
    fact "the longest message" test "$(stat -c %s "$work/err")" -eq 65531
    push
    fact "an answer that comes byte by byte" says_exactly 'byte by byte'

    make_data
    status=$(cd "$data" && "$PYTHON" -c 'import os, subprocess, sys
end, pipe = os.pipe()
os.close(end)
print(subprocess.call(sys.argv[1:], stderr=pipe))' ${under[@]+"${under[@]}"} "$home/bin/pgagent" wal-push "pg_wal/$segment")
    fact "a message that nobody reads changes nothing" is 0

    local bad asked=0
    make_data
    export FAKE_AGENT=garbage,garbage,long,long,empty,empty,version,version,kind,kind,trailing,trailing,short,short,more,more
    for bad in garbage long empty version kind trailing short more; do
        push
        fact "wal-push fails by an answer that is $bad" is 1
        fact "and says so" said 'answer of the agent of .* cannot be read: '
        fetch
        fact "wal-fetch has a doubt by an answer that is $bad" is 126
        fact "and neither asks again" requests $((asked += 2))
    done
    make_data
    export FAKE_AGENT=garbage,long,empty,version,kind,trailing,short,more
    for bad in garbage long empty version kind trailing short more; do
        fetch --standby
        fact "for a standby, no file is there yet by an answer that is $bad" is 1
        fact "and it is told why" said 'answer of the agent of .* cannot be read: '
    done
    make_data
    FAKE_AGENT=version push
    fact "a newer agent is told" said 'another version of the protocol'

    make_data
    FAKE_AGENT=close,cut,crash,0 push
    fact "an agent that goes away is asked again" is 0
    fact "three times" requests 4
    fact "and started again if need be" starts 2
    make_data
    FAKE_AGENT=close,close,close,close,0 push
    fact "an agent that always goes away is given up" is 1
    fact "and that is said" said 'went away without an answer, 4 times in a row'
    fact "with the place of its log" said "^hint: its log is $data/$agent_directory/agent.log"
    make_data
    FAKE_AGENT='cut' fetch
    fact "half an answer is a doubt" is 126
    make_data
    FAKE_AGENT='close' fetch --standby
    fact "but not for a standby" is 1
    fact "which is told why" said 'went away without an answer, 4 times in a row'

    make_data
    FAKE_AGENT=leaving,0 push
    fact "an agent that leaves is replaced" is 0
    fact "by one more" starts 2
    make_data
    FAKE_AGENT=staying,0 push
    fact "an agent that leaves is waited for" is 0
    fact "while it still listens" requests 2
}

start_facts() {
    make_data
    local callers=${callers_max:-50} c codes=''
    export FAKE_AGENT_START=after-lock FAKE_AGENT=quiet
    cd "$data" || exit 1
    local pids=()
    for ((c = 0; c < callers; c++)); do
        ${under[@]+"${under[@]}"} "$home/bin/pgagent" wal-push "pg_wal/$segment" 2>>"$work/err.all" &
        pids+=($!)
    done
    for c in "${pids[@]}"; do
        wait "$c"
        codes+="$? "
    done
    cd "$here" || exit 1
    fact "of many callers one starts the agent" starts 1
    fact "and all get an answer" test -z "${codes//0 /}"
    fact "each its own" requests "$callers"

    make_data
    "$PYTHON" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$data/$socket"
    push
    fact "a socket that nobody listens at is replaced" is 0
    make_data
    echo file >"$data/$socket"
    push
    fact "a file in its place, too" is 0

    make_data
    FAKE_SERVE='exit 36' push
    fact "an agent that cannot start fails the push" is 1
    fact "with its status" said "the agent of $data ended with exit status 36 before it listened; it said:"
    fact "with its last words" said '^pgagent: no bucket$'
    fact "with the place of its log" said "^hint: its log is $data/$agent_directory/agent.log"
    fact "and is not started over and over" starts 1
    FAKE_SERVE='kill KILL' fetch
    fact "an agent that is killed is a doubt" is 126
    fact "with the signal" said 'was ended by signal 9 before it listened'
    FAKE_SERVE='kill KILL' fetch --standby
    fact "but not for a standby" is 1
    fact "which is told, too" said 'was ended by signal 9 before it listened'
    FAKE_SERVE='exit 0' push
    fact "an agent that ends for no reason" is 1
    fact "is started three times" starts 6
    push
    fact "a failed start harms nothing" is 0

    make_data
    mv "$home/runtime/bin/java" "$home/runtime/bin/no-java"
    push
    fact "without a runtime no agent" is 1
    fact "and the log's words are here" said "^pgagent: cannot start $home/runtime/bin/java: No such file"
    fetch --standby
    fact "and for a standby no file" is 1
    mv "$home/runtime/bin/no-java" "$home/runtime/bin/java"

    local moment reached
    for moment in before-lock after-lock; do
        make_data
        [ "$moment" = before-lock ] && reached=starts || reached=locks
        cd "$data" || exit 1
        FAKE_AGENT_START=$moment ${under[@]+"${under[@]}"} "$home/bin/pgagent" wal-push "pg_wal/$segment" 2>/dev/null &
        c=$!
        await test -s "$RECORD/$reached"
        kill -KILL "$c"
        wait "$c" 2>/dev/null
        cd "$here" || exit 1
        FAKE_AGENT_START=$moment push
        fact "a caller that is killed while it starts an agent harms nothing ($moment)" is 0
    done
    fact "its agent serves the next one" starts 1

    make_data
    mkdir -m 700 "$data/$agent_directory"
    head -c 1048576 /dev/zero >"$data/$agent_directory/agent.log"
    push
    fact "a log of a MiB goes on" test ! -e "$data/$agent_directory/agent.log.1"
    make_data
    mkdir -m 700 "$data/$agent_directory"
    head -c 1048577 /dev/zero >"$data/$agent_directory/agent.log"
    echo older >"$data/$agent_directory/agent.log.1"
    push
    fact "a longer one is put aside" test "$(stat -c %s "$data/$agent_directory/agent.log.1")" -eq 1048577
    fact "and a new one begun" test "$(stat -c %s "$data/$agent_directory/agent.log")" -eq 0

    make_data
    (trap '' CHLD HUP TERM && exec 5</dev/zero 7>"$work/held" && in_data wal-push "pg_wal/$segment" | cat >"$work/out")
    fact "the agent holds nothing of its caller's" \
        test "$(grep -v " $watcher" "$RECORD/descriptors" | cut -d' ' -f1 | tr '\n' ' ')" = '0 1 2 '
    fact "it reads nothing" grep -qxF '0 /dev/null' "$RECORD/descriptors"
    local log
    log=$(realpath "$data")/$agent_directory/agent.log
    fact "it writes into its log" test "$(grep -cxE "[12] $log" "$RECORD/descriptors")" -eq 2
    fact "it has a session of its own" grep -qxE '([0-9]+) \1' "$RECORD/session"
    if [ "$mode" != valgrind ]; then
        fact "nor does its keeper" test "$(wc -l <"$RECORD/keeper.descriptors")" -eq 4
        fact "which says what it is" grep -qx 'pgagent keeper' "$RECORD/keeper"
        local pid
        pid=$(cat "$RECORD/starts")
        kill -TERM "$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")"
        fact "and hands on a request to stop" await gone "$pid"
        make_data
        status=$(cd "$data" && "$PYTHON" "$here/subreaper.py" "$home/bin/pgagent" wal-push "pg_wal/$segment" 2>"$work/err")
        fact "whoever adopts the keeper of a killed agent sees an exit with 0" is 0
    fi
}

# With the deadlines of the test build.
deadline_facts() {
    make_data
    FAKE_AGENT=working push
    fact "an agent at work may take its time" is 0

    local bad
    for bad in silent half; do
        make_data
        FAKE_AGENT=$bad fetch
        fact "an agent that is $bad for too long is a doubt" is 126
        fact "and that is said" said 'has said nothing for 1 s'
        fact "and it is not asked again" requests 1
        fetch --standby
        fact "for a standby, one that is $bad has no file yet" is 1
    done

    make_data
    FAKE_AGENT=never-leaving push
    fact "an agent that only says that it leaves" is 1
    fact "is told from others" said 'said that it leaves, and is still there after 4 s'

    make_data
    FAKE_AGENT_START=before-lock FAKE_AGENT_SECONDS=20 push
    fact "an agent that takes too long to start" is 1
    fact "is reported" said 'did not listen within 4 s'
    make_data
    FAKE_AGENT_START=after-lock FAKE_AGENT_SECONDS=20 push
    push
    fact "an agent that lives but does not listen" said 'process [0-9]*, lives, but has not listened for 4 s'
    fact "is not started again" starts 1

    make_data
    FAKE_AGENT_BACKLOG=0 push
    push
    fact "an agent that takes no connection" is 1
    fact "is reported" said 'has taken no new connection for 4 s'
}
