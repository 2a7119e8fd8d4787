# Facts about what goes to the agent, with which words, and what is for Java; test/check.sh sources this.
# shellcheck shell=bash disable=SC2154 # status, work, home, under and the like are check.sh's

line_facts() {
    make_data
    FAKE_AGENT=quiet
    export FAKE_AGENT
    in_data wal-push --bucket b -j4 --config=/etc/a.toml "$data/pg_wal/$segment" --standby -D "$data"
    fact "options go with the request, as they stand there" asked 0 verb=1 "operand=$data/pg_wal/$segment" \
        option=--bucket option=b option=-j4 option=--config=/etc/a.toml option=--standby option=-D "option=$data"
    fact "the agent starts with those that it can share" served serve --by-command --pgdata "$data" \
        --bucket b -j4 --config=/etc/a.toml
    make_data
    FAKE_AGENT=quiet PGAGENT_BUCKET='b c' PGAGENT_JAVA_OPTS=-Xmx80m PGAGENT_CLUSTER='' push
    fact "variables go with the request" grep -qzxF 'variable=PGAGENT_BUCKET=b c' "$RECORD/request.0"
    fact "even empty ones" grep -qzxF 'variable=PGAGENT_CLUSTER=' "$RECORD/request.0"
    fact "but not what is for Java" test "$(grep -czF PGAGENT_JAVA_OPTS "$RECORD/request.0")" -eq 0
    fact "which the agent starts with" served -Xmx80m -jar "$home/lib/pgagent.jar" serve --by-command --pgdata "$data"

    local spelling
    for spelling in "-D$data" "-D=$data" "--pgdata=$data"; do
        make_data
        run wal-fetch "$spelling" "$segment" /tmp/target
        fact "the data directory may be named: ${spelling%%/*}" asked 0 verb=2 "operand=$segment" operand=/tmp/target \
            "option=$spelling"
        fact "and the agent is that one's" served serve --by-command --pgdata "$data"
    done
    make_data
    cd "$work" && run wal-push --pgdata "data directory" "$data/pg_wal/$segment"
    cd "$here" || exit 1
    fact "the data directory's name may be relative" served serve --by-command --pgdata "$work/data directory"
    make_data
    PGAGENT_PGDATA=$data run wal-push "/elsewhere/$segment"
    fact "the data directory may come from the environment" served serve --by-command --pgdata "$data"
    make_data
    PGAGENT_PGDATA='' push
    fact "an empty variable is none" served serve --by-command --pgdata "$data"
    make_data
    in_data wal-push "./pg_wal//$segment"
    fact "an odd spelling of the path" starts 1
    mkdir "$work/$(basename "$data").wal" && mv "$data/pg_wal/$segment" "$data.wal/" && rm -rf "$data/pg_wal" &&
        ln -s "$data.wal" "$data/pg_wal"
    stop_agents
    push
    fact "pg_wal may be a link" is 0
    fact "which the agent's directory lies behind" test -d "$data.wal/${agent_directory#*/}"
    rm -rf "$data.wal"

    # Java has the say about everything else.
    make_data
    local line
    for line in '' "--help" "--help pg_wal/$segment" "pg_wal/$segment x" "pg_wal/$segment -" "pg_wal/$segment --" \
        "-- pg_wal/$segment" "pg_wal/$segment --bucket" "--bucket --help pg_wal/$segment" "@pg_wal/$segment" \
        "pg_wal/$segment --bucket @b" "pg_wal/" "pg_wal/$segment -D . -D ." "x pg_wal/$segment"; do
        rm -f "$RECORD/arguments"
        # shellcheck disable=SC2086 # words
        in_data wal-push $line
        fact "not a plain line: wal-push $line" by_java
    done
    rm -f "$RECORD/arguments"
    in_data wal-push "pg_wal/$segment" -D ''
    fact "not a plain line: no name of a data directory" by_java
    rm -f "$RECORD/arguments"
    in_data wal-push ''
    fact "not a plain line: no name of a file" by_java
    rm -f "$RECORD/arguments"
    in_data wal-fetch "$segment"
    fact "not a plain line: wal-fetch with one operand" by_java
    rm -f "$RECORD/arguments"
    in_data --bucket b wal-push "pg_wal/$segment"
    fact "not a plain line: an option before the verb" by_java
    rm -f "$RECORD/arguments"
    in_data wal-push "$data/pg_wal/$segment" --pgdata /nowhere
    fact "a data directory that is none" by_java
    rm -f "$RECORD/arguments"
    run wal-push "$data/pg_wal/$segment" --config some.toml
    fact "a setting that may be relative to another directory" by_java
    rm -f "$RECORD/arguments"
    PGAGENT_CA_FILE=x run wal-push "$data/pg_wal/$segment"
    fact "a variable that may be relative to another directory" by_java
    rm -f "$RECORD/arguments"
    rm "$data/global/pg_control"
    push
    fact "not in a data directory" by_java
    fact "and nothing is made there" untouched

    make_data
    PGAGENT_BUCKET=$(printf '%070000d' 0) push
    fact "a request that is too long is refused" is 1
    fact "and that is said" said 'longer than 65536 bytes'
    PGAGENT_BUCKET=$(printf '%070000d' 0) fetch
    fact "for a fetch it is a doubt" is 126
    PGAGENT_BUCKET=$(printf '%070000d' 0) fetch --standby
    fact "but not for a standby's" is 1
    PGAGENT_BUCKET=$(printf '%065000d' 0) push
    fact "a long request is not" is 0
    unset FAKE_AGENT

    local name
    for name in 'two words' $'two\nlines' 'größe' $'not \xff UTF-8' "$(printf '%0200d/%0200d' 1 2)"; do
        mkdir -p "$work/${name%/*}"
        make_data "$name"
        push
        fact "a data directory named $name" is 0
        fact "is told byte by byte" asked 0 verb=1 "operand=$data/pg_wal/$segment"
        fact "and to the agent" served serve --by-command --pgdata "$data"
    done
}
