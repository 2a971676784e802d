"""Delimited text as blocks of whole records: parted by the machine's own speed where the text is
regular, record by record where it is not.

Text is regular when each quotation mark stands beside a delimiter, an end of line or another mark,
and lines end alike. A record is never held longer than a window of bounded size.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import StringIO

import numpy as np
import polars as pl

from core.contracts.file_format import Unread
from ingestion.layout.windows import (
    SHOWN,
    WINDOW_BYTES,
    Array,
    Block,
    Dialect,
    Window,
    unclosed,
    unread_record,
)

# Record by record, so much at once: Python's cells take many times their text.
CAREFUL_BYTES = 1 << 20
FEED, RETURN = 10, 13
END = "\x1eend of file\x1e"


def blocks(
    pieces: Iterable[bytes], dialect: Dialect, *, skip: int, size: int = WINDOW_BYTES
) -> Iterator[Block]:
    """All records after the first ``skip`` lines; about ``size`` bytes of them in a block."""
    window = Window(iter(pieces), size)
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
    if window.irregular:
        return None
    text = window.data[: window.data.rfind(b"\n") + 1]
    dialect = _without_loose_marks(text, dialect)
    returns = text.count(b"\r") if b"\r" in text else 0
    like_others = dialect.delimiter.isascii() and returns == (returns and text.count(b"\r\n"))
    records = _records(text, window, dialect) if like_others else None
    if records is None:
        window.irregular = len(text)
        return None
    size = int(records.ends[-1]) + 1
    ragged, blank = _ragged(text, records, dialect)
    good = ~(ragged | blank)
    body = text[:size] if good.all() else _joined(text, records, good)
    frame = _frame(body, dialect, int(good.sum()))
    if frame is None:
        window.irregular = len(text)
        return None
    lines = records.lines[good]
    others = (
        unread_record(dialect, int(records.lines[at]), text[records.begins[at] : records.ends[at]])
        for at in np.flatnonzero(ragged)
    )
    # A pair of marks alone is a blank line too.
    unread = tuple(each for each in others if any(each.cells or ()))
    if (records.lengths < 3 * dialect.width + 1).any():
        said = frame.select(pl.any_horizontal(pl.all().fill_null("") != "")).to_series()
        frame, lines = frame.filter(said), lines[said.to_numpy()]
    window.drop(size, records.lines_in_all)
    return Block(frame, lines, unread)


def _without_loose_marks(text: bytes, dialect: Dialect) -> Dialect:
    """Marks of which none begins a cell mean nothing, like those for inches."""
    mark, delimiter = dialect.quote.encode(), dialect.delimiter.encode()
    if not mark or mark not in text:
        return replace(dialect, quote="")
    begins = text.startswith(mark) or any(side + mark in text for side in (delimiter, b"\n", b"\r"))
    return dialect if begins else replace(dialect, quote="")


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
            raise unclosed(window.line + int(np.searchsorted(ends, quotes[-1])))
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
    at_hand = window.data.find(b"\n", CAREFUL_BYTES) + 1 or window.data.rfind(b"\n") + 1
    ended = window.ended and at_hand == len(window.data)
    read = _read_records(window.data[:at_hand].decode(errors="replace"), dialect)
    closed = bool(read) and read.pop()[1] == [END]
    if not (read or ended) and at_hand < len(window.data):
        whole = window.data[: window.data.rfind(b"\n") + 1]
        ended = window.ended
        read = _read_records(whole.decode(errors="replace"), dialect)
        closed = bool(read) and read.pop()[1] == [END]
    if ended and not closed:
        line = window.line + sum(lines for lines, *_ in read)
        raise unclosed(line)
    if not read:
        return None
    begins = window.line + np.cumsum([0, *(lines for lines, *_ in read)])
    good, unread = [], []
    for line, (_, cells, raw) in zip(begins, read, strict=False):
        if len(cells) == dialect.width and any(cells):
            good.append((int(line), cells))
        elif any(cells):
            unread.append(unread_record(dialect, int(line), raw.rstrip("\r\n").encode()))
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
        raise unclosed(start)
    reason = f"a line of more than {WINDOW_BYTES // 1024**2} MB"
    unread = Unread(start, "", None, shown, reason, "shorten the texts in it")
    schema = dict.fromkeys([f"c{i}" for i in range(dialect.width)], pl.String)
    return Block(pl.DataFrame(schema=schema), np.empty(0, np.int64), (unread,))
