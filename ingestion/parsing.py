"""A file becomes a table of text (CSV) or of typed columns (Parquet), each row with its number.

The row number is the line of the file, the header being line 1, as a spreadsheet shows it; in
Parquet, rows count from 1.
"""

import codecs
import csv
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
from charset_normalizer import from_bytes

from core.contracts.import_kind import PROBLEM_SCHEMA, no_problems
from core.errors import Refused

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 64_000
SNIFFED_BYTES = 200_000
PARQUET_MAGIC = b"PAR1"
EMPTY = "The file is empty. Choose a file with a header and at least one row."
BINARY = "This is not a text file. Save it as CSV or Parquet and try again."
BROKEN = (
    "The file cannot be read as CSV: a quotation mark is opened and never closed, or lines end in"
    " different ways. Save it again as CSV from a spreadsheet."
)


class UnreadableFile(Refused):
    """The file as a whole cannot be read; the message says what to change."""

    code = "unreadable_file"


@dataclass(frozen=True)
class Parsed:
    """``rows``: row number and the file's columns; ``problems``: rows that could not be read."""

    rows: pl.DataFrame
    problems: pl.DataFrame
    read: int
    notes: dict[str, Any] = field(default_factory=dict)


def parse(path: Path, options: dict[str, Any]) -> Parsed:
    """Read a CSV or Parquet file whole. Raises UnreadableFile with the way out."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    if not head.strip():
        raise UnreadableFile(EMPTY)
    parsed = _parquet(path) if head.startswith(PARQUET_MAGIC) else _csv(path, head, options)
    if parsed.read == 0:
        raise UnreadableFile("The file has a header and no rows. Nothing was changed.")
    return parsed


def columns_of(path: Path, options: dict[str, Any]) -> pl.DataFrame:
    """The file's columns without its rows: a quick look before the load is queued."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    if not head.strip():
        raise UnreadableFile(EMPTY)
    if head.startswith(PARQUET_MAGIC):
        try:
            names = list(pl.read_parquet_schema(path))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UnreadableFile(f"This Parquet file is damaged: {error}") from error
    else:
        text = head.decode(_encoding(path, head, options.get("encoding")), errors="ignore")
        if "\x00" in text:
            raise UnreadableFile(BINARY)
        delimiter = options.get("delimiter") or _delimiter(text)
        names = [
            n.strip() for n in next(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
        ]
        _refuse_bad_header(names)
    return pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(names, pl.String)})


def _parquet(path: Path) -> Parsed:
    try:
        rows = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(f"This Parquet file is damaged: {error}") from error
    nested = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    rows = rows.drop(nested)
    return Parsed(
        rows.with_row_index("row", offset=1).cast({"row": pl.Int64}), no_problems(), rows.height
    )


def _csv(path: Path, head: bytes, options: dict[str, Any]) -> Parsed:
    encoding = _encoding(path, head, options.get("encoding"))
    text = path.read_bytes().decode(encoding)
    if "\x00" in text:
        raise UnreadableFile(BINARY)
    delimiter = options.get("delimiter") or _delimiter(text)
    try:
        header, numbers, ragged, too_long = _walk(text, delimiter)
    except csv.Error as error:
        raise UnreadableFile(f"The file cannot be read as CSV: {error}.") from error
    frame = _frame(text, delimiter, header)
    if frame.height != len(numbers):
        raise UnreadableFile(BROKEN)
    rows = frame.with_columns(pl.Series("row", numbers, dtype=pl.Int64)).select("row", *header)
    bad = [*ragged, *too_long]
    return Parsed(
        rows=rows.filter(~pl.col("row").is_in([number for number, *_ in bad])) if bad else rows,
        problems=pl.DataFrame(bad, schema=PROBLEM_SCHEMA, orient="row"),
        read=len(numbers),
        notes={"encoding": encoding, "delimiter": delimiter},
    )


def _encoding(path: Path, head: bytes, said: str | None) -> str:
    """UTF-8 (or UTF-16 with its mark) is certain; anything else must be said by the mapping."""
    if said:
        return _decodable(path, said)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        guess = from_bytes(head).best()
        name = guess.encoding if guess else "cp1252"
        raise UnreadableFile(
            f"The file is not UTF-8; it looks like {name}. Save it as UTF-8, or say so in the"
            f' mapping: {{"options": {{"encoding": "{name}"}}}}.',
            fields={"encoding": name},
        ) from error
    return "utf-8"


def _decodable(path: Path, encoding: str) -> str:
    try:
        path.read_bytes().decode(encoding)
    except LookupError as error:
        raise UnreadableFile(f"There is no encoding {encoding!r}. Try cp1252 or utf-8.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"The file is not {encoding}: byte {error.start:,} does not fit."
        ) from error
    return encoding


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(DELIMITERS, key=header.count)


def _walk(text: str, delimiter: str) -> tuple[list[str], list[int], list[tuple], list[tuple]]:
    """Header, the line number of each record, and records with a wrong width or too long a cell.

    Records without a single value are blank lines, as spreadsheets leave them, and are not counted.
    """
    csv.field_size_limit(max(len(text), 1))
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(reader)]
    _refuse_bad_header(header)
    numbers, ragged, too_long = [], [], []
    width, before = len(header), reader.line_num
    for cells in reader:
        number, before = before + 1, reader.line_num
        if not any(cells):
            continue
        numbers.append(number)
        if len(cells) != width:
            reason = f"{len(cells)} cells, the header has {width}"
            remedy = "quote cells that hold the delimiter, or complete the row"
            ragged.append((number, "", delimiter.join(cells)[:200], reason, remedy))
        elif any(len(cell) > LONGEST_CELL for cell in cells):
            cell = next(i for i, cell in enumerate(cells) if len(cell) > LONGEST_CELL)
            reason = f"longer than {LONGEST_CELL:,} characters"
            too_long.append((number, header[cell], cells[cell][:200], reason, "shorten the text"))
    return header, numbers, ragged, too_long


def _refuse_bad_header(header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise UnreadableFile(f"The column {twice[0]!r} is there twice. Give each its own name.")
    if not any(header):
        raise UnreadableFile("The first line holds no column names. Add a header line.")


def _frame(text: str, delimiter: str, header: list[str]) -> pl.DataFrame:
    """The records as text columns; short rows are filled, long ones cut (both are problems)."""
    try:
        frame = pl.read_csv(
            text.lstrip("\ufeff").encode(),
            separator=delimiter,
            infer_schema=False,
            truncate_ragged_lines=True,
            has_header=False,
            skip_rows=1,
            schema={f"c{i}": pl.String for i in range(len(header))},
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(BROKEN) from error
    frame = frame.rename({f"c{i}": name or f"column {i + 1}" for i, name in enumerate(header)})
    return frame.filter(pl.any_horizontal(pl.all().fill_null("") != ""))
