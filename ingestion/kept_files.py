"""Rows about somebody in the files that were brought in and are kept: found, and emptied.

A row keeps its place, so that the numbers of the rows after it stay true: a line becomes a blank
line, a row of a Parquet or JSON file becomes empty. A file that cannot be read and names the
person is deleted whole.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

import polars as pl

from customers.addresses_as_ids import ids_of_addresses
from ingestion.encodings import UnreadableFile
from ingestion.joined import cell_of, headers_said
from ingestion.models import Draft, Load
from ingestion.named_by_address import BY_ADDRESS, with_ids
from ingestion.parsing import KeptFile, format_of, opened

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
        said |= set(ids_of_addresses(said).values())
        return bool(self.meant(said) or self.visitors(said) or self.texts & folded)


def rows_about(load: Load | Draft, whose: Whose) -> list[int]:
    """The row numbers, as the report of the load counts them."""
    path = Path(load.file_path)
    if not path.exists():
        return []
    file = opened(path, load.mapping.get("options", {}))
    above = [row for row, cells in file.look.above if whose.owns("", cells)]
    return sorted({*above, *_rows_of(file, load, whose)})


def empty_rows(load: Load | Draft, whose: Whose) -> list[int]:
    """Take the text of somebody's rows out of the kept file, which is replaced in one go.

    So go the sheets of a workbook that nobody reads: they may name the same person.
    """
    rows = rows_about(load, whose)
    path = Path(load.file_path)
    form = format_of(path, load.mapping.get("options", {})) if path.exists() else None
    if form and (rows or form.holds_more(path)):
        draft = path.with_suffix(".draft")
        try:
            form.write_without(path, set(rows), draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return rows


def delete_file(load: Load | Draft, needles: Iterable[str] = ("",)) -> bool:
    """Delete a kept file whose bytes hold one of the texts; by default any file."""
    path = Path(load.file_path)
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        said = any(data.find(needle.encode()) >= 0 for needle in needles)
    if said:
        path.unlink()
    return said


def _rows_of(file: KeptFile, load: Load | Draft, whose: Whose) -> Iterator[int]:
    """Rows of theirs; of what could not be read, also what is too long to be looked through."""
    for batch in file.raw():
        yield from _table_rows(batch.rows, load, whose)
        for unread in batch.unread:
            if unread.cells is None or whose.owns("", unread.cells):
                yield unread.row


def _table_rows(frame: pl.DataFrame, load: Load | Draft, whose: Whose) -> list[int]:
    cells = [name for name, t in frame.schema.items() if name != "row" and not t.is_nested()]
    texts = frame.select("row", pl.col(cells).cast(pl.String).fill_null("").str.strip_chars())
    name = _id_column(load, cells)
    if name and load.mapping.get("options", {}).get(BY_ADDRESS):
        texts = with_ids(texts, {}, name)
    ids = texts[name] if name else pl.Series([""] * frame.height, dtype=pl.String)
    theirs = texts.filter(ids.is_in(sorted(whose.meant(ids.unique()))))["row"].to_list()
    whole = [
        cell_of(headers).fill_null("").alias(" + ".join(headers))
        for headers in _joined(load, cells)
    ]
    nameless = texts.with_columns(whole).filter(ids == "").rows()
    return theirs + [row for row, *said in nameless if whose.owns("", said)]


def _joined(load: Load | Draft, cells: list[str]) -> list[list[str]]:
    """The columns that are joined to one of ours, such as the parts of a name."""
    said = map(headers_said, load.mapping.get("columns", {}).values())
    return [headers for headers in said if len(headers) > 1 and set(headers) <= set(cells)]


def _id_column(load: Load | Draft, header: list[str]) -> str | None:
    said = load.mapping.get("columns", {}).get(ID) or ID
    names = {name.strip().casefold(): name for name in header}
    return names.get(said.strip().casefold())
