"""How far a load is while it works and how much longer it takes, by its file and by loads before.

A dry run has counted the rows of its file; those of another file are told from its first lines. How
long rows take to enter is told by the newest load that was long enough to judge others by.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.formats import whole
from ingestion.encodings import KINDS
from ingestion.models import Load
from ingestion.selectors import long_load_before, tried_of_draft
from runs.models import RunState

HEAD_BYTES = 1 << 18
# A share is a guess until the work is done.
MOST = 97
LITTLE, MINUTES = 3.0, 90.0


@dataclass(frozen=True)
class Pace:
    """``percent`` of the step at work, empty where nobody knows."""

    words: str
    percent: str = ""


def pace(load: Load, *, now: datetime) -> Pace:
    """Of a load whose run is at work."""
    run = load.run
    steps = {record["step"]: record for record in run.steps}
    if not run.started_at or "read" not in steps or "report" in steps:
        return Pace("")
    spent = (now - run.started_at).total_seconds()
    rows, like = steps["read"]["rows"], _like(load)
    if "enter" in steps:
        usual = _usual(like, rows)
        return _entering(load, rows, spent - steps["read"]["seconds"], usual)
    expected, exact = _rows_expected(load, like)
    if not rows:
        return Pace(f"{_of(expected, exact)} rows are to be read.".capitalize() if expected else "")
    words = f"{whole(rows)} rows are read"
    if not expected:
        return Pace(f"{words}, {_speed(rows, spent)} a second.")
    expected = max(expected, rows)
    left = (expected - rows) * spent / rows + (_usual(like, expected) or 0.0)
    to_go = _to_go(left) if like else f"{_to_go(left)} with reading"
    return Pace(
        f"{whole(rows)} of {_of(expected, exact)} rows are read, {_speed(rows, spent)} a second;"
        f" {to_go}.",
        str(min(MOST, round(100 * rows / expected))),
    )


def _entering(load: Load, rows: int, spent: float, usual: float | None) -> Pace:
    doing = "are tried against the record" if load.dry_run else "enter the record"
    words = f"{whole(rows)} rows are read and {doing}"
    if not usual:
        return Pace(f"{words}.")
    if spent >= usual:
        return Pace(f"{words}; it takes longer than the last time.", str(MOST))
    return Pace(f"{words}; {_to_go(usual - spent)}.", str(min(MOST, round(100 * spent / usual))))


def _like(load: Load) -> Load | None:
    """The load to judge this one by: the dry run of the same file, else the newest long one."""
    tried = tried_of_draft(load.draft) if load.draft and not load.dry_run else None
    if tried and tried.run.state == RunState.SUCCEEDED and tried.read:
        return tried
    return long_load_before(load)


def _rows_expected(load: Load, like: Load | None) -> tuple[int, bool]:
    """How many rows the file has, 0 where nobody knows, and whether they were counted."""
    if like and like.file_sha256 == load.file_sha256:
        return like.read, True
    path = Path(load.file_path)
    if not path.exists():
        return 0, False
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    lines = head.count(b"\n")
    if lines < 2 or any(head.startswith(magic) for magic, _ in KINDS):
        return 0, False
    return max(1, round(path.stat().st_size * lines / len(head)) - 1), False


def _usual(like: Load | None, rows: int) -> float | None:
    """Seconds that so many rows take to enter, by a load before."""
    if like is None:
        return None
    steps: dict[str, dict[str, Any]] = {record["step"]: record for record in like.run.steps}
    return steps["enter"]["seconds"] * rows / like.read if "enter" in steps else None


def _of(rows: int, exact: bool) -> str:
    return whole(rows) if exact else f"about {_two_digits(rows)}"


def _speed(rows: int, seconds: float) -> str:
    return _two_digits(round(rows / max(seconds, 0.1)))


def _two_digits(number: int) -> str:
    """The first two say how many; the others would claim to know it better."""
    return whole(round(number, 2 - len(str(number))))


def _to_go(seconds: float) -> str:
    if seconds < LITTLE:
        return "it is done in a moment"
    if seconds < MINUTES:
        return f"about {max(5, round(seconds / 5) * 5)} seconds to go"
    return f"about {whole(round(seconds / 60))} minutes to go"
