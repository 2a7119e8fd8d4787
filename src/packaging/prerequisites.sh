# Sees to what building and trying pgagent needs; sourced by ./check and ./quickstart.
# shellcheck shell=bash

# The Debian package that has a program which is missing here.
package_of() { # PROGRAM
    case $1 in
        javac) echo default-jdk-headless ;;
        mvn) echo maven ;;
        gcc | make | lz4 | zstd | tar | valgrind | python3 | curl | openssl | chromium-headless-shell) echo "$1" ;;
        cc-headers) echo libc6-dev ;;
        musl-gcc) echo musl-tools ;;
        xz) echo xz-utils ;;
        groff) echo groff ;;
        xxhsum) echo xxhash ;;
        psql) echo postgresql-client ;;
        pg_checksums) echo postgresql ;;
        setpriv) echo util-linux ;;
        script) echo bsdutils ;;
        kill) echo procps ;;
    esac
}

# Whether a program is here; PostgreSQL's tools are not on the PATH in Debian.
is_here() { # PROGRAM
    case $1 in
        cc-headers) [ -e /usr/include/stdio.h ] ;;
        javac) java_is_new_enough ;;
        chromium-headless-shell) command -v chromium-headless-shell chromium >/dev/null ;;
        pg_checksums) command -v pg_checksums >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_checksums' >/dev/null ;;
        # Not the shell's own, which other programs cannot run.
        *) type -P "$1" >/dev/null ;;
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

    if ! command -v apt-get >/dev/null; then
        echo "Missing here, by the names of their Debian packages: ${packages[*]}" >&2
        exit 1
    fi
    local sudo=() line="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        echo "Missing: ${packages[*]}. This installs it:" >&2
        echo "    su - -c '$line'" >&2
        exit 1
    elif [ "$(id -u)" -ne 0 ]; then
        sudo=(sudo)
        line=${line//apt-get/sudo apt-get}
        if ! sudo -n true 2>/dev/null; then
            echo "Missing: ${packages[*]}. This installs it:" >&2
            echo "    $line" >&2
            exit 1
        fi
    fi
    local install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}")
    echo "Installing ${packages[*]}"
    local log
    log=$(mktemp)
    if ! { "${sudo[@]}" apt-get update && without_a_server "${install[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "That failed. This is the line to run:" >&2
        echo "    $line" >&2
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

# Debian's postgresql would make a cluster, start it, and start it again with each boot. Nobody asked for a server that listens.
without_a_server() { # COMMAND...
    local policy=/usr/sbin/policy-rc.d no_cluster=/etc/postgresql-common/createcluster.d/pgagent-check.conf made=()
    (
        trap '[ ${#made[@]} -eq 0 ] || "${sudo[@]}" rm -f "${made[@]}"' EXIT
        # Whoever put it there decides.
        if [ ! -e "$policy" ]; then
            made+=("$policy")
            printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
            "${sudo[@]}" chmod 755 "$policy"
        fi
        if [[ " $* " == *' postgresql '* ]]; then
            made+=("$no_cluster")
            "${sudo[@]}" mkdir -p "${no_cluster%/*}"
            echo 'create_main_cluster = false' | "${sudo[@]}" tee "$no_cluster" >/dev/null
        fi
        "$@"
    )
}
