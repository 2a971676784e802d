"""How a report shows rows that did not enter: a line each, and where one fix serves many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.formats import counted
from ingestion.corrections import raw_rows
from ingestion.examples import EXAMPLES
from ingestion.known_kinds import kinds
from ingestion.models import Load, Reject
from ingestion.selectors import rejected_like
from runs.models import RunState

# Longer values were cut when they were written down, and are fixed in the file.
LONGEST_FIX = 199


SORTS = {
    "loaded": ("row is new", "rows are new"),
    "changed": ("row changes what stands in the record", "rows change what stands in the record"),
    "identical": ("row is known already", "rows are known already"),
    "duplicate": ("row is there twice in the file", "rows are there twice in the file"),
}


@dataclass(frozen=True)
class RejectLine:
    """``field`` is the name of its fix, empty where none can be given here."""

    row: int
    column: str
    value: str
    reason: str
    remedy: str
    field: str = ""
    like_it: str = ""


def reject_lines(load: Load, rejects: Sequence[Reject], *, fixable: bool) -> list[RejectLine]:
    """One fix serves all cells of a column with the same value: it is asked for once a page."""
    like = rejected_like(load, rejects) if fixable else {}
    # What only a cleaning rule reads is no column of ours.
    ours = {column.name for column in kinds()[load.kind].columns} if fixable else set()
    asked: set[tuple[str, str]] = set()
    lines = []
    for reject in rejects:
        what = (reject.column, reject.value)
        field = like_it = ""
        can_be = what in like and reject.column in ours and len(reject.value) <= LONGEST_FIX
        if can_be and what not in asked:
            asked.add(what)
            field, many = f"fix-{reject.pk}", like[what]
            like_it = "" if many == 1 else f"applies to {counted(many, 'row')}"
        lines.append(
            RejectLine(
                reject.row,
                reject.column,
                reject.value,
                reject.reason,
                reject.remedy,
                field,
                like_it,
            )
        )
    return lines


def can_be_fixed(load: Load) -> bool:
    """A dry run whose file is still there, or an import that is in the record."""
    if load.run.state != RunState.SUCCEEDED or load.undone_at or load.kind not in kinds():
        return False
    return load.draft is not None if load.dry_run else True


def example_tables(load: Load) -> list[dict[str, Any]]:
    """A table a sort of row: how many there are, and the first ones as the file has them."""
    found = load.notes.get(EXAMPLES, {})
    wanted = {row for rows in found.values() for row in rows}
    cells = raw_rows(load, wanted) if wanted else None
    if cells is None or cells.is_empty():
        return []
    return [
        {
            "finding": f"{counted(getattr(load, sort), *words)}",
            "headers": cells.columns[1:],
            "rows": [
                [row, *("" if cell is None else cell for cell in rest)]
                for row, *rest in cells.filter(pl.col("row").is_in(found[sort])).iter_rows()
            ],
        }
        for sort, words in SORTS.items()
        if found.get(sort)
    ]
