#!/usr/bin/env python3
"""Restores a base backup of pgagent's without pgagent, from docs/repository-format.md alone.

    restore-by-hand.py REPOSITORY CLUSTER BACKUP_ID TARGET_DIRECTORY [OLD_TABLESPACE=NEW ...]

REPOSITORY is a directory, or an URL such as https://s3.example.com/bucket/prefix, read by curl with AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_REGION from the environment. Needs Python 3.9, and curl, lz4 and zstd as the repository does.
Afterwards, give PostgreSQL a restore_command and recovery.signal; docs/repository-format.md says how to read WAL.

With CHECK=1 in the environment each file's CRC-32C is verified, slowly. With DAMAGED=1 it takes what can be read of a backup
that is CORRUPT, slowly, too: it leaves zeros for the rest, or the older version of single pages, names each file, and ends
with status 1.
"""
import gzip
import hashlib
import json
import os
import struct
import subprocess
import sys

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ 0x82F63B78 if n & 1 else n >> 1
    TABLE.append(n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def run(command, data=None):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def fetch(key, start=0, length=None):
    """Bytes of an object; all of them without a length."""
    if "://" not in REPOSITORY:
        with open(os.path.join(REPOSITORY, key), "rb") as file:
            file.seek(start)
            return file.read(length if length is not None else -1)
    env = os.environ
    command = ["curl", "-sSf", "--aws-sigv4", "aws:amz:" + env.get("AWS_REGION", "us-east-1") + ":s3",
               "-H", "x-amz-content-sha256: " + hashlib.sha256(b"").hexdigest(),
               "--user", env["AWS_ACCESS_KEY_ID"] + ":" + env["AWS_SECRET_ACCESS_KEY"], REPOSITORY + "/" + key]
    return run(command if length is None else command + ["-r", f"{start}-{start + length - 1}"])


def content(extent):
    """The original bytes of each chunk of an extent: runs of chunks with the same codec are one stream for its tool."""
    backup, number = extent["pack"].split("/")
    chunks = extent["chunks"]
    try:
        stored = fetch(f"{CLUSTER}/backups/{backup}/data/{number}.pack", extent["offset"], sum(c[2] for c in chunks))
    except (OSError, subprocess.CalledProcessError):
        if not DAMAGED:
            raise
        stored = b""
    at = 0
    while chunks:
        codec = chunks[0][0]
        run_of = 1 if DAMAGED else next((i for i, c in enumerate(chunks) if c[0] != codec), len(chunks))
        size = sum(c[2] for c in chunks[:run_of])
        data = stored[at:at + size]
        if DAMAGED and (len(data) < size or crc32c(data) != int(chunks[0][3], 16)):
            yield chunks[0], None
            at += size
            chunks = chunks[1:]
            continue
        data = data if codec == "none" else run([codec, "-dcq"], data)
        at += size
        done = 0
        for chunk in chunks[:run_of]:
            yield chunk, data[done:done + chunk[1]]
            done += chunk[1]
        chunks = chunks[run_of:]


def lay(file, extent):
    """Writes what an extent has of a file; where an earlier one has the same pages, this one counts. Returns what was lost."""
    at = extent.get("at", 0)
    lost = 0
    for chunk, data in content(extent):
        if data is None:
            lost += chunk[1]
            at += chunk[1] if len(chunk) == 5 else 0
        elif len(chunk) == 5:
            file.seek(at)
            file.write(data)
            at += chunk[1]
        else:
            bits = bin(int("1" + chunk[6], 16))[3:]
            for i, page in enumerate(page for page, bit in enumerate(bits) if bit == "1"):
                file.seek(chunk[5] + page * PAGE)
                file.write(data[i * PAGE:(i + 1) * PAGE])
    return lost


def name(entry, field):
    """A path or link target as bytes, also when it is no UTF-8."""
    return entry[field].encode() if field in entry else bytes.fromhex(entry[field + "_hex"])


def write(path, data, mode=0o600):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def restore(entry):
    path = os.path.join(TARGET, name(entry, "path"))
    mode = int(entry.get("mode", "0"), 8)
    if entry["kind"] == "directory":
        os.makedirs(path, 0o700, exist_ok=True)
        os.chmod(path, mode | 0o700)
        CLOSED.append((path, mode))
    elif entry["kind"] == "link":
        target = name(entry, "target")
        target = TABLESPACES.get(target, target)
        os.makedirs(target, 0o700, exist_ok=True)
        os.symlink(target, path)
    else:
        with open(path, "wb") as file:
            lost = sum(lay(file, extent) for extent in entry["content"])
            if lost:
                file.truncate(entry["size"])
                LOST.append(path)
                print(f"{path!r} has lost {lost} bytes", file=sys.stderr)
        if os.path.getsize(path) != entry["size"]:
            sys.exit(f"{path!r} has {os.path.getsize(path)} bytes, not {entry['size']}")
        os.chmod(path, mode)
        if CHECK and not lost and "crc32c" in entry and crc32c(open(path, "rb").read()) != int(entry["crc32c"], 16):
            sys.exit(f"{path!r} has another CRC-32C")


def disarm(control):
    """pg_control with an impossible checkpoint, so that the cluster never starts without its backup_label."""
    end = 292 if struct.unpack_from("<I", control, 8)[0] >= 1800 else 288
    body = control[:32] + struct.pack("<Q", 0xDEAD) + control[40:end]
    return body + struct.pack("<I", crc32c(body)) + control[end + 4:]


if len(sys.argv) < 5:
    sys.exit(__doc__)
CHECK = "CHECK" in os.environ
DAMAGED = "DAMAGED" in os.environ
LOST = []
REPOSITORY, CLUSTER, BACKUP, TARGET = sys.argv[1:5]
TARGET = os.fsencode(TARGET)
TABLESPACES = dict(os.fsencode(pair).split(b"=", 1) for pair in sys.argv[5:])
CLOSED = []  # each directory gets its own mode once all is written: it may be read-only
os.umask(0)

record = json.loads(fetch(f"{CLUSTER}/records/{BACKUP}.json"))
rewritten = "-" + record["manifest"]["compaction"] if "compaction" in record["manifest"] else ""
packed = fetch(f"{CLUSTER}/backups/{BACKUP}/manifest{rewritten}.json.gz")
if record["state"] not in ("DONE", "OK") + ("CORRUPT",) * DAMAGED or hashlib.sha256(packed).hexdigest() != record["manifest"]["sha256"]:
    sys.exit(f"{BACKUP} is {record['state']}, or its manifest is not the one that was stored")
manifest = json.loads(gzip.decompress(packed))
PAGE = record["source"]["page_size"]

os.makedirs(TARGET, 0o700, exist_ok=True)
if os.listdir(TARGET):
    sys.exit(f"{TARGET!r} is not empty")
# Parents before children; the control file last, so that an interrupted restore cannot start.
entries = sorted(manifest["entries"], key=lambda entry: name(entry, "path"))
last = [entry for entry in entries if entry["kind"] == "file" and entry.get("path") == "global/pg_control"]
for entry in [entry for entry in entries if entry not in last]:
    restore(entry)
write(os.path.join(TARGET, b"backup_label"), manifest["backup_label"].encode())
restore(last[0])
control = os.path.join(TARGET, b"global/pg_control")
if control not in LOST:
    write(control, disarm(open(control, "rb").read()), int(last[0]["mode"], 8))
for path, mode in reversed(CLOSED):
    os.chmod(path, mode)
if LOST:
    sys.exit(f"{len(LOST)} of {len(entries)} entries are damaged")
print(f"restored {BACKUP}: {len(entries)} entries; now needs a restore_command and recovery.signal")
