#!/usr/bin/env bash
# Makes a Debian package of the distribution; the build calls it where dpkg-deb is.
#   src/assembly/make-deb.sh DISTRIBUTION VERSION STAGE OUT
# STAGE is a directory to make the package's tree in, OUT the directory for the package.
set -euo pipefail
umask 022
# With it, dpkg-deb would change the times of the jars, and the class archive is valid for these times only.
unset SOURCE_DATE_EPOCH
distribution=$1 version=$2 stage=$3 out=$4

lib=$stage/usr/lib/pgagent doc=$stage/usr/share/doc/pgagent
rm -rf "$stage"
mkdir -p "$stage/DEBIAN" "$stage/etc/pgagent" "$stage/usr/bin" "$stage/usr/lib/systemd/system" "$doc/examples" \
    "$stage/usr/share/man/man1" "$stage/usr/share/bash-completion/completions"
cp -a "$distribution" "$lib"
ln -s ../lib/pgagent/bin/pgagent "$stage/usr/bin/pgagent"
cp -p "$lib/conf/pgagent@.service" "$stage/usr/lib/systemd/system/"
cp -p "$lib/conf/pgagent.toml.example" "$doc/examples/pgagent.toml"
cp -p "$lib/share/LICENSE" "$doc/copyright"
mv "$lib"/share/man/man1/*.1 "$stage/usr/share/man/man1/"
gzip -9n "$stage"/usr/share/man/man1/*.1
mv "$lib/share/bash-completion/completions/pgagent" "$stage/usr/share/bash-completion/completions/"
rm -r "$lib/share/man" "$lib/share/bash-completion"
chmod -R u+rwX,go+rX,go-w "$stage"

# Every program and library in it, whoever compiled it.
elves=()
while IFS= read -r -d '' file; do
    if [ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ]; then
        elves+=("$file")
    fi
done < <(find "$lib" -type f -print0)
if [ ${#elves[@]} -eq 0 ]; then
    echo "make-deb: no programs in $lib" >&2
    exit 1
fi

# The newest symbols of the C library that any of them asks for. Static programs ask for none.
glibc=$(LC_ALL=C readelf -V "${elves[@]}" 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
depends="libc6 (>= ${glibc#GLIBC_})"
# Debian's own Java takes some libraries from the system. Of the others, each is in the runtime.
needed=$(LC_ALL=C readelf -d "${elves[@]}" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
for name in $needed; do
    if [ -n "$(find "$lib" -name "$name" -print -quit)" ]; then
        continue
    fi
    file=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n "s|^[[:space:]]*$name (.*=> ||p" | head -n 1)
    package=$(dpkg-query -S "$(readlink -f "${file:-/nonexistent/$name}")" 2>/dev/null || dpkg-query -S "*/$name" 2>/dev/null) || {
        echo "make-deb: no package has $name" >&2
        exit 1
    }
    package=${package%%:*}
    case ", $depends," in
        *", $package "* | *", $package,"*) ;;
        *) depends+=", $package" ;;
    esac
done

architecture=$(dpkg --print-architecture)
# Not pgagent: Debian has pgAdmin's scheduler under that name, which apt would take for the next version of this one.
cat >"$stage/DEBIAN/control" <<CONTROL
Package: pgagent-backup
Version: $version
Architecture: $architecture
Maintainer: pgagent developers <maintainers@users.noreply.r-seed-54f8017f.example>
Installed-Size: $(du -sk --exclude=DEBIAN "$stage" | cut -f1)
Depends: $depends
Conflicts: pgagent
Section: database
Priority: optional
Description: backups of PostgreSQL in S3-compatible object storage
 Takes base backups of a PostgreSQL cluster and archives its WAL, straight into
 object storage, and puts a cluster back on a fresh host at any point in time.
 It has its own Java runtime.
CONTROL
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"

# With a stronger compression it would hardly be smaller, and take minutes.
dpkg-deb -Zgzip -z6 --root-owner-group --build "$stage" "$out/pgagent-backup_${version}_$architecture.deb" >/dev/null
