"""A kept file by whichever format it has: a quick look, and its rows in batches, numbered.

The row number is the line of the file, the header being line 1, as a spreadsheet shows it; in
Parquet and JSON arrays, rows count from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from core.contracts.file_format import NAMELESS, Batch, FileFormat, Look
from core.contracts.import_kind import PROBLEM_SCHEMA, problems
from core.contracts.options import BadOption, configured, option_names
from core.registry import plugins
from ingestion.encodings import BINARY, UnreadableFile, refuse_known_binary
from ingestion.given_out import batches_as_they_were, look_as_it_was
from ingestion.layout.text import HEAD_BYTES

LONGEST_CELL = 64_000
SHOWN = 200
EMPTY = "The file is empty. Choose a file with a header and at least one row."
NO_ROWS = "The file has a header and no rows. Nothing was changed."
# Which format it is said to be, and which file of an archive is meant.
FORMAT, MEMBER = "format", "member"
# What bytes say beyond doubt nobody's word overrules.
CERTAIN = 1.0
# What the report says about how a file was read.
NOTED = ("encoding", "delimiter", "sheet")


@dataclass(frozen=True)
class Parsed:
    """``rows``: row number and the file's columns; ``problems``: rows that could not be read.

    ``nameless`` columns can mean nothing and are not among them.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame
    read: int
    nameless: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptFile:
    """A file with the way to read it."""

    path: Path
    format: FileFormat
    look: Look

    @property
    def nameless(self) -> list[str]:
        return list(self.look.nameless)

    @property
    def notes(self) -> dict[str, Any]:
        found = {each.option: each.value for each in self.look.findings}
        return {FORMAT: self.format.key, **{k: v for k, v in found.items() if k in NOTED}}

    def batches(self) -> Iterator[Parsed]:
        """Bounded parts of the file in one schema, blank rows left out."""
        return map(_parsed, self.raw())

    def raw(self) -> Iterator[Batch]:
        """The same with blank rows, and with those that could not be taken apart as they are."""
        return batches_as_they_were(self.format.batches(self.path))


@cache
def formats() -> dict[str, type[FileFormat]]:
    return plugins(packages=["ingestion.formats"], contract=FileFormat)


def format_options() -> set[str]:
    """The names of the options that say how a file is written."""
    return {FORMAT, MEMBER, *(name for form in formats().values() for name in option_names(form))}


def opened(path: Path, options: dict[str, Any]) -> KeptFile:
    """Find out how a file is read. Raises UnreadableFile with the way out, but not for a guess."""
    form = format_of(path, options)
    return KeptFile(path, form, look_as_it_was(form.look(path)))


def refuse_guesses(look: Look) -> None:
    """What is not certain about a file must be said before a row of it is believed."""
    for found in look.findings:
        if not found.sure:
            raise UnreadableFile(found.words, fields={found.option: str(found.value)})


def parse(path: Path, options: dict[str, Any]) -> Parsed:
    """Read a file whole. Raises UnreadableFile with the way out."""
    return whole(opened(path, options))


def whole(file: KeptFile) -> Parsed:
    parts = list(file.batches())
    read = sum(part.read for part in parts)
    if not read:
        raise UnreadableFile(NO_ROWS)
    return Parsed(
        rows=pl.concat([part.rows for part in parts]),
        problems=pl.concat([part.problems for part in parts]),
        read=read,
        nameless=file.nameless,
        notes=file.notes,
    )


def columns_of(path: Path, options: dict[str, Any]) -> pl.DataFrame:
    """The file's columns without its rows: a quick look before the load is queued."""
    look = opened(path, options).look
    refuse_guesses(look)
    return look.rows.select("row", *look.columns).clear()


def format_of(path: Path, options: dict[str, Any]) -> FileFormat:
    """The format that is said, or that recognises the file best, with its options."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise UnreadableFile(EMPTY)
    form = max(formats().values(), key=lambda each: each.recognises(head))
    sure = form.recognises(head)
    if sure < CERTAIN:
        form = _said(options) or form
    if not sure and not _said(options):
        refuse_known_binary(head)
        raise UnreadableFile(BINARY)
    ours = {name: options[name] for name in option_names(form) if options.get(name) is not None}
    try:
        return configured(form, ours, called=form.title)
    except BadOption as error:
        raise UnreadableFile(str(error), fields={error.name: str(ours[error.name])}) from error


def _said(options: dict[str, Any]) -> type[FileFormat] | None:
    said = options.get(FORMAT)
    if said is not None and said not in formats():
        raise UnreadableFile(f"There is no format {said!r}. Formats are: {', '.join(formats())}.")
    return formats()[said] if said else None


def _parsed(batch: Batch) -> Parsed:
    rows = _without_blank(batch.rows)
    rows = rows.drop(name for name in rows.columns if name.startswith(NAMELESS))
    unread = [(u.row, u.column, u.text, u.reason, u.remedy) for u in batch.unread]
    found = pl.DataFrame(unread, schema=PROBLEM_SCHEMA, orient="row")
    read = rows.height + found.height
    unfit = [_unkeepable(rows, name) for name in _suspect(rows)]
    if unfit:
        found = pl.concat([found, *unfit])
        rows = rows.join(found.select("row"), on="row", how="anti")
    return Parsed(rows, found, read)


def _without_blank(rows: pl.DataFrame) -> pl.DataFrame:
    """A row without a single value is a blank line, as spreadsheets leave it: not counted."""
    cells = [name for name in rows.columns if name != "row"]
    if not cells or rows[cells[0]].null_count() == 0:
        return rows
    return rows.filter(~pl.all_horizontal(pl.col(cells).is_null()))


def _suspect(rows: pl.DataFrame) -> list[str]:
    """The columns of text that hold what no database keeps."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    if not texts or rows.is_empty():
        return []
    unfit = rows.select(
        (
            pl.col(name).str.contains("\x00", literal=True)
            | (pl.col(name).str.len_bytes() > LONGEST_CELL)
        ).any()
        for name in texts
    )
    return [name for name in texts if unfit[name][0]]


def _unkeepable(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Texts that no database keeps."""
    cell = pl.col(name)
    wrong = rows.select("row", name).filter(
        cell.str.contains("\x00", literal=True) | (cell.str.len_bytes() > LONGEST_CELL)
    )
    nul = wrong.filter(cell.str.contains("\x00", literal=True))
    nul = nul.select("row", cell.str.replace_all("\x00", "", literal=True).str.slice(0, SHOWN))
    long = wrong.filter(cell.str.len_chars() > LONGEST_CELL)
    long = long.join(nul.select("row"), on="row", how="anti")
    return pl.concat(
        [
            problems(nul, name, "holds a NUL character", "take it out"),
            problems(
                long.select("row", cell.str.slice(0, SHOWN)),
                name,
                f"longer than {LONGEST_CELL:,} characters",
                "shorten the text",
            ),
        ]
    )
