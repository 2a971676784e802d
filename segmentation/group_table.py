"""What a group table may be, and what another one would change."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import features.frames
from analytics import rfm
from analytics.rfm import DEFAULT_GROUPS, DIMENSIONS, PROSPECTS
from core.errors import Refused
from segmentation.models import Grouping, GroupTable
from segmentation.rankings import group_cells, promoted_rfm, rfm_values, stored_thresholds

# {"R": {"FM": name}} for R and FM 1 to 5; {dimension: four cut-offs}.
Cells = dict[str, dict[str, str]]
Cuts = dict[str, list[float]]

SCORES = ("1", "2", "3", "4", "5")
LONGEST_NAME = 40
LARGEST = 1e12


class BadGroupTable(Refused):
    code = "bad_group_table"


@dataclass(frozen=True)
class Effect:
    """What a table would change, were it used now. ``sizes``: (group, now, then)."""

    customers: int = 0
    moved: int = 0
    sizes: list[tuple[str, int, int]] = field(default_factory=list)
    # (from, to, customers), the largest first.
    ways: list[tuple[str, str, int]] = field(default_factory=list)


def default_cells() -> Cells:
    """The groups as the glossary defines them."""
    return {
        str(r): {str(fm): name for fm, name in row.items()} for r, row in DEFAULT_GROUPS.items()
    }


def newest_table() -> GroupTable:
    """The version that the next refresh uses; before anybody edited it, the glossary's."""
    newest = GroupTable.objects.order_by("-version").first()
    return newest or GroupTable(version=1, cells=default_cells())


def checked_cells(cells: Mapping[str, Mapping[str, str]]) -> Cells:
    """Names without stray blanks; refused where a cell is empty or two names look the same."""
    found = {r: {fm: " ".join(cells[r][fm].split()) for fm in SCORES} for r in SCORES}
    spelt: dict[str, str] = {}
    for r in reversed(SCORES):
        for fm in SCORES:
            name, where = found[r][fm], f"cell_{r}_{fm}"
            if not any(letter.isalnum() for letter in name):
                raise _bad(where, f"Recency {r} with orders and spend {fm} has no group.")
            if len(name) > LONGEST_NAME:
                raise _bad(where, f"A group's name has at most {LONGEST_NAME} letters.")
            if name.lower() == PROSPECTS.lower():
                raise _bad(where, f"{PROSPECTS} are those without an order; choose another name.")
            if spelt.setdefault(name.lower(), name) != name:
                raise _bad(where, f"{spelt[name.lower()]} and {name} differ in capitals only.")
    return found


def checked_cuts(cuts: Mapping[str, list[float]]) -> Cuts:
    """Four numbers a dimension, none below the one before; none at all where they are fifths."""
    if not cuts:
        return {}
    for name in DIMENSIONS:
        four = cuts[name]
        if len(four) != 4 or not all(math.isfinite(cut) and 0 <= cut <= LARGEST for cut in four):
            raise _bad(f"cut_{name}", "A cut-off is a number from 0 up. Four are needed.")
        if sorted(four) != list(four):
            raise _bad(f"cut_{name}", "Cut-offs rise: none may be below the one before it.")
    return {name: [float(cut) for cut in cuts[name]] for name in DIMENSIONS}


def effect(*, cells: Cells, cuts: Cuts, rerank: bool) -> Effect:
    """Everybody's group now and by this table; nothing moves before there are groups."""
    now = promoted_rfm()
    if now is None or now.group_table is None:
        return Effect()
    values = rfm_values(features.frames.snapshot().collect(), now.options["frequency_unit"])
    if not (values[0] == values[0]).any():
        return Effect()
    there = {int(r): {int(fm): name for fm, name in row.items()} for r, row in cells.items()}
    before = rfm.score(*values, stored_thresholds(now), group_cells(now.group_table)).group
    after = rfm.score(*values, _cuts(now, cuts, rerank, values), there).group
    pairs = Counter(zip(before.tolist(), after.tolist(), strict=True))
    sizes = Counter(before.tolist()), Counter(after.tolist())
    moved = [(a, b, size) for (a, b), size in pairs.most_common() if a != b]
    return Effect(
        customers=len(before),
        moved=sum(size for _, _, size in moved),
        sizes=[(n, sizes[0][n], sizes[1][n]) for n in _in_order(there, {*sizes[0], *sizes[1]})],
        ways=moved,
    )


def _cuts(now: Grouping, own: Cuts, rerank: bool, values: Any) -> rfm.Thresholds:
    if own:
        return rfm.Thresholds(**{name: tuple(own[name]) for name in DIMENSIONS})
    made_by_hand = bool(now.group_table and now.group_table.thresholds)
    return rfm.thresholds(*values) if rerank or made_by_hand else stored_thresholds(now)


def _in_order(cells: rfm.GroupTable, present: set[str]) -> list[str]:
    """From the best cell down; groups that would be gone stand last."""
    listed = [cells[r][fm] for r in range(5, 0, -1) for fm in range(5, 0, -1)]
    named = list(dict.fromkeys([*listed, *sorted(present)]))
    return [name for name in named if name in present]


def _bad(where: str, why: str) -> BadGroupTable:
    return BadGroupTable(why, fields={where: why})
