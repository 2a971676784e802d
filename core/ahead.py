"""What is made in a thread while what was made before is being used."""

import threading
from collections.abc import Iterator
from queue import Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")
WAITING = 2
ENOUGH = object()


class Ahead(Generic[Item]):
    """The items of an iterator, made a few ahead of whoever takes them. Making them must not use
    the database: its connection belongs to the thread that takes.
    """

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._made: Queue[object] = Queue(WAITING)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *_: object) -> None:
        """The maker stops at its next item when nobody takes any more."""
        self._left.set()
        while self._thread.is_alive():
            if not self._made.empty():
                self._made.get()
            self._thread.join(0.01)

    def _taken(self) -> Iterator[Item]:
        """Raises what was raised in making them."""
        while (item := self._made.get()) is not ENOUGH:
            if isinstance(item, _Failed):
                raise item.error
            yield item  # type: ignore[misc]

    def _make(self) -> None:
        try:
            for item in self._items:
                if self._left.is_set():
                    return
                self._made.put(item)
            self._made.put(ENOUGH)
        # Whatever it was belongs to whoever takes.
        except BaseException as error:  # noqa: BLE001
            self._made.put(_Failed(error))


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


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
