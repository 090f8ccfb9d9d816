"""Runs a command that ends when its parent ends: `python -I -S leash.py PARENT_PID COMMAND…`.

It asks the kernel to kill this process when the parent dies, however it dies, and then becomes the command (same
pid). A small program of its own and no `preexec_fn`: code between fork and exec is not safe beside other threads.
Linux only; elsewhere the command runs without a leash, and the next start of the stack ends what was left.
The kernel watches the parent's *thread*: start children from a thread that lives as long as they should.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

if __name__ == "__main__":
    parent = int(sys.argv[1])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel knew of the wish
        sys.exit("the parent has ended")
    try:
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is ours
    except OSError as error:
        sys.exit(f"cannot run {sys.argv[2]}: {error.strerror}")
