"""What is made in a thread while what was made before is being used."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
AHEAD = 3


class Ahead(Generic[Item]):
    """The items of an iterator, none of them None, made a few ahead of whoever takes them. Making
    them must not use the database: its connection belongs to the thread that takes.
    """

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._maker = ThreadPoolExecutor(1)

    def __enter__(self) -> Iterator[Item]:
        return self._taken()

    def __exit__(self, *_: object) -> None:
        """The maker stops after its item when nobody takes any more."""
        self._maker.shutdown(cancel_futures=True)

    def _taken(self) -> Iterator[Item]:
        """Raises what was raised in making them."""
        waiting = deque(self._next() for _ in range(AHEAD))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(self._next())
            yield item

    def _next(self) -> Future[Item | None]:
        return self._maker.submit(next, self._items, None)


class Pieces:
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece, self._at = b"", 0

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; none at the end."""
        while self._at >= len(self._piece):
            self._piece, self._at = next(self._pieces, b""), 0
            if not self._piece:
                return b""
        start = self._at
        self._at = len(self._piece) if size < 0 else min(start + size, len(self._piece))
        return self._piece[start : self._at]
