"""Who changed RFM group between two moments: a block of the overview."""

from collections import Counter
from typing import Any

from core.formats import counted, whole
from segmentation.models import SegmentKind
from segmentation.movement import Movement, period
from segmentation.moves_drawings import signed
from segmentation.pages import css_of
from segmentation.selectors import segments


def moves(of: Movement | None) -> dict[str, Any]:
    """What left and what came into each group; empty where nobody moved or nothing tells."""
    if of is None or not of.changed:
        return {}
    left, came = Counter[int](), Counter[int]()
    for move in of.changed:
        assert move.before
        assert move.after
        left[move.before.pk] += move.customers
        came[move.after.pk] += move.customers
    most = max([*left.values(), *came.values(), 1])
    groups = segments().filter(kind=SegmentKind.RFM).order_by("position")
    return {
        "finding": f"{counted(left.total(), 'customer')} changed group",
        "note": f"{period(of.since, of.until)[0].upper()}{period(of.since, of.until)[1:]}",
        "rows": [
            {
                "name": segment.name,
                "css": css_of(segment),
                "left": whole(left[segment.pk]),
                "came": whole(came[segment.pk]),
                "left_width": f"{left[segment.pk] / most * 100:.1f}",
                "left_x": f"{100 - left[segment.pk] / most * 100:.1f}",
                "came_width": f"{came[segment.pk] / most * 100:.1f}",
                "change": signed(came[segment.pk] - left[segment.pk]),
            }
            for segment in groups
        ],
    }
