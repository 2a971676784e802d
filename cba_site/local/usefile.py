"""Who uses the private Postgres: each process holds a shared lock, the last one out stops it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UseFile:
    """A lock file of one CBA_HOME. The kernel lets go of the locks of a killed process."""

    def __init__(self, home: Path) -> None:
        self._path = home / "database.use"
        self._descriptor = -1

    def enter(self) -> None:
        """Become a user; waits while somebody starts or stops the server."""
        if self._descriptor < 0:
            # Inherited by no child: a child that outlives us is a user of its own or none.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Turn the lock into an exclusive one; False when somebody else uses the server."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            return False
        return True

    def leave(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def turn(home: Path) -> Iterator[None]:
    """Start and stop take turns, so that nobody stops what another just found running."""
    descriptor = os.open(home / "database.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
