"""Rows about somebody in the files that were brought in and are kept: found, and emptied.

A row keeps its place, so that the numbers of the rows after it stay true: a line becomes a blank
line, a row of a Parquet or JSON file becomes empty. A file that cannot be read and names the
person is deleted whole.
"""

import csv
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl

from ingestion.encodings import UnreadableFile, encoding_of
from ingestion.json_rows import is_json, json_table
from ingestion.models import Load
from ingestion.parsing import PARQUET_MAGIC, SNIFFED_BYTES, delimiter_of, make_room_for

ID, VISITOR = "customer_id", "visitor_id"
UNREADABLE = (UnreadableFile, csv.Error, UnicodeError, pl.exceptions.PolarsError)


def _nobody(_: Iterable[str]) -> set[str]:
    return set()


@dataclass(frozen=True)
class Whose:
    """``meant`` picks the ids that are meant; ``texts``, case-folded, stand for an id.

    ``visitors`` picks further ids, which count where no customer_id stands.
    """

    meant: Callable[[Iterable[str]], set[str]]
    texts: frozenset[str] = frozenset()
    visitors: Callable[[Iterable[str]], set[str]] = _nobody

    def owns(self, customer_id: str, cells: Collection[str]) -> bool:
        if customer_id:
            return bool(self.meant([customer_id]))
        said = {cell.strip() for cell in cells}
        folded = {text.casefold() for text in said}
        return bool(self.meant(said) or self.visitors(said) or self.texts & folded)


def rows_about(load: Load, whose: Whose) -> list[int]:
    """The row numbers, as the report of the load counts them."""
    path = Path(load.file_path)
    if not path.exists():
        return []
    if (table := _table(path)) is not None:
        return _table_rows(table, load, whose)
    records = _records(path, load)
    header = next(records, (0, [], ""))[1]
    at = _id_column(load, header)
    return [row for row, cells, _ in records if whose.owns(_id_of(cells, header, at), cells)]


def empty_rows(load: Load, whose: Whose) -> list[int]:
    """Take the text of somebody's rows out of the kept file, which is replaced in one go."""
    rows = rows_about(load, whose)
    path = Path(load.file_path)
    if not rows:
        return rows
    draft = path.with_suffix(".draft")
    head = _head(path)
    if is_json(head):
        objects = json.loads(path.read_bytes())
        kept = [{} if row in rows else one for row, one in enumerate(objects, 1)]
        draft.write_text(json.dumps(kept))
    elif head.startswith(PARQUET_MAGIC):
        frame = pl.read_parquet(path)
        stay = ~pl.int_range(1, pl.len() + 1).is_in(rows)
        frame.with_columns(pl.when(stay).then(pl.all()).name.keep()).write_parquet(draft)
    else:
        gone = set(rows)
        parts = (_line_ends(raw) if row in gone else raw for row, _, raw in _records(path, load))
        draft.write_bytes("".join(parts).encode(_encoding(path, load)))
    draft.replace(path)
    return rows


def delete_file(load: Load, needles: Iterable[str] = ("",)) -> bool:
    """Delete a kept file whose bytes hold one of the texts; by default any file."""
    path = Path(load.file_path)
    data = path.read_bytes() if path.exists() else b""
    if not data or not any(needle.encode() in data for needle in needles):
        return False
    path.unlink()
    return True


def _table(path: Path) -> pl.DataFrame | None:
    """A file that is no CSV, as a table."""
    head = _head(path)
    if head.startswith(PARQUET_MAGIC):
        return pl.read_parquet(path)
    return json_table(path) if is_json(head) else None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFFED_BYTES)


def _table_rows(frame: pl.DataFrame, load: Load, whose: Whose) -> list[int]:
    flat = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
    texts = frame.select(pl.col(flat).cast(pl.String).fill_null("").str.strip_chars())
    at = _id_column(load, flat)
    ids = texts[flat[at]] if at >= 0 else pl.Series([""] * frame.height)
    numbered = texts.with_row_index("row__", offset=1)
    theirs = numbered.filter(ids.is_in(sorted(whose.meant(ids.unique()))))["row__"].to_list()
    nameless = numbered.filter(ids == "").rows()
    return sorted(theirs + [row for row, *cells in nameless if whose.owns("", cells)])


def _id_column(load: Load, header: list[str]) -> int:
    """Where the customer_id stands; -1 where there is none."""
    said = load.mapping.get("columns", {}).get(ID)
    names = [name.strip().casefold() for name in header]
    wanted = (said or ID).strip().casefold()
    return names.index(wanted) if wanted in names else -1


def _id_of(cells: list[str], header: list[str], at: int) -> str:
    """Empty where the cells cannot be told apart."""
    return cells[at].strip() if at >= 0 and len(cells) == len(header) else ""


def _records(path: Path, load: Load) -> Iterator[tuple[int, list[str], str]]:
    """Line number, cells and raw text of each record of a CSV file; the first is the header."""
    text = path.read_bytes().decode(_encoding(path, load))
    delimiter = load.mapping.get("options", {}).get("delimiter") or delimiter_of(text)
    make_room_for(text)
    taken: list[str] = []
    line = 1
    for cells in csv.reader(_noting(StringIO(text, newline=""), taken), delimiter=delimiter):
        if line == 1:
            cells = [name.removeprefix("\ufeff") for name in cells]
        yield line, cells, "".join(taken)
        line += len(taken)
        taken.clear()


def _noting(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _line_ends(raw: str) -> str:
    return "".join(character for character in raw if character in "\r\n")


def _encoding(path: Path, load: Load) -> str:
    return encoding_of(path, _head(path), load.mapping.get("options", {}).get("encoding"))
