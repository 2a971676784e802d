"""Workbooks of spreadsheets: one sheet, whose cells have types; a formula gives its value."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, ClassVar, NamedTuple

import polars as pl
import pyarrow.parquet as pq
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.contracts.file_format import (
    FIRST_ROW,
    FIRST_ROWS,
    NAMELESS,
    Batch,
    FileFormat,
    Finding,
    Look,
    Unread,
)
from core.contracts.options import option
from ingestion.encodings import UnreadableFile
from ingestion.layout.cells import Written, column_types, is_cut, typed_column
from ingestion.layout.heading import Heading, Record, heading, without_repeats
from ingestion.layout.sample import LOOKED_AT

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The part with which the archive of a workbook begins, after a header of 30 bytes.
FIRST_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"customXml/", b"mimetype")
PART_AT = 30
MOST_UNPACKED = 512 * 1024**2
ROWS_AT_ONCE = 50_000
CUT = (
    "a number of more than 15 digits, which spreadsheets do not keep whole",
    "make the column's format text, and enter the number anew",
)
DAMAGED = "This workbook is damaged or stops in the middle ({}). Save it anew and try again."
TOO_LARGE = "The workbook unpacks to more than {} MB. Save the sheet as CSV and bring it as that."
LOCKED = "The workbook is locked with a password. Save it without one and try again."
FAR = (
    "The sheet reaches over {:,} rows and {:,} columns. Clear the cells far outside the table, or"
    " save it as CSV and bring it as that."
)
# Columns after Z alone: most sheets have none of them.
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
ROW = re.compile(rb'<row [^>]*?r="(\d{1,7})"')
FAR_COLUMN = re.compile(rb'<c [^>]*?r="([A-Z]{2,3})\d')
PIECE_BYTES, LONGEST_TAG = 1 << 20, 200
LETTERS = 26
MOST_CELLS = 30_000_000
NO_SHEET = "The workbook has no sheet with rows."

Row = tuple[int, list[Any]]


class _Table(NamedTuple):
    """A sheet under its header, and the type of each of its columns."""

    sheet: CalamineSheet
    top: Heading
    findings: tuple[Finding, ...]
    types: list[pl.DataType]

    def rows(self) -> Iterator[Row]:
        """Number and cells of all rows under the header, blank ones included."""
        width = len(self.top.names)
        first = self.sheet.start[0] if self.sheet.start else 0
        for number, cells in enumerate(self.sheet.iter_rows(), first + 1):
            if number > self.top.last:
                yield number, [*cells[:width], *[""] * (width - len(cells))]

    def frame(self, rows: list[Row], written: Written) -> pl.DataFrame:
        numbers = pl.Series("row", [number for number, _ in rows], dtype=pl.Int64)
        columns = [
            typed_column(name, (cells[at] for _, cells in rows), dtype, written)
            for at, (name, dtype) in enumerate(zip(self.top.names, self.types, strict=True))
        ]
        return pl.DataFrame([numbers, *columns])


@dataclass(frozen=True)
class Workbook(FileFormat):
    """The number of a row is that of the sheet. A file emptied of rows goes on as Parquet."""

    key: ClassVar[str] = "workbook"
    title: ClassVar[str] = "Excel and OpenDocument workbooks"
    endings: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    sheet: str | None = None
    header_line: int | None = option(None, least=1)
    header_lines: int | None = option(None, least=1, most=2)
    # How numbers and days are written as text where a column holds texts too.
    decimal: str = "."
    date_format: str | None = None

    @classmethod
    def recognises(cls, head: bytes) -> float:
        if head.startswith(ZIP):
            return 1.0 if head[PART_AT:].startswith(FIRST_PARTS) else 0.5
        return 1.0 if head.startswith(OLD_EXCEL) else 0.0

    def look(self, path: Path) -> Look:
        table = self._table(path)
        frame = table.frame(list(islice(_filled(table), FIRST_ROWS)), self._written)
        return Look(frame, table.findings, table.top.above, table.top.nameless)

    def batches(self, path: Path) -> Iterator[Batch]:
        table = self._table(path)
        rows = _filled(table)
        while part := list(islice(rows, ROWS_AT_ONCE)):
            whole = [row for row in part if not any(map(is_cut, row[1]))]
            cut = [_unread(row, table.top) for row in part if any(map(is_cut, row[1]))]
            frame, again = without_repeats(table.frame(whole, self._written), table.top)
            yield Batch(frame, (*cut, *again))

    def holds_more(self, path: Path) -> bool:
        with _book(path) as book:
            return len(book.sheet_names) > 1

    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        """As Parquet, which keeps the types; what a spreadsheet has cut stays away."""
        table = self._table(path)
        kept = [
            (n, ["" if n in rows or is_cut(cell) else cell for cell in cells])
            for n, cells in table.rows()
        ]
        frame = table.frame(kept, self._written).drop("row")
        frame = frame.drop(name for name in frame.columns if name.startswith(NAMELESS))
        first = str(kept[0][0] if kept else 1)
        pq.write_table(frame.to_arrow().replace_schema_metadata({FIRST_ROW: first}), draft)

    @property
    def _written(self) -> Written:
        return Written(self.decimal, self.date_format)

    def _table(self, path: Path) -> _Table:
        with _book(path) as book:
            sheet, found = _sheet(book, self.sheet)
        first = sheet.start[0] if sheet.start else 0
        texts = (
            tuple(self._written.text(cell) or "" for cell in cells)
            for cells in islice(sheet.iter_rows(), LOOKED_AT)
        )
        records = [Record(number, cells, number) for number, cells in enumerate(texts, first + 1)]
        top = heading(records, self.header_line, self.header_lines)
        bare = _Table(sheet, top, (found, *top.findings), [])
        return bare._replace(
            types=column_types((cells for _, cells in bare.rows()), len(top.names))
        )


@contextmanager
def _book(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook, open; what is wrong with it is said in words."""
    try:
        _refuse_bomb(path)
        with CalamineWorkbook.from_path(str(path)) as book:
            yield book
    except PasswordError as error:
        raise UnreadableFile(LOCKED) from error
    except (CalamineError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise UnreadableFile(DAMAGED.format(error)) from error


def _sheet(book: CalamineWorkbook, said: str | None) -> tuple[CalamineSheet, Finding]:
    """The sheet that is said, or the only one with rows; of several, the first as a guess."""
    names = [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]
    if said is not None:
        if said not in book.sheet_names:
            raise UnreadableFile(
                f"There is no sheet {said!r}. Sheets are: {', '.join(names)}.",
                fields={"sheet": said},
            )
        return book.get_sheet_by_name(said), Finding("sheet", said)
    sheets = {name: sheet for name in names if (sheet := book.get_sheet_by_name(name)).height}
    if not sheets:
        raise UnreadableFile(NO_SHEET)
    first, *others = sheets
    words = (
        f"The workbook has several sheets with rows: {', '.join(sheets)}. Say which one is meant"
        f' in the mapping: {{"options": {{"sheet": "{first}"}}}}.'
    )
    return sheets[first], Finding("sheet", first, not others, words, tuple(others))


def _filled(table: _Table) -> Iterator[Row]:
    return ((number, cells) for number, cells in table.rows() if any(cell != "" for cell in cells))


def _unread(row: Row, top: Heading) -> Unread:
    number, cells = row
    at = next(i for i, cell in enumerate(cells) if is_cut(cell))
    said = tuple(f"{cell:.0f}" if is_cut(cell) else str(cell) for cell in cells)
    return Unread(number, top.names[at], said, said[at], *CUT)


def _refuse_bomb(path: Path) -> None:
    """Modern workbooks are archives, and a cell far outside makes room for all before it."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise UnreadableFile(TOO_LARGE.format(MOST_UNPACKED // 1024**2))
        for part in archive.infolist():
            # What a part says of its size is checked as it is unpacked.
            with archive.open(part) as source:
                _refuse_far(source, sheet=SHEET.match(part.filename) is not None)


def _refuse_far(source: IO[bytes], *, sheet: bool) -> None:
    rows, last, text = 0, b"Z", b""
    while piece := source.read(PIECE_BYTES):
        if not sheet:
            continue
        # A cell may lie over the end of a piece.
        text = text[-LONGEST_TAG:] + piece
        rows = max([rows, *map(int, ROW.findall(text))])
        last = max({last, *FAR_COLUMN.findall(text)}, key=lambda name: (len(name), name))
    columns = 0
    for letter in last:
        columns = columns * LETTERS + letter - ord("A") + 1
    if rows * columns > MOST_CELLS:
        raise UnreadableFile(FAR.format(rows, columns))
