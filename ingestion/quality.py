"""How good the rows of a load are, as one number from 0 to 100, and what it lost by what."""

import math
from dataclasses import dataclass

import polars as pl

from core.contracts.import_kind import ImportKind
from ingestion.control_totals import why_held
from ingestion.models import Load
from ingestion.rule_run import RULED

# Points lost where all rows are such ones; half the rows, half the points.
REJECTED, DUPLICATE, MISSING, FLAGGED = 100, 50, 50, 25
# Points lost where a control total differs, by however little.
DIFFERS = 25
WHOLE = 100


@dataclass(frozen=True)
class Quality:
    """``score`` is rounded down: 100 says that nothing at all was found; ``lost`` are points."""

    score: int
    lost: dict[str, float]


def quality_of(
    *, read: int, rejected: int, duplicate: int, cells: int, missing: int, flagged: int,
    differs: bool,
) -> Quality | None:  # fmt: skip
    """score = 100 − 100 × rejected ÷ read − 50 × duplicate ÷ read − 50 × missing ÷ cells
    − 25 × flagged ÷ read − 25 where a control total differs; at least 0.

    ``rejected`` without what a rule was asked to leave out; ``missing`` are the empty ones among
    ``cells``, the needed cells; ``flagged`` rows are outliers and customers who may be one. None
    for a file without rows.
    """
    if not read:
        return None
    points = {
        "rejected": REJECTED * rejected / read,
        "duplicate": DUPLICATE * duplicate / read,
        "missing": MISSING * missing / cells if cells else 0.0,
        "flagged": FLAGGED * flagged / read,
        "difference": float(DIFFERS) if differs else 0.0,
    }
    left = max(0.0, WHOLE - sum(points.values()))
    # What binary fractions take off a whole number is given back first.
    score = math.floor(round(left, 9))
    return Quality(score, {name: round(lost, 2) for name, lost in points.items() if lost})


def quality_of_load(load: Load, kind: ImportKind, problems: pl.DataFrame) -> Quality | None:
    """Of a load whose counts, control totals and notes are there; ``problems`` are its rejects."""
    needed = [column.name for column in kind.columns if column.needed]
    empty = problems.filter(pl.col("column").is_in(needed) & (pl.col("reason") == "empty"))
    left_out = sum(line["left_out"] for line in load.notes.get("rules", []))
    return quality_of(
        read=load.read,
        rejected=load.rejected - left_out,
        duplicate=load.duplicate,
        cells=load.read * len(needed),
        missing=empty.height,
        flagged=load.notes.get(RULED, {}).get("flagged", 0),
        differs=bool(why_held(load.sums)),
    )
