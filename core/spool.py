"""Frames set aside on disk, so that what is read once and used twice takes no memory."""

import os
import tempfile
from collections.abc import Iterator
from io import BytesIO

import polars as pl


class Spool:
    """Frames of one schema in the order in which they came. The file has no name: it is gone with
    the process, whatever ends that.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="cba-spool-")  # noqa: SIM115  (closed by close)
        self._places: list[tuple[int, int]] = []
        self.rows = 0

    def put(self, frame: pl.DataFrame) -> None:
        start = self._file.tell()
        frame.write_ipc_stream(self._file, compression="lz4", compat_level=pl.CompatLevel.newest())
        self._places.append((start, self._file.tell() - start))
        self.rows += frame.height

    def __iter__(self) -> Iterator[pl.DataFrame]:
        self._file.flush()
        for start, size in self._places:
            yield pl.read_ipc_stream(BytesIO(os.pread(self._file.fileno(), size, start)))

    def __len__(self) -> int:
        return len(self._places)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
