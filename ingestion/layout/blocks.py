"""Delimited text as blocks of whole records: parted by the machine's own speed where the text is
regular, record by record where it is not.

Text is regular when each quotation mark stands beside a delimiter, an end of line or another mark,
and lines end alike. A record is never held longer than a window of bounded size.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import numpy as np
import polars as pl

from core.contracts.file_format import Unread
from ingestion.encodings import UnreadableFile

# More than a window of text that ends no record is passed over, not kept.
WINDOW_BYTES = 16 * 1024**2
SHOWN = 200
FEED, RETURN = 10, 13
END = "\x1eend of file\x1e"
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
    """What is at hand of a stream, from the start of a record on; ``line`` is that of its start."""

    pieces: Iterator[bytes]
    line: int = 1
    data: bytes = b""
    ended: bool = False

    def fill(self) -> bool:
        while not self.ended and len(self.data) < WINDOW_BYTES:
            piece = next(self.pieces, None)
            if piece is not None:
                self.data += piece
                continue
            self.ended = True
            if self.data and not self.data.endswith(b"\n"):
                self.data += b"\n"
        return bool(self.data)

    def drop(self, size: int, lines: int) -> None:
        self.data, self.line = self.data[size:], self.line + lines

    def drop_lines(self, lines: int) -> None:
        for _ in range(lines):
            self.fill()
            self.drop(self.data.find(b"\n") + 1 or len(self.data), 1)


def blocks(pieces: Iterable[bytes], dialect: Dialect, *, skip: int) -> Iterator[Block]:
    """All records after the first ``skip`` lines."""
    window = Window(iter(pieces))
    window.drop_lines(skip)
    while window.fill():
        yield _quick(window, dialect) or _careful(window, dialect) or _passed_over(window, dialect)


@dataclass(frozen=True)
class _Records:
    """Where each record begins and ends in the text, its line, and its delimiters."""

    begins: Array
    ends: Array
    lines: Array
    delimiters: Array
    lines_in_all: int = field(default=0)

    @property
    def lengths(self) -> Array:
        return self.ends - self.begins


def _quick(window: Window, dialect: Dialect) -> Block | None:
    """None where the text is not regular, or ends no record."""
    text = window.data[: window.data.rfind(b"\n") + 1]
    if not dialect.delimiter.isascii():
        return None
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return None
    records = _records(text, window, dialect)
    if records is None:
        return None
    size = int(records.ends[-1]) + 1
    ragged, blank = _ragged(text, records, dialect)
    good = ~(ragged | blank)
    body = text[:size] if good.all() else _joined(text, records, good)
    frame = _frame(body, dialect, int(good.sum()))
    if frame is None:
        return None
    lines = records.lines[good]
    unread = tuple(
        _unread(dialect, int(records.lines[at]), text[records.begins[at] : records.ends[at]])
        for at in np.flatnonzero(ragged)
    )
    if (records.lengths < 3 * dialect.width + 1).any():
        said = frame.select(pl.any_horizontal(pl.all().fill_null("") != "")).to_series()
        frame, lines = frame.filter(said), lines[said.to_numpy()]
    window.drop(size, records.lines_in_all)
    return Block(frame, lines, unread)


def _records(text: bytes, window: Window, dialect: Dialect) -> _Records | None:
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == FEED)
    delimiters = np.flatnonzero(letters == ord(dialect.delimiter))
    whole = np.arange(len(ends))
    if dialect.quote and dialect.quote.encode() in text:
        quotes = np.flatnonzero(letters == ord(dialect.quote))
        if not _regular(letters, quotes, dialect):
            return None
        whole = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
        if window.ended and len(quotes) % 2:
            raise _unclosed(window.line + int(np.searchsorted(ends, quotes[-1])))
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
        ends = ends[whole]
    if not len(ends):
        return None
    begins = np.concatenate([[0], ends[:-1] + 1])
    lines = window.line + np.concatenate([[0], whole[:-1] + 1])
    return _Records(begins, ends, lines, delimiters, int(whole[-1]) + 1)


def _regular(letters: Array, quotes: Array, dialect: Dialect) -> bool:
    opens, closes = quotes[0::2], quotes[1::2]
    sides = [ord(dialect.delimiter), FEED, ord(dialect.quote)]
    before, after = letters[opens[opens > 0] - 1], letters[closes + 1]
    return bool(np.isin(before, sides).all() and np.isin(after, [*sides, RETURN]).all())


def _ragged(text: bytes, records: _Records, dialect: Dialect) -> tuple[Array, Array]:
    """Which records have another width, and which hold nothing but delimiters."""
    inner, found, many = dialect.width - 1, records.delimiters, len(records.ends)
    found = found[: np.searchsorted(found, records.ends[-1])]
    if inner and len(found) == inner * many:
        last, first = found[inner - 1 :: inner], found[::inner]
        if (last < records.ends).all() and (first >= records.begins).all():
            counts = np.full(many, inner)
        else:
            counts = np.diff(np.searchsorted(found, records.ends), prepend=0)
    else:
        counts = np.diff(np.searchsorted(found, records.ends), prepend=0)
    letters = np.frombuffer(text, np.uint8)
    returned = letters[np.maximum(records.ends - 1, 0)] == RETURN
    blank = records.lengths - (returned & (records.lengths > 0)) == counts
    return (counts != inner) & ~blank, blank


def _joined(text: bytes, records: _Records, good: Array) -> bytes:
    """The text of the good records: runs of them are taken whole."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    runs = zip(steps[0::2], steps[1::2], strict=True)
    return b"".join(text[records.begins[a] : records.ends[b - 1] + 1] for a, b in runs)


def _frame(body: bytes, dialect: Dialect, height: int) -> pl.DataFrame | None:
    names = [f"c{i}" for i in range(dialect.width)]
    schema = dict.fromkeys(names, pl.String)
    if not height:
        return pl.DataFrame(schema=schema)
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            separator=dialect.delimiter,
            quote_char=dialect.quote or None,
            infer_schema=False,
            schema=schema,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == height else None


def _careful(window: Window, dialect: Dialect) -> Block | None:
    """Record by record, as spreadsheets write them; None where the window ends no record."""
    text = window.data[: window.data.rfind(b"\n") + 1].decode(errors="replace")
    read = _read_records(text, dialect)
    closed = bool(read) and read.pop()[1] == [END]
    if window.ended and not closed:
        line = window.line + sum(lines for lines, *_ in read)
        raise _unclosed(line)
    if not read:
        return None
    begins = window.line + np.cumsum([0, *(lines for lines, *_ in read)])
    good, unread = [], []
    for line, (_, cells, raw) in zip(begins, read, strict=False):
        if len(cells) == dialect.width and any(cells):
            good.append((int(line), cells))
        elif any(cells):
            unread.append(_unread(dialect, int(line), raw.rstrip("\r\n").encode()))
    schema = dict.fromkeys([f"c{i}" for i in range(dialect.width)], pl.String)
    frame = pl.DataFrame([cells for _, cells in good], schema=schema, orient="row")
    frame = frame.with_columns(pl.all().replace("", None))
    window.drop(sum(len(raw.encode()) for *_, raw in read), int(begins[-1]) - window.line)
    return Block(frame, np.array([line for line, _ in good], dtype=np.int64), tuple(unread))


def _read_records(text: str, dialect: Dialect) -> list[tuple[int, list[str], str]]:
    """Lines, cells and text of each record; the last is END alone, or what it was added to."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in StringIO(text, newline=""):
            taken.append(line)
            yield line
        yield END

    read = []
    for cells in csv.reader(lines(), **dialect.reader):
        read.append((len(taken), cells, "".join(taken)))
        taken.clear()
    return read


def _passed_over(window: Window, dialect: Dialect) -> Block:
    """A record that is longer than a window: its line is told, and the next one is looked for."""
    start, shown = window.line, window.data[:SHOWN].decode(errors="replace")
    odd, lines = 0, 0
    while window.fill():
        letters = np.frombuffer(window.data, np.uint8)
        ends = np.flatnonzero(letters == FEED)
        quotes = np.flatnonzero(letters == ord(dialect.quote)) if dialect.quote else ends[:0]
        outside = np.flatnonzero((odd + np.searchsorted(quotes, ends)) % 2 == 0)
        if len(outside):
            lines += int(outside[0]) + 1
            window.drop(int(ends[outside[0]]) + 1, int(outside[0]) + 1)
            break
        odd, lines = (odd + len(quotes)) % 2, lines + len(ends)
        window.drop(len(window.data), len(ends))
    else:
        lines += 1 + odd
    if lines > 1:
        raise _unclosed(start)
    reason = f"a line of more than {WINDOW_BYTES // 1024**2} MB"
    unread = Unread(start, "", None, shown, reason, "shorten the texts in it")
    schema = dict.fromkeys([f"c{i}" for i in range(dialect.width)], pl.String)
    return Block(pl.DataFrame(schema=schema), np.empty(0, np.int64), (unread,))


def _unread(dialect: Dialect, line: int, raw: bytes) -> Unread:
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


def _unclosed(line: int) -> UnreadableFile:
    return UnreadableFile(
        f"Row {line:,} opens a quotation mark that is never closed, or the file stops in the middle"
        " of it. Close it, or get the whole file anew; where quotation marks mean nothing, say so"
        ' in the mapping: {"options": {"quote": ""}}.'
    )
