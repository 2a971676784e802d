"""Where the header of a table stands and what it says: titles above it, names in two lines."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from core.contracts.file_format import NAMELESS, Finding, Unread
from ingestion.encodings import UnreadableFile

# What stands for no name: nothing, an index as pandas writes it, and our own number of a row.
NO_NAME = re.compile(r"|row|Unnamed: \d+|__index_level_\d+__")
# A number, an amount, a date or a time.
TYPED = re.compile(r"[^\W\d_]{0,3}[\s€$£+-]*\d[\d\s.,:/+TZ%-]*")
REPEATED = ("the header once more", "leave the line out: it holds no row")
# Fewer columns than this show nothing about titles; fewer typed ones nothing about two lines.
FEWEST_COLUMNS, FEWEST_TYPED, FEWEST_ROWS = 3, 2, 3
# A line with at most this share of the cells that rows have is a title.
TITLE_SHARE = 1 / 3


class Record(NamedTuple):
    """``line``: its first; ``last``: its last."""

    line: int
    cells: tuple[str, ...]
    last: int


class Names(NamedTuple):
    """``names`` are unique, with a placeholder for those that mean nothing, listed in words."""

    names: list[str]
    nameless: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """The names of the columns; rows come after the line ``last``.

    ``repeats``: the header's own cells, which the middle of a file may hold again.
    """

    names: list[str]
    nameless: tuple[str, ...]
    last: int
    above: tuple[tuple[int, tuple[str, ...]], ...]
    findings: tuple[Finding, ...]
    repeats: tuple[tuple[str, ...], ...]


def heading(records: list[Record], line: int | None, lines: int | None) -> Heading:
    """``line``, ``lines``: where the header begins and how many lines it has, where it is said."""
    said = [record for record in records if any(record.cells)]
    top = _title_lines(said) if line is None else sum(r.line < line for r in said)
    if top >= len(said):
        raise UnreadableFile("The first line holds no column names. Add a header line.")
    deep = lines or (2 if _has_two_lines(said[top:]) else 1)
    header = said[top : top + deep]
    names = _joined([record.cells for record in header])
    named = placed(names)
    first = header[0].line
    found = (
        Finding("header_line", first, line is not None or not top, _titles_words(first)),
        Finding("header_lines", deep, lines is not None or deep == 1, _two_lines_words(names)),
    )
    return Heading(
        names=named.names,
        nameless=named.nameless,
        last=header[-1].last,
        above=tuple((record.line, record.cells) for record in said[: top + deep]),
        findings=found,
        repeats=tuple(record.cells for record in header),
    )


def placed(given: Sequence[str]) -> Names:
    """Raises UnreadableFile where a name is there twice, or none at all."""
    names = [name.strip() for name in given]
    _refuse_bad(names)
    means_nothing = {i: name for i, name in enumerate(names, 1) if NO_NAME.fullmatch(name)}
    return Names(
        [f"{NAMELESS}{i}" if i in means_nothing else name for i, name in enumerate(names, 1)],
        tuple(name or f"column {i}" for i, name in means_nothing.items()),
    )


def usual_width(records: list[Record]) -> int:
    """How many cells most records have; of two equally many, the wider."""
    counts = Counter(len(record.cells) for record in records if any(record.cells))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def looks_typed(cell: str) -> bool:
    return TYPED.fullmatch(cell.strip()) is not None


def _title_lines(records: list[Record]) -> int:
    width = usual_width(records)
    if width < FEWEST_COLUMNS:
        return 0
    few = max(1, int(width * TITLE_SHARE))
    return next((i for i, r in enumerate(records) if _filled(r) > few), 0)


def _filled(record: Record) -> int:
    return sum(1 for cell in record.cells if cell.strip())


def _has_two_lines(records: list[Record]) -> bool:
    """Typed columns, whose second line is as wordy as the first."""
    if len(records) < 2 + FEWEST_ROWS:
        return False
    second, rows = records[1].cells, [record.cells for record in records[2:]]
    typed = [i for i in range(len(second)) if _column_is_typed(rows, i)]
    words = [second[i] for i in typed if second[i].strip()]
    if len(typed) < FEWEST_TYPED or not words:
        return False
    return not any(any(letter.isdigit() for letter in cell) for cell in second)


def _column_is_typed(rows: list[tuple[str, ...]], at: int) -> bool:
    cells = [cells[at] for cells in rows if at < len(cells) and cells[at].strip()]
    return len(cells) >= FEWEST_ROWS and all(looks_typed(cell) for cell in cells)


def _joined(lines: list[tuple[str, ...]]) -> list[str]:
    """One name a column. A group's name over several columns stands in the first of them."""
    if len(lines) == 1:
        return list(lines[0])
    width = max(len(cells) for cells in lines)
    padded = [[*cells, *[""] * (width - len(cells))] for cells in lines]
    for above, below in zip(padded, padded[1:], strict=False):
        for i in range(1, width):
            above[i] = above[i] or (above[i - 1] if below[i].strip() else "")
    return [" ".join(filter(None, map(str.strip, cells))) for cells in zip(*padded, strict=True)]


def _refuse_bad(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise UnreadableFile(f"The column {twice[0]!r} is there twice. Give each its own name.")
    if names and not any(names):
        raise UnreadableFile("The first line holds no column names. Add a header line.")


def _titles_words(line: int) -> str:
    return (
        f"The first lines seem to be titles, and the header to be line {line}. Take them out, or"
        f' say where the header stands in the mapping: {{"options": {{"header_line": {line}}}}}.'
    )


def _two_lines_words(names: list[str]) -> str:
    return (
        f"The header seems to have two lines ({', '.join(names[:3])} …). Say in the mapping whether"
        ' it has: {"options": {"header_lines": 2}}, or 1.'
    )


def without_repeats(rows: pl.DataFrame, top: Heading) -> tuple[pl.DataFrame, tuple[Unread, ...]]:
    """The rows that are not the header once more, as joined files have it in their middle."""
    found: list[Unread] = []
    for cells in top.repeats:
        at = next(i for i, cell in enumerate(cells) if cell.strip())
        alike = rows.filter(pl.col(top.names[at]).cast(pl.String) == cells[at])
        wanted = [cell.strip() for cell in cells]
        for number, *values in alike.iter_rows():
            if [str(value or "").strip() for value in values] == wanted:
                found.append(Unread(number, "", cells, ",".join(cells)[:200], *REPEATED))
    if not found:
        return rows, ()
    return rows.filter(~pl.col("row").is_in([each.row for each in found])), tuple(found)
