"""Who changed RFM group between the run before and this one."""

from collections import Counter
from typing import Any

from core.formats import counted, day
from segmentation.models import Grouping, SegmentKind
from segmentation.selectors import segments, transitions


def moves(grouping: Grouping) -> dict[str, Any]:
    """What left and what came into each group since the run before; empty without one."""
    before = (
        Grouping.objects.filter(kind=grouping.kind, as_of__lt=grouping.as_of)
        .order_by("-as_of")
        .first()
    )
    if before is None:
        return {}
    left, came, moved = Counter[str](), Counter[str](), 0
    for row in transitions(before.as_of, grouping.as_of):
        if row["from"] and row["to"] and row["from"] != row["to"]:
            left[row["from"]] += row["customers"]
            came[row["to"]] += row["customers"]
            moved += row["customers"]
    if not moved:
        return {}
    groups = segments().filter(kind=SegmentKind.RFM).order_by("position")
    rows = [
        {
            "name": segment.name,
            "css": f"g-{segment.slug}",
            "left": f"{left[segment.name]:,}",
            "came": f"{came[segment.name]:,}",
            "change": _signed(came[segment.name] - left[segment.name]),
        }
        for segment in groups
    ]
    return {
        "finding": f"{counted(moved, 'customer')} changed group",
        "note": f"{day(before.as_of)} to {day(grouping.as_of)}",
        "rows": rows,
    }


def _signed(number: int) -> str:
    return f"+{number:,}" if number > 0 else f"−{-number:,}" if number else "0"
