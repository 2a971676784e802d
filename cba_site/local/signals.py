"""Ctrl-C and SIGTERM, at the moments when they must wait or must end a process tidily."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM)


def end_tidily() -> None:
    """SIGTERM ends this process as Ctrl-C does, through its ``finally`` and exit handlers.

    A shell that starts us in the background has Ctrl-C ignored; a supervisor must hear it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


@contextmanager
def held() -> Iterator[None]:
    """Both signals wait until the block is through, then act as they would have."""
    caught: list[int] = []
    before = {signal_: signal.signal(signal_, lambda n, _: caught.append(n)) for signal_ in ENDING}
    try:
        yield
    finally:
        for signal_, handler in before.items():
            signal.signal(signal_, handler)
    for number in caught[:1]:
        signal.raise_signal(number)


def interrupted_make() -> bool:
    """Our parent is a ``make`` that was sent SIGINT itself, not through the terminal.

    It hands SIGTERM on, but not SIGINT, and then waits for us with that signal blocked.
    """
    status = Path(f"/proc/{os.getppid()}/status")
    if not status.exists():
        return False
    fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
    blocked = int(fields["SigBlk"], 16) >> (signal.SIGINT - 1) & 1
    return fields["Name"] == "make" and bool(blocked)
