# Sees to what building and trying pgagent needs; sourced by ./check and ./quickstart.
# shellcheck shell=bash

# The Debian package that has a program which is missing here.
package_of() { # PROGRAM
    case $1 in
        javac) echo default-jdk-headless ;;
        mvn) echo maven ;;
        gcc | make | lz4 | zstd | tar | valgrind | python3 | chromium-headless-shell) echo "$1" ;;
        cc-headers) echo libc6-dev ;;
        musl-gcc) echo musl-tools ;;
        xz) echo xz-utils ;;
        groff) echo groff ;;
        xxhsum) echo xxhash ;;
        psql) echo postgresql-client ;;
        pg_checksums) echo postgresql ;;
        setpriv) echo util-linux ;;
        script) echo bsdutils ;;
    esac
}

# Whether a program is here; PostgreSQL's tools are not on the PATH in Debian.
is_here() { # PROGRAM
    case $1 in
        cc-headers) [ -e /usr/include/stdio.h ] ;;
        javac) java_is_new_enough ;;
        chromium-headless-shell) command -v chromium-headless-shell chromium >/dev/null ;;
        pg_checksums) command -v pg_checksums >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_checksums' >/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# The JDK that Maven will use: 17 or newer.
java_is_new_enough() {
    local javac version
    javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac
    version=$("$javac" -version 2>/dev/null) || return 1
    version=${version#javac }
    [ "${version%%[!0-9]*}" -ge 17 ]
}

# Installs what is missing, or says the one line that does, and then does not come back.
see_to() { # PROGRAM...
    local program packages=()
    for program; do
        is_here "$program" || packages+=("$(package_of "$program")")
    done
    [ ${#packages[@]} -gt 0 ] || return 0

    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo=(sudo)
    fi
    local install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}")
    if ! command -v apt-get >/dev/null; then
        echo "Missing here, by the names of their Debian packages: ${packages[*]}" >&2
        exit 1
    fi
    if [ ${#sudo[@]} -gt 0 ] && ! sudo -n true 2>/dev/null; then
        echo "Missing: ${packages[*]}. This installs it:" >&2
        echo "    sudo apt-get update && ${install[*]}" >&2
        exit 1
    fi
    echo "Installing ${packages[*]}"
    local log
    log=$(mktemp)
    if ! { "${sudo[@]}" apt-get update && without_starting_services "${install[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "That failed. This is the line to run: ${install[*]}" >&2
        exit 1
    fi
    rm -f "$log"
    for program; do
        if ! is_here "$program"; then
            echo "$(package_of "$program") is installed, but $program is still missing or too old; is JAVA_HOME right?" >&2
            exit 1
        fi
    done
}

# Debian's postgresql would start the cluster that it makes. Nobody asked for a server that listens.
without_starting_services() { # COMMAND...
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        # Whoever put it there decides.
        "$@"
        return
    fi
    (
        trap '"${sudo[@]}" rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
        "${sudo[@]}" chmod 755 "$policy"
        "$@"
    )
}
