"""The group table as a form sends it: what was typed is kept, right or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.rfm import DIMENSIONS
from core.errors import Refused
from segmentation.group_table import SCORES, Cells, Cuts, checked_cells, checked_cuts
from segmentation.models import GroupTable

FIFTHS, ANEW, OWN = "fifths", "anew", "own"
PLACES = range(4)


@dataclass(frozen=True)
class Draft:
    """``cuts`` are texts, so that a slip of the hand stays to be mended."""

    cells: Cells
    cuts: dict[str, list[str]]
    way: str = FIFTHS
    based_on: int = 1
    problem: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def rerank(self) -> bool:
        return self.way == ANEW

    def checked(self) -> tuple[Cells, Cuts]:
        """What may be saved; refused, naming the field, where something may not."""
        own = {n: [_number(t, n) for t in self.cuts[n]] for n in DIMENSIONS if self.way == OWN}
        return checked_cells(self.cells), checked_cuts(own)


class BadCut(Refused):
    code = "bad_group_table"


def draft_of(table: GroupTable, *, based_on: int, shown: Mapping[str, Any]) -> Draft:
    """A version as the form begins with it; ``shown``: the cut-offs that hold now."""
    cuts = {name: [_text(cut) for cut in (table.thresholds or shown).get(name, [])] for name in
            DIMENSIONS}  # fmt: skip
    return Draft(table.cells, cuts, OWN if table.thresholds else FIFTHS, based_on)


def sent_draft(sent: Mapping[str, str]) -> Draft:
    way = sent.get("way", FIFTHS)
    based_on = sent.get("based_on", "")
    return Draft(
        cells={r: {fm: sent.get(f"cell_{r}_{fm}", "")[:80] for fm in SCORES} for r in SCORES},
        cuts={n: [sent.get(f"cut_{n}_{i}", "")[:20] for i in PLACES] for n in DIMENSIONS},
        way=way if way in (ANEW, OWN) else FIFTHS,
        based_on=int(based_on) if based_on.isdecimal() and len(based_on) < 9 else 0,
    )


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        why = f"{text!r} is not a number." if text.strip() else "A cut-off is empty."
        raise BadCut(f"{why} Write it like 17 or 37.6.", fields={f"cut_{name}": why}) from error


def _text(cut: float) -> str:
    return f"{cut:.2f}".rstrip("0").rstrip(".")
