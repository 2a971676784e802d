"""Text with a delimiter: CSV, TSV and their like."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TextIO

import polars as pl

from core.contracts.file_format import FIRST_ROWS, Batch, FileFormat, Finding, Look, sliced
from core.contracts.options import option
from ingestion.encodings import KINDS, encoding_found
from ingestion.layout.blocks import blocks
from ingestion.layout.heading import Heading, heading, without_repeats
from ingestion.layout.sample import delimiter_found, first_records
from ingestion.layout.text import HEAD_BYTES, head_text, utf8_pieces
from ingestion.layout.windows import WINDOW_BYTES, Block, Dialect

NOT_SURE = 0.1
LOOK_BYTES = 1 << 20
# A line is handed on in parts of at most so many letters.
PART_LETTERS = 1 << 20


@dataclass(frozen=True)
class _Read:
    """How the file is read: what was said, and what was found out."""

    encoding: str
    dialect: Dialect
    heading: Heading
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Delimited(FileFormat):
    key: ClassVar[str] = "csv"
    title: ClassVar[str] = "CSV, TSV and other text with a delimiter"
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab", ".txt")

    encoding: str | None = None
    delimiter: str | None = None
    # The sign around cells; empty: none has a meaning.
    quote: str = '"'
    # The line in which the header begins, and how many lines it has.
    header_line: int | None = option(None, least=1)
    header_lines: int | None = option(None, least=1, most=2)

    @classmethod
    def recognises(cls, head: bytes) -> float:
        return 0.0 if any(head.startswith(magic) for magic, _ in KINDS) else NOT_SURE

    def look(self, path: Path) -> Look:
        read = self._read(path)
        first = next(_blocks(path, read, LOOK_BYTES), None)
        schema = {"row": pl.Int64, **dict.fromkeys(read.heading.names, pl.String)}
        rows = _named(first, read).head(FIRST_ROWS) if first else pl.DataFrame(schema=schema)
        return Look(rows, read.findings, read.heading.above, read.heading.nameless)

    def batches(self, path: Path) -> Iterator[Batch]:
        read = self._read(path)
        for block in _blocks(path, read):
            rows, again = without_repeats(_named(block, read), read.heading)
            first, *further = sliced(rows)
            yield Batch(first, (*block.unread, *again))
            yield from map(Batch, further)

    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        """A line becomes a blank line, whatever it held."""
        read = self._read(path)
        with (
            path.open(encoding=read.encoding, newline="") as source,
            draft.open("w", encoding=read.encoding, newline="") as target,
        ):
            lines = _Lines(source)
            while line := lines.next():
                if lines.number not in rows:
                    target.write(line)
                    continue
                # The reader takes as many further lines as the record has.
                whole = [line]
                next(csv.reader(lines.noted(whole), **read.dialect.reader), None)
                target.write("".join(c for part in whole for c in part if c in "\r\n"))

    def _read(self, path: Path) -> _Read:
        with path.open("rb") as file:
            encoding = encoding_found(path, file.read(HEAD_BYTES), self.encoding)
        text = head_text(path, str(encoding.value))
        delimiter = delimiter_found(text, self.delimiter, self.quote)
        records = first_records(text, str(delimiter.value), self.quote)
        top = heading(records, self.header_line, self.header_lines)
        return _Read(
            encoding=str(encoding.value),
            dialect=Dialect(str(delimiter.value), self.quote, len(top.names)),
            heading=top,
            findings=(encoding, delimiter, *top.findings),
        )


class _Lines:
    """The lines of a text and their numbers; one that is very long comes in parts."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.number, self.ended = file, 0, True

    def next(self) -> str:
        part = self.file.readline(PART_LETTERS)
        if len(part) == PART_LETTERS and part.endswith("\r"):
            part += self.file.readline(1)
        self.number += self.ended
        self.ended = part.endswith(("\r", "\n"))
        return part

    def noted(self, taken: list[str]) -> Iterator[str]:
        """The line that was taken, and those after it as they are asked for."""
        yield taken[0]
        while line := self.next():
            taken.append(line)
            yield line


def _blocks(path: Path, read: _Read, size: int = WINDOW_BYTES) -> Iterator[Block]:
    pieces = utf8_pieces(path, read.encoding)
    return blocks(pieces, read.dialect, skip=read.heading.last, size=size)


def _named(block: Block, read: _Read) -> pl.DataFrame:
    frame = block.frame.rename(dict(zip(block.frame.columns, read.heading.names, strict=True)))
    return frame.select(pl.Series("row", block.lines, dtype=pl.Int64), pl.all())
