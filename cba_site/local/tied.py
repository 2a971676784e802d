"""Ties a process to the life of its parent, even where the parent is killed.

As a program: ``python tied.py PARENT COMMAND …`` becomes the command. That way the supervisor
runs no Python of its own between fork and exec, while Polars' threads may hold any lock.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Be killed as soon as ``parent`` is gone; at once if it is gone already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  (the supervisor's own words)
