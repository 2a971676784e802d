"""What the page of general segmentation is narrowed by: two dates, and one segment."""

from typing import Any

from django.http import QueryDict

from core.listing import choice
from segmentation.models import Segment, SegmentKind
from segmentation.movement import Movement, movement
from segmentation.moves_address import asked_moments
from segmentation.moves_page import choices
from segmentation.selectors import offered_segments, segment_with_slug

EVERYBODY = "All customers"


def asked_segment(query: QueryDict) -> Segment | None:
    """The segment that the address names, to look within; refused where there is none."""
    slug = query.get("in", "")
    return segment_with_slug(slug[:80]) if slug else None


def asked_movement(query: QueryDict, kind: SegmentKind) -> Movement | None:
    """Who moved between the two dates of the address; the ledger of clusters tells no moves."""
    asked = asked_moments(query) if kind == SegmentKind.RFM else None
    return movement(*asked) if asked else None


def filters(of: Movement | None, within: Segment | None) -> list[dict[str, Any]]:
    """The selects above the page; a chosen segment is in its list however many there are."""
    offered = offered_segments()
    if within and within.pk not in {segment.pk for segment in offered}:
        offered.append(within)
    options = [("", EVERYBODY), *((segment.slug, segment.name) for segment in offered)]
    return [
        *(choices(of) if of else []),
        choice("in", "Of", options, within.slug if within else ""),
    ]
