"""A file becomes a table of text (CSV) or of typed columns (Parquet, JSON), its rows numbered.

The row number is the line of the file, the header being line 1, as a spreadsheet shows it; in
Parquet and JSON, rows count from 1.
"""

import csv
import re
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl

from core.contracts.import_kind import PROBLEM_SCHEMA, no_problems, problems
from ingestion.encodings import BINARY, UnreadableFile, encoding_of
from ingestion.json_rows import is_json, json_table

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 64_000
SNIFFED_BYTES = 200_000
PARQUET_MAGIC = b"PAR1"
# What stands for no name: nothing, an index as pandas writes it, and our own number of a row.
NAMELESS = re.compile(r"|row|Unnamed: \d+|__index_level_\d+__")
EMPTY = "The file is empty. Choose a file with a header and at least one row."
DAMAGED = "This Parquet file is damaged: {}. Write it anew and try again."
BROKEN = (
    "The file cannot be read as CSV: a quotation mark is opened and never closed, or lines end in"
    " different ways. Save it again as CSV from a spreadsheet."
)


@dataclass(frozen=True)
class Parsed:
    """``rows``: row number and the file's columns; ``problems``: rows that could not be read.

    ``nameless`` columns can mean nothing and are not among them.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame
    read: int
    nameless: list[str]
    notes: dict[str, Any] = field(default_factory=dict)


def parse(path: Path, options: dict[str, Any]) -> Parsed:
    """Read a CSV, Parquet or JSON file whole. Raises UnreadableFile with the way out."""
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    if not head.strip():
        raise UnreadableFile(EMPTY)
    if head.startswith(PARQUET_MAGIC):
        parsed = _parquet(path)
    else:
        parsed = _typed(json_table(path)) if is_json(head) else _csv(path, head, options)
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
            raise UnreadableFile(DAMAGED.format(error)) from error
    elif is_json(head):
        names = json_table(path).columns
    else:
        text = head.decode(encoding_of(path, head, options.get("encoding")), errors="ignore")
        if "\x00" in text:
            raise UnreadableFile(BINARY)
        delimiter = options.get("delimiter") or delimiter_of(text)
        names, _, _ = _header(text, delimiter)
    named = [name for name in names if not NAMELESS.fullmatch(name)]
    return pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(named, pl.String)})


def _parquet(path: Path) -> Parsed:
    try:
        rows = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(DAMAGED.format(error)) from error
    nested = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    return _typed(rows.drop(nested))


def _typed(rows: pl.DataFrame) -> Parsed:
    nameless = _nameless(rows.columns)
    rows = rows.drop(n for n in rows.columns if NAMELESS.fullmatch(n))
    rows = rows.with_row_index("row", offset=1).cast({"row": pl.Int64})
    found = pl.concat([no_problems(), *(_unkeepable(rows, n) for n in rows.columns if n != "row")])
    good = rows.join(found.select("row"), on="row", how="anti") if found.height else rows
    return Parsed(good, found, rows.height, nameless)


def _unkeepable(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Texts of a typed column that no database keeps."""
    cell = pl.col(name)
    if rows.schema[name] == pl.String:
        nul = rows.filter(cell.str.contains("\x00", literal=True))
        nul = nul.select("row", cell.str.replace_all("\x00", "", literal=True).str.slice(0, 200))
        long = rows.filter(cell.str.len_chars() > LONGEST_CELL)
        long = long.join(nul.select("row"), on="row", how="anti")
        return pl.concat(
            [
                problems(nul, name, "holds a NUL character", "take it out"),
                problems(
                    long.select("row", cell.str.slice(0, 200)),
                    name,
                    f"longer than {LONGEST_CELL:,} characters",
                    "shorten the text",
                ),
            ]
        )
    return no_problems()


def _csv(path: Path, head: bytes, options: dict[str, Any]) -> Parsed:
    encoding = encoding_of(path, head, options.get("encoding"))
    text = path.read_bytes().decode(encoding)
    if "\x00" in text:
        raise UnreadableFile(BINARY)
    delimiter = options.get("delimiter") or delimiter_of(text)
    try:
        header, body, line = _header(text, delimiter)
        numbers, ragged, too_long = _walk(body, delimiter, header, line)
    except csv.Error as error:
        raise UnreadableFile(f"The file cannot be read as CSV: {error}.") from error
    frame = _frame(body, delimiter, len(header))
    if frame.height != len(numbers):
        raise UnreadableFile(BROKEN)
    named = {f"c{i}": n for i, n in enumerate(header) if not NAMELESS.fullmatch(n)}
    frame = frame.with_columns(pl.Series("row", numbers, dtype=pl.Int64))
    rows = frame.select("row", *named).rename(named)
    bad = [*ragged, *too_long]
    return Parsed(
        rows=rows.filter(~pl.col("row").is_in([number for number, *_ in bad])) if bad else rows,
        problems=pl.DataFrame(bad, schema=PROBLEM_SCHEMA, orient="row"),
        read=len(numbers),
        nameless=_nameless(header),
        notes={"encoding": encoding, "delimiter": delimiter},
    )


def delimiter_of(text: str) -> str:
    """The delimiter that the header holds most often."""
    header = text.split("\n", 1)[0]
    return max(DELIMITERS, key=header.count)


def make_room_for(text: str) -> None:
    """A cell may be as long as the file. The limit is the process's: another file that is read
    meanwhile, or anything later, keeps what it has."""
    csv.field_size_limit(max(len(text), csv.field_size_limit()))


def _header(text: str, delimiter: str) -> tuple[list[str], str, int]:
    """The names, the text that follows them, and how many lines they took."""
    make_room_for(text)
    file = StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(file, delimiter=delimiter)
    header = [name.strip() for name in next(reader)]
    _refuse_bad_header(header)
    return header, file.read(), reader.line_num


def _nameless(header: list[str]) -> list[str]:
    return [name or f"column {i}" for i, name in enumerate(header, 1) if NAMELESS.fullmatch(name)]


def _walk(
    body: str, delimiter: str, header: list[str], line: int
) -> tuple[list[int], list[tuple], list[tuple]]:
    """The line number of each record, and records with a wrong width or too long a cell.

    Records without a single value are blank lines, as spreadsheets leave them, and are not counted.
    """
    reader = csv.reader(StringIO(body, newline=""), delimiter=delimiter)
    numbers, ragged, too_long = [], [], []
    width, before = len(header), 0
    for cells in reader:
        number, before = line + before + 1, reader.line_num
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
    return numbers, ragged, too_long


def _refuse_bad_header(header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise UnreadableFile(f"The column {twice[0]!r} is there twice. Give each its own name.")
    if not any(header):
        raise UnreadableFile("The first line holds no column names. Add a header line.")


def _frame(body: str, delimiter: str, width: int) -> pl.DataFrame:
    """The records as text columns c0 …; short rows are filled, long ones cut (both problems)."""
    names = [f"c{i}" for i in range(width)]
    # Polars takes the width from the first line: names of ours stand there, never a short row.
    ending = "\r\n" if "\r\n" in body[:SNIFFED_BYTES] else "\n"
    try:
        frame = pl.read_csv(
            f"{delimiter.join(names)}{ending}{body}".encode(),
            separator=delimiter,
            infer_schema=False,
            truncate_ragged_lines=True,
            schema=dict.fromkeys(names, pl.String),
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(BROKEN) from error
    return frame.filter(pl.any_horizontal(pl.all().fill_null("") != ""))
