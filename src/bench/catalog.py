#!/usr/bin/env python3
"""What a repository with many backups costs to look at.

usage: PGAGENT=.../bin/pgagent catalog.py [BACKUPS] [TIMES] [NEEDS]

Writes a directory repository with the records of BACKUPS backups (10,000; a full one a week, the others incremental, one every
two hours, each with what it needs of at most NEEDS (8) packs of that week's others) and their empty packs and manifests, and
prints for each command the medians of TIMES (5) runs: wall clock, CPU time, and peak resident memory. The repository is removed
at the end.
"""
import datetime
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PGAGENT = os.environ.get("PGAGENT", os.path.join(os.path.dirname(__file__), "../target/pgagent/bin/pgagent"))
BACKUPS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 5
NEEDS = int(sys.argv[3]) if len(sys.argv) > 3 else 8
A_WEEK = 84
PACKS = 4
FIRST = datetime.datetime(2024, 1, 1)

SOURCE = {
    "system_identifier": "7713768538407496272", "version": 170011, "page_size": 8192, "wal_page_size": 8192,
    "wal_segment_size": 16777216, "data_checksums": True, "wal_log_hints": False,
    "server_started_at": "2024-01-01T00:00:00Z", "standby": False,
    "recovery_settings": {"max_connections": "100", "max_worker_processes": "8", "max_wal_senders": "10",
                          "max_prepared_transactions": "0", "max_locks_per_transaction": "64", "wal_level": "replica"},
    "tablespaces": [], "databases": {"1": 733, "4": 734, "5": 736},
}


def lsn(number, offset):
    return "%X/%08X" % (number >> 6, (number & 63) << 26 | offset)


def record(number, ids):
    """A record as a backup leaves it; an incremental one needs packs of those before it."""
    start = (FIRST + datetime.timedelta(hours=2 * number)).strftime("%Y-%m-%dT%H:%M:%S.123456Z")
    begin, end = lsn(number, 0x28), lsn(number, 0x120)
    result = {
        "format": 1, "id": ids[number], "kind": "full" if ids[number].endswith("F") else "incremental", "state": "OK",
        "writer": {"host": "db1", "pid": 4711, "pgagent_version": "0.1.0"}, "source": SOURCE,
        "start": {"time": start, "timeline": 1, "lsn": begin, "checkpoint": "fast", "label": "pgagent"},
        "stop": {"time": start, "timeline": 1, "lsn": end, "wal": [{"timeline": 1, "start": begin, "end": end}],
                 "xid": 740 + number, "finished_at": start},
        "totals": {"files": 970, "directories": 27, "links": 0, "original_bytes": 28902067, "read_bytes": 28902067,
                   "stored_bytes": 7491719, "bad_pages": 0, "compression": "lz4:1", "chunk_size": 1048576},
        "packs": [{"number": n, "size": 1533198, "crc32c": "%08x" % random.getrandbits(32)} for n in range(PACKS)],
        "manifest": {"size": 50347, "sha256": "%064x" % random.getrandbits(256)},
        "validation": {"at": start, "depth": "quick", "pgagent_version": "0.1.0", "bytes_read": 0},
    }
    if result["kind"] == "incremental":
        full = number - number % A_WEEK
        result["parent"] = {"id": ids[number - 1], "changed_by": "summaries", "reasons": []}
        packs = [(other, pack) for other in range(full, number) for pack in range(PACKS)]
        result["needs"] = [
            {"pack": "%s/%d" % (ids[other], pack), "stored_bytes": random.randrange(1 << 20), "end": random.randrange(1 << 24)}
            for other, pack in sorted(random.sample(packs, min(NEEDS, len(packs))))]
    return result


def write(repository):
    cluster = os.path.join(repository, "main")
    os.makedirs(os.path.join(cluster, "records"))
    description = {"format": 1, "system_identifier": SOURCE["system_identifier"], "major_version": 17,
                   "wal_segment_size": 16777216, "created_at": "2024-01-01T00:00:00Z",
                   "conditional_writes": {"store": "file://" + repository, "honoured": True}}
    with open(os.path.join(cluster, "cluster.json"), "w") as file:
        json.dump(description, file)
    ids = [(FIRST + datetime.timedelta(hours=2 * n)).strftime("%Y%m%dT%H%M%SZ-") + ("F" if n % A_WEEK == 0 else "I")
           for n in range(BACKUPS)]
    for number, name in enumerate(ids):
        with open(os.path.join(cluster, "records", name + ".json"), "w") as file:
            json.dump(record(number, ids), file, indent=2)
        data = os.path.join(cluster, "backups", name, "data")
        os.makedirs(data)
        for empty in [os.path.join(cluster, "backups", name, "manifest.json.gz")] + [
                os.path.join(data, "%d.pack" % n) for n in range(PACKS)]:
            open(empty, "w").close()


def run(arguments):
    """Wall clock and CPU seconds, and MiB at the peak."""
    begin = time.monotonic()
    process = subprocess.Popen([PGAGENT] + arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("%s: %s" % (" ".join(arguments), errors.decode()))
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    random.seed(1)
    repository = tempfile.mkdtemp(prefix="pgagent-catalog-")
    try:
        write(repository)
        os.environ["PGAGENT_BUCKET"] = "file://" + repository
        print("%d backups in a directory; medians of %d" % (BACKUPS, TIMES))
        print("%-44s %8s %8s %10s" % ("command", "wall s", "CPU s", "peak MiB"))
        for words in (["show"], None, ["show"], ["show", "--recovery"], ["purge", "--dry-run"],
                      ["expire", "--keep-full", "3", "--dry-run"]):
            if words is None:
                # A deletion is what writes the index of the records.
                run(["delete", FIRST.strftime("%Y%m%dT%H%M%SZ-F"), "--force"])
                continue
            indexed = os.path.exists(os.path.join(repository, "main", "records.jsonl.gz"))
            runs = [run(words) for _ in range(TIMES)]
            medians = [statistics.median(column) for column in zip(*runs)]
            name = " ".join(words) + (" (no index)" if not indexed else "")
            print("%-44s %8.2f %8.2f %10.0f" % (name, *medians), flush=True)
    finally:
        shutil.rmtree(repository)


main()
