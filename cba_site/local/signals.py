"""Ctrl-C and SIGTERM, at the moments when they must wait or must end a process tidily."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
