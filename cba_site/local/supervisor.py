"""`manage.py up`: keeps web, worker, beat and Valkey alive, and stops them in order.

Children die with the supervisor (PR_SET_PDEATHSIG); Postgres alone survives a killed one.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
# A child that lived this long has recovered: its next crash starts with the short pause again.
RECOVERED_AFTER = 30.0
STOP_SECONDS = 15.0
READY_SECONDS = 60.0
INSTANCE_HEADER = "X-CBA-Instance"


class CannotStart(Exception):
    """One line for the terminal."""


@dataclass
class Child:
    """One process: how it starts, and what became of it so far."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE

    def start(self, logs: Path) -> None:
        with (logs / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),
            )
        self.started = time.monotonic()

    def revive(self, logs: Path) -> bool:
        """Start again if it crashed and its pause is over. True when it was started."""
        if self.process is None or self.process.poll() is None:
            return False
        lived = time.monotonic() - self.started
        if lived > RECOVERED_AFTER:
            self.pause = FIRST_PAUSE
        elif lived < self.pause:
            return False
        self._end_group()
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.start(logs)
        return True

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._end_group()

    def _end_group(self) -> None:
        """A crashed master leaves its own children: they share its session's group."""
        assert self.process is not None
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


class Supervisor:
    """Children in their order of start; stopped in the reverse order of ``stop_order``."""

    def __init__(self, children: list[Child], *, logs: Path, say: Callable[[str], None]) -> None:
        self._children = {child.name: child for child in children}
        self._logs = logs
        self._say = say
        self._stopping = False
        logs.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        for child in self._children.values():
            child.start(self._logs)

    def tend(self) -> None:
        """Look once after all children."""
        for child in self._children.values():
            if child.revive(self._logs):
                self._say(f"{child.name} had stopped and was started again.")

    def run_until_stopped(self) -> None:
        while not self._stopping:
            self.tend()
            time.sleep(0.25)

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        """Tend the children until ``ready`` answers yes; asked to stop, it raises."""
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            self.raise_if_stopping()
            if time.monotonic() > deadline:
                raise CannotStart(f"{what} did not come up. See {self._logs}.")
            self.tend()
            time.sleep(0.1)

    def raise_if_stopping(self) -> None:
        if self._stopping:
            raise KeyboardInterrupt

    def stop(self, order: list[str]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for name in order:
            if name in self._children:
                self._children[name].stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One supervisor per CBA_HOME; the kernel frees the lock of a killed one."""
    path = home / "up.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = path.read_text().strip() or "another process"
        raise CannotStart(
            f"It runs already on {home} (process {owner}). Stop that first."
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    try:
        yield
    finally:
        os.close(descriptor)


def refuse_a_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104  (gunicorn's own address is tried)
        except OSError as error:
            raise CannotStart(
                f"Port {port} is taken by another program. Choose one: PORT={port + 1} make demo"
            ) from error


def answers(url: str, instance: str) -> bool:
    """This very installation is ready, not whatever else listens there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  (our own address)
            return response.headers.get(INSTANCE_HEADER) == instance
    except (urllib.error.URLError, OSError):
        return False


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _die_with_parent(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare
