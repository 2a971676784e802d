"""`manage.py up`: keeps web, worker, beat and Valkey alive, and stops them in order.

Children die with the supervisor (tied.py); Postgres alone survives a killed one.
"""

import errno
import fcntl
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cba_site.local import signals
from cba_site.local.child import Child
from cba_site.local.home import CannotStart

READY_SECONDS = 120.0
LOOK_SECONDS = 0.25
INSTANCE_HEADER = "X-CBA-Instance"


class Supervisor:
    """``children`` in their order of start. ``also`` is looked after at the same moments."""

    def __init__(
        self,
        children: list[Child],
        *,
        logs: Path,
        say: Callable[[str], object],
        also: Callable[[], object] = lambda: None,
    ) -> None:
        self._children = {child.name: child for child in children}
        self._logs = logs
        self._say = say
        self._also = also
        self._stopping = False
        logs.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        # A closed terminal ends us too, unless nohup asked that it should not.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._ask_to_stop)
        for child in self._children.values():
            child.start(self._logs)

    def tend(self) -> None:
        """Look once after everything; asked to stop, raise KeyboardInterrupt."""
        if self._stopping or signals.interrupted_make():
            raise KeyboardInterrupt
        self._also()
        for child in self._children.values():
            if child.revive(self._logs):
                log = self._logs / f"{child.name}.log"
                self._say(f"{child.name} had stopped and was started again. Its log: {log}")

    def keep(self, wanted: list[Child], *, prefix: str) -> None:
        """Of the children whose names begin so, start those that lack and stop those not wanted."""
        names = {child.name for child in wanted}
        for name in self.names(prefix):
            if name not in names:
                self._children.pop(name).stop()
        for child in wanted:
            if child.name not in self._children:
                self._children[child.name] = child
                child.start(self._logs)

    def names(self, prefix: str) -> list[str]:
        return [name for name in self._children if name.startswith(prefix)]

    def tend_until_stopped(self) -> None:
        while True:
            self.tend()
            time.sleep(LOOK_SECONDS)

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise CannotStart(f"{what} did not come up. The logs are in {self._logs}")
            self.tend()
            time.sleep(LOOK_SECONDS)

    def restart(self) -> None:
        """Give all children today's environment."""
        for child in self._children.values():
            child.stop()
            child.start(self._logs)

    def stop(self, order: list[str]) -> None:
        """Stop the named children, one after the other. Nothing interrupts that."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
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
        os.close(descriptor)
        owner = path.read_text().strip() or "another process"
        raise CannotStart(
            f"It runs already on {home} (process {owner}). Stop that first, or set CBA_HOME."
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    try:
        yield
    finally:
        os.close(descriptor)


def chosen_port() -> int:
    """PORT, 8000 by default."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is no port: give a number from 1 to 65535.")
    return int(text)


def refuse_a_busy_port(host: str, port: int) -> None:
    """Somebody else may listen there: on our address, or where a browser looks for localhost."""
    for address in (host, "::1"):
        try:
            listener = socket.create_server((address, port), family=_family(address))
        except PermissionError as error:
            raise CannotStart(f"Port {port} is kept for root: choose one above 1023.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} is taken by another program. Choose another: PORT={port + 1}"
                ) from error
            if address == host:
                raise CannotStart(f"HOST={host} is no address of this machine.") from error
            # No IPv6 here, so nobody listens there.
            continue
        listener.close()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def answers(url: str, instance: str) -> bool:
    """This very installation is ready, not whatever else listens there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  (our own address)
            return response.headers.get(INSTANCE_HEADER) == instance
    except (urllib.error.URLError, OSError):
        return False
