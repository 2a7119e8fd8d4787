"""Starts a command and adopts whatever that leaves behind, as a postmaster does that is process 1 of a container. Kills the
agent that has written itself down in RECORD, and prints with what the orphan ended: its exit status, or -SIGNAL."""
import ctypes
import os
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36

signal.alarm(30)
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("cannot adopt")
called = subprocess.run(sys.argv[1:], check=False)
if called.returncode != 0:
    sys.exit("the command ended with %d" % called.returncode)
with open(os.path.join(os.environb[b"RECORD"], b"starts"), "rb") as starts:
    os.kill(int(starts.read()), signal.SIGKILL)
_, status = os.waitpid(-1, 0)
print(os.waitstatus_to_exitcode(status))
