"""Who moved as a drawing: groups at two moments, and bands between them, falls in colour."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.formats import whole
from segmentation.ledger import Move
from segmentation.models import Segment
from segmentation.movement import Movement, ended
from segmentation.moves_drawings import signed
from segmentation.pages import css_of

HIGH, GAP, LEAST = 300.0, 5.0, 15.0
LEFT, RIGHT, NODE = 190.0, 530.0, 5.0
# Bands under this many units are not drawn: they would be a haze.
THIN = 0.25
BACK, STAYED = "back", "still"


class Crossing(NamedTuple):
    """A move between two of the groups that are drawn, by their keys."""

    before: int
    after: int
    move: Move


def flow(of: Movement, groups: Sequence[Segment]) -> dict[str, Any]:
    """``groups`` in their order of value; those without a customer at both moments are left out."""
    known = {group.pk for group in groups}
    crossings = [
        Crossing(m.before.pk, m.after.pk, m)
        for m in of.moves
        if m.before and m.after and m.before.pk in known and m.after.pk in known
    ]
    before, after = Counter[int](), Counter[int]()
    for crossing in crossings:
        before[crossing.before] += crossing.move.customers
        after[crossing.after] += crossing.move.customers
    shown = [group for group in groups if before[group.pk] or after[group.pk]]
    total = sum(before.values())
    if not total:
        return {}
    unit = (HIGH - (GAP + LEAST / 2) * len(shown)) / total
    starts, end = _placed(shown, before, after, unit)
    return {
        "since": ended(of.since),
        "until": ended(of.until),
        "height": f"{end + 24:.0f}",
        "nodes": [_node(group, starts, before, after, unit) for group in shown],
        "bands": _bands(of, crossings, shown, starts, unit),
        "labels": _labels(of, [crossing.move for crossing in crossings]),
    }


def _placed(
    shown: Sequence[Segment], before: Counter[int], after: Counter[int], unit: float
) -> tuple[dict[int, float], float]:
    """Where each group begins, alike on both sides; a small one still has room for its name."""
    starts, y = {}, 24.0
    for group in shown:
        starts[group.pk] = y
        y += max(max(before[group.pk], after[group.pk]) * unit, LEAST) + GAP
    return starts, y


def _node(
    group: Segment,
    starts: dict[int, float],
    before: Counter[int],
    after: Counter[int],
    unit: float,
) -> dict[str, str]:
    change = after[group.pk] - before[group.pk]
    room = max(max(before[group.pk], after[group.pk]) * unit, LEAST)
    return {
        "name": group.name,
        "css": css_of(group),
        "y": f"{starts[group.pk]:.1f}",
        "label_y": f"{starts[group.pk] + room / 2 + 4:.1f}",
        "before": whole(before[group.pk]),
        "after": whole(after[group.pk]),
        "before_height": f"{max(before[group.pk] * unit, 1):.1f}",
        "after_height": f"{max(after[group.pk] * unit, 1):.1f}",
        "change": signed(change),
    }


def _bands(
    of: Movement,
    crossings: Sequence[Crossing],
    shown: Sequence[Segment],
    starts: dict[int, float],
    unit: float,
) -> list[dict[str, str]]:
    """From top to bottom on both sides; what is in colour lies above the rest."""
    place = {group.pk: number for number, group in enumerate(shown)}
    ordered = sorted(crossings, key=lambda c: (place[c.before], place[c.after]))
    out, into, found = dict(starts), dict(starts), []
    left: dict[tuple[int, int], float] = {}
    for before, after, move in ordered:
        left[before, after] = out[before]
        out[before] += move.customers * unit
    for before, after, move in sorted(ordered, key=lambda c: (place[c.after], place[c.before])):
        high = move.customers * unit
        path = _path(left[before, after], into[after], high)
        into[after] += high
        css = _css(of, move)
        if high >= THIN or css != STAYED:
            found.append({"path": path, "css": css})
    return sorted(found, key=lambda band: band["css"] != STAYED)


def _css(of: Movement, move: Move) -> str:
    if of.slipped(move):
        return css_of(move.after) if move.after else STAYED
    return BACK if of.came_back(move) else STAYED


def _path(y1: float, y2: float, high: float) -> str:
    """A band of one height; a thin one stays visible."""
    high = max(high, 0.8)
    x1, x2, mid = LEFT + NODE, RIGHT, (LEFT + NODE + RIGHT) / 2
    return (
        f"M{x1:.0f} {y1:.1f}C{mid:.0f} {y1:.1f} {mid:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
        f"V{y2 + high:.1f}C{mid:.0f} {y2 + high:.1f} {mid:.0f} {y1 + high:.1f}"
        f" {x1:.0f} {y1 + high:.1f}Z"
    )


def _labels(of: Movement, moves: Sequence[Move]) -> list[str]:
    slipped = sum(m.customers for m in moves if of.slipped(m))
    back = sum(m.customers for m in moves if of.came_back(m))
    return [f"{whole(slipped)} slipped", f"{whole(back)} came back"]
