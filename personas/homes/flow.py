"""Who moved as a drawing: groups at two moments, and bands between them, falls in colour."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

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


def flow(of: Movement, groups: Sequence[Segment]) -> dict[str, Any]:
    """``groups`` in their order of value; those without a customer at both moments are left out."""
    known = {group.pk for group in groups}
    moves = [
        m for m in of.moves
        if m.before and m.after and m.before.pk in known and m.after.pk in known
    ]  # fmt: skip
    before, after = Counter[int](), Counter[int]()
    for move in moves:
        before[move.before.pk] += move.customers  # type: ignore[union-attr]  # chosen above
        after[move.after.pk] += move.customers  # type: ignore[union-attr]  # chosen above
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
        "bands": _bands(of, moves, shown, starts, unit),
        "labels": _labels(of, moves),
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
    moves: Sequence[Move],
    shown: Sequence[Segment],
    starts: dict[int, float],
    unit: float,
) -> list[dict[str, str]]:
    """From top to bottom on both sides; what is in colour lies above the rest."""
    place = {group.pk: number for number, group in enumerate(shown)}
    ordered = sorted(moves, key=lambda m: (place[m.before.pk], place[m.after.pk]))  # type: ignore[union-attr]
    out, into, found = dict(starts), dict(starts), []
    left: dict[tuple[int, int], float] = {}
    for move in ordered:
        pair = (move.before.pk, move.after.pk)  # type: ignore[union-attr]  # chosen by the caller
        left[pair] = out[pair[0]]
        out[pair[0]] += move.customers * unit
    for move in sorted(ordered, key=lambda m: (place[m.after.pk], place[m.before.pk])):  # type: ignore[union-attr]
        pair = (move.before.pk, move.after.pk)  # type: ignore[union-attr]  # chosen by the caller
        high = move.customers * unit
        path = _path(left[pair], into[pair[1]], high)
        into[pair[1]] += high
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
    return [f"{slipped:,} slipped", f"{back:,} came back"]
