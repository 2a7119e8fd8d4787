"""Stands in for the resident agent, docs/wal-protocol.md: writes down what it was asked, and answers as it was told to.

FAKE_AGENT holds one word for each request, with commas between; the last one goes for all that follow, and requests are
counted over all agents that write into the same RECORD. FAKE_AGENT_START is before-lock or after-lock: sleep there.
"""
import fcntl
import os
import signal
import socket
import struct
import sys
import threading
import time

RECORD = os.environb[b"RECORD"]
DIRECTORY = "pg_wal/pgsql_tmp.pgagent"
SOCKET = "pg_dynshmem/pgagent.sock"
ANSWERS = os.environ.get("FAKE_AGENT", "0").split(",")
SLOW = os.environ.get("FAKE_AGENT_START", "")
SLOW_SECONDS = float(os.environ.get("FAKE_AGENT_SECONDS", "0.5"))
WORKING = b"\x01\x00"
LEAVING = b"\x01\x02"
counting = threading.Lock()


def note(name, content):
    with open(os.path.join(RECORD, name), "ab") as file:
        file.write(content)


def descriptors(process):
    """What a process has open; its own look at the directory excepted."""
    directory = "/proc/%d/fd" % process
    found = []
    for number in os.listdir(directory):
        try:
            found.append("%s %s\n" % (number, os.readlink(os.path.join(directory, number))))
        except FileNotFoundError:
            pass
    return "".join(sorted(found)).encode("utf-8", "surrogateescape")


def frame(body):
    return struct.pack(">I", len(body)) + body


def done(status, message):
    return b"\x01\x01" + struct.pack(">BH", status, len(message)) + message


def read_whole(connection, count):
    content = b""
    while len(content) < count:
        more = connection.recv(count - len(content))
        if not more:
            raise ConnectionError("the request ends after %d of %d bytes" % (len(content), count))
        content += more
    return content


def take_list(body):
    (count,) = struct.unpack_from(">H", body)
    body = body[2:]
    strings = []
    for _ in range(count):
        (length,) = struct.unpack_from(">H", body)
        if len(body) < 2 + length:
            raise ValueError("a string is cut short")
        strings.append(body[2 : 2 + length])
        body = body[2 + length :]
    return strings, body


def read_request(connection):
    """The request as bytes that end with zeros, for the tests to compare."""
    (length,) = struct.unpack(">I", read_whole(connection, 4))
    if not 2 <= length <= 65536:
        raise ValueError("a request of %d bytes" % length)
    body = read_whole(connection, length)
    if body[0] != 1:
        raise ValueError("a request of version %d" % body[0])
    written = b"verb=%d\0" % body[1]
    rest = body[2:]
    for name in (b"operand", b"option", b"variable"):
        strings, rest = take_list(rest)
        written += b"".join(name + b"=" + string + b"\0" for string in strings)
    if rest:
        raise ValueError("%d bytes too many" % len(rest))
    return written


def count_request(written):
    """The answer that is due for this request."""
    with counting:
        path = os.path.join(RECORD, b"count")
        number = os.path.getsize(path) if os.path.exists(path) else 0
        note(b"count", b".")
    note(b"request.%d" % number, written)
    return ANSWERS[min(number, len(ANSWERS) - 1)]


def until_the_caller_goes(connection):
    while connection.recv(4096):
        pass


def answer(connection, listener):
    due = count_request(read_request(connection))
    if due.isdigit():
        connection.sendall(frame(done(int(due), b"answer %s\n" % due.encode())))
    elif due == "quiet":
        connection.sendall(frame(done(0, b"")))
    elif due == "working":
        for _ in range(6):
            connection.sendall(frame(WORKING))
            time.sleep(0.4)
        connection.sendall(frame(WORKING) + frame(done(0, b"")))
    elif due == "big":
        connection.sendall(frame(done(0, b"x" * 65530 + b"\n")))
    elif due == "trickle":
        for byte in frame(WORKING) + frame(done(0, b"byte by byte\n")):
            connection.sendall(bytes([byte]))
            time.sleep(0.01)
    elif due == "silent":
        until_the_caller_goes(connection)
    elif due == "half":
        connection.sendall(frame(done(0, b"never"))[:7])
        until_the_caller_goes(connection)
    elif due == "cut":
        connection.sendall(frame(done(0, b"never"))[:7])
    elif due == "garbage":
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    elif due == "long":
        connection.sendall(struct.pack(">I", 65537))
        until_the_caller_goes(connection)
    elif due == "empty":
        connection.sendall(frame(b""))
    elif due == "version":
        connection.sendall(frame(b"\x02\x01\x00\x00\x00"))
    elif due == "kind":
        connection.sendall(frame(b"\x01\x07"))
    elif due == "trailing":
        connection.sendall(frame(done(0, b"") + b"x"))
    elif due == "short":
        connection.sendall(frame(b"\x01\x01\x00"))
    elif due == "more":
        connection.sendall(frame(done(0, b"")) + b"x")
    elif due == "leaving":
        # A well-behaved one has stopped to listen before it says so.
        os.unlink(SOCKET)
        listener.close()
        connection.sendall(frame(LEAVING))
        connection.close()
        time.sleep(0.3)
        os._exit(0)
    elif due == "staying":
        connection.sendall(frame(LEAVING))
        connection.close()
        time.sleep(0.3)
        os._exit(0)
    elif due == "never-leaving":
        connection.sendall(frame(LEAVING))
    elif due == "crash":
        os._exit(3)
    elif due != "close":
        raise ValueError("what is " + due)
    connection.close()


def serve(connection, listener):
    try:
        answer(connection, listener)
    except OSError as trouble:
        print("connection:", trouble, file=sys.stderr, flush=True)
    except (ValueError, struct.error) as trouble:
        note(b"malformed", str(trouble).encode() + b"\n")


def main():
    signal.alarm(60)
    note(b"descriptors", descriptors(os.getpid()))
    note(b"keeper.descriptors", descriptors(os.getppid()))
    note(b"keeper", open("/proc/%d/cmdline" % os.getppid(), "rb").read().rstrip(b"\0") + b"\n")
    note(b"session", b"%d %d\n" % (os.getsid(0), os.getppid()))
    note(b"starts", b"%d\n" % os.getpid())
    if SLOW == "before-lock":
        time.sleep(SLOW_SECONDS)
    os.makedirs(DIRECTORY, mode=0o700, exist_ok=True)
    lock = open(os.path.join(DIRECTORY, "agent.lock"), "a+")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("another agent lives", file=sys.stderr)
        sys.exit(0)
    note(b"locks", b"%d\n" % os.getpid())
    if SLOW == "after-lock":
        time.sleep(SLOW_SECONDS)
    if os.path.lexists(SOCKET):
        os.unlink(SOCKET)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o177)
    listener.bind(SOCKET)
    if os.environ.get("FAKE_AGENT_MODE"):
        os.chmod(SOCKET, int(os.environ["FAKE_AGENT_MODE"], 8))
    backlog = int(os.environ.get("FAKE_AGENT_BACKLOG", "64"))
    listener.listen(backlog)
    note(b"listening", b"%d\n" % os.getpid())
    while True:
        if backlog == 0:
            time.sleep(1)
            continue
        try:
            connection, _ = listener.accept()
        except OSError:
            # It was closed in order to leave.
            time.sleep(5)
            continue
        threading.Thread(target=serve, args=(connection, listener), daemon=True).start()


main()
