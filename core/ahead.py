"""What is made in a thread while what was made before is being used."""

import threading
from collections.abc import Iterator
from queue import Queue

WAITING = 2


class Ahead:
    """Pieces of bytes as a file to read from, made a few ahead of the reader."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._made: Queue[bytes | BaseException | None] = Queue(WAITING)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._rest = b""
        self._at = 0

    def __enter__(self) -> "Ahead":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The maker stops at its next piece when nobody reads on."""
        self._left.set()
        while self._thread.is_alive():
            if not self._made.empty():
                self._made.get()
            self._thread.join(0.01)

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; none at the end. Raises what was raised in making them."""
        while self._at >= len(self._rest):
            piece = self._made.get()
            if piece is None:
                return b""
            if isinstance(piece, BaseException):
                raise piece
            self._rest, self._at = piece, 0
        end = len(self._rest) if size < 0 else self._at + size
        start, self._at = self._at, min(end, len(self._rest))
        return self._rest[start : self._at]

    def _make(self) -> None:
        try:
            for piece in self._pieces:
                if self._left.is_set():
                    return
                self._made.put(piece)
            self._made.put(None)
        # Whatever it was belongs to whoever reads.
        except BaseException as error:  # noqa: BLE001
            self._made.put(error)
