"""A stream of text as a window that moves over it, a record's start at its beginning."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import polars as pl

from core.contracts.file_format import Unread
from ingestion.encodings import UnreadableFile

# More than a window of text that ends no record is passed over, not kept.
WINDOW_BYTES = 16 * 1024**2
SHOWN = 200
csv.field_size_limit(2**31 - 1)

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Dialect:
    """``quote`` empty: quotation marks are letters like others."""

    delimiter: str
    quote: str
    width: int

    @property
    def reader(self) -> dict[str, Any]:
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quotechar": self.quote or None, "quoting": quoting}


@dataclass(frozen=True)
class Block:
    """Columns c0 …, the line of each of these records, and the records of another width."""

    frame: pl.DataFrame
    lines: Array
    unread: tuple[Unread, ...]


@dataclass
class Window:
    """What is at hand of a stream, from the start of a record on; ``line`` is that of its start.

    ``irregular``: how many bytes of it are to be read record by record.
    """

    pieces: Iterator[bytes]
    size: int = WINDOW_BYTES
    line: int = 1
    data: bytes = b""
    ended: bool = False
    irregular: int = 0

    def fill(self) -> bool:
        taken, held = [self.data], len(self.data)
        while not self.ended and held < self.size:
            piece = next(self.pieces, None)
            self.ended = piece is None
            taken.append(piece or b"")
            held += len(taken[-1])
        self.data = b"".join(taken)
        if self.ended and self.data and not self.data.endswith(b"\n"):
            self.data += b"\n"
        return bool(self.data)

    def drop(self, size: int, lines: int) -> None:
        self.data, self.line = self.data[size:], self.line + lines
        self.irregular = max(self.irregular - size, 0)

    def drop_lines(self, lines: int) -> None:
        for _ in range(lines):
            self.fill()
            self.drop(self.data.find(b"\n") + 1 or len(self.data), 1)


def unread_record(dialect: Dialect, line: int, raw: bytes) -> Unread:
    text = raw.decode(errors="replace")
    cells = tuple(next(csv.reader(StringIO(text, newline=""), **dialect.reader), ()))
    return Unread(
        line,
        "",
        cells,
        dialect.delimiter.join(cells)[:SHOWN],
        f"{len(cells)} cells, the header has {dialect.width}",
        "quote cells that hold the delimiter, or complete the row",
    )


def unclosed(line: int) -> UnreadableFile:
    return UnreadableFile(
        f"Row {line:,} opens a quotation mark that is never closed, or the file stops in the middle"
        " of it. Close it, write it twice where it stands for inches, or get the whole file anew. A"
        " mapping whose option quote is empty takes quotation marks as letters."
    )
