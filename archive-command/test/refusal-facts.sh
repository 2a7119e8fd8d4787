# Facts about whom and what the program does not trust; test/check.sh sources this.
# shellcheck shell=bash disable=SC2154 # status, work, home, under and the like are check.sh's

refusal_facts() {
    local permissions
    for permissions in 755 770 701; do
        make_data
        mkdir "$data/$agent_directory" && chmod "$permissions" "$data/$agent_directory"
        push
        fact "an agent's directory of mode $permissions is refused" is 1
        fact "and that is said" said "$data/$agent_directory has mode 0$permissions"
        fact "with a hint" said '^hint: take the rights away: chmod 700'
        fact "and nothing is started" starts 0
    done
    fetch
    fact "for a fetch it is a doubt" is 126
    fetch --standby
    fact "but not for a standby's" is 1
    make_data
    mkdir -m 700 "$work/elsewhere" && ln -s "$work/elsewhere" "$data/$agent_directory"
    push
    fact "an agent's directory that is a link is refused" said "cannot use $data/$agent_directory: Not a directory"
    rm -r "$work/elsewhere"

    for permissions in 770 702; do
        make_data
        push
        chmod "$permissions" "$data/pg_dynshmem"
        push
        fact "a socket where others may write (mode $permissions) is refused" is 1
        fact "and that is said" said "$data/pg_dynshmem has mode 0$permissions"
    done
    make_data
    chmod 750 "$data" "$data/pg_dynshmem"
    push
    fact "a data directory that a group may read is none" is 0
    make_data
    rmdir "$data/pg_dynshmem"
    push
    fact "a missing place for the socket is made" is 0

    if [ "$(id -u)" -ne 0 ]; then
        left_out=", those with a second user left out: only root can try them"
        fact "where everything has to be tried, root does it" test "${CI:-false}" != true
        return
    fi
    local nobody
    nobody=$(id -u nobody)
    for place in "$agent_directory" pg_dynshmem; do
        make_data
        mkdir -p -m 700 "$data/$place" && chown nobody "$data/$place"
        push
        fact "another user's $place is refused" is 1
        fact "and that is said" said "$data/$place belongs to the user with id $nobody, and this is .* id 0$"
    done
    make_data
    chown nobody "$data/global/pg_control"
    push
    fact "in another user's data directory Java has the say" by_java
    fact "and nothing is made there" untouched

    make_data
    FAKE_AGENT_MODE=666 push
    chown -R nobody "$data"
    local as_root=(${under[@]+"${under[@]}"})
    under=(setpriv --reuid nobody --clear-groups ${as_root[@]+"${as_root[@]}"})
    push
    under=(${as_root[@]+"${as_root[@]}"})
    fact "an agent of another user is not believed" is 1
    fact "and that is said" said "listens in $data/pg_dynshmem .* is the user with id 0, and this is .* id $nobody$"
    fact "nor is it asked" requests 1
}
