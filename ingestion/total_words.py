"""What the control totals of a load say, in words and figures."""

from dataclasses import dataclass
from typing import Any

from core.formats import grouped, moment_words, whole
from core.money import exponent, from_minor
from core.selectors import organisation
from ingestion.control_totals import why_held
from ingestion.models import Load
from runs.models import RunState


@dataclass(frozen=True)
class Total:
    label: str
    cells: list[dict[str, str]]


def total_words(load: Load) -> dict[str, Any]:
    """The lines of the table, what the record's column is called, and the finding.

    ``expects``: the sender said how many rows or how much money there should be.
    """
    expects = any("expected" in sums for sums in load.sums.values())
    said = ("expected",) if expects else ()
    keys = (*said, "file", "record", "rejected", "duplicate", "difference")
    return {
        "totals": [
            Total(_label(name), [_cell(name, key, sums) for key in keys])
            for name, sums in load.sums.items()
        ],
        "expects": expects,
        "record_words": _record_words(load),
        "totals_finding": _finding(load),
    }


def _record_words(load: Load) -> str:
    if load.undone_at:
        return "Was in the record"
    return "To load" if load.dry_run or load.run.state == RunState.HELD else "In the record"


def _finding(load: Load) -> str:
    to_the_cent = " to the cent" if len(load.sums) > 1 else ""
    if load.undone_at:
        differ = "differed" if why_held(load.sums) else f"agreed{to_the_cent}"
        return (
            f"Nothing of it is in the record since {moment_words(load.undone_at)};"
            f" until then control totals {differ}"
        )
    if why_held(load.sums):
        return "Control totals differ: look before you use these rows"
    return f"Control totals agree{to_the_cent}"


def _label(name: str) -> str:
    return f"Sum of {name.removesuffix('_minor')}" if name.endswith("_minor") else "Rows"


def _value(name: str, value: int) -> str:
    if not name.endswith("_minor"):
        return whole(value)
    currency = organisation().currency
    return grouped(from_minor(value, currency), exponent(currency))


def _cell(name: str, key: str, sums: dict[str, int]) -> dict[str, str]:
    value = sums.get(key)
    if key == "difference":
        value = value or sums.get("expected_difference", 0)
    css = "wide" if key in ("rejected", "duplicate") else ""
    return {"value": "–" if value is None else _value(name, value), "css": css}
