"""Segments by name: groups, clusters and what somebody's rule made."""

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted
from personas.search.found import LEAST_LETTERS, MOST, Hit, Part
from segmentation.models import Segment, SegmentKind
from segmentation.pages import css_of
from segmentation.selectors import named_like

KINDS = {SegmentKind.RFM: "RFM group", SegmentKind.CLUSTER: "cluster", SegmentKind.RULE: "segment"}

NAMES = ("segment", "segments")


def find(text: str, user: User) -> Part:
    """A group's members for whoever may see them, for others the page of all groups."""
    if len(text.strip()) < LEAST_LETTERS:
        return Part("Segments")
    may_see = user.can(Capability.VIEW_CUSTOMERS)
    known = named_like(text.strip())
    found = known if may_see else known.exclude(kind=SegmentKind.RULE)
    hits = [_hit(segment, may_see=may_see) for segment in found[: MOST + 1]]
    more = "There are more: type more of the name." if len(hits) > MOST else ""
    return Part("Segments", hits[:MOST], more=more, names=NAMES)


def _hit(segment: Segment, *, may_see: bool) -> Hit:
    if may_see:
        url = reverse("segmentation:members", args=[segment.slug])
    else:
        url = f"{reverse('segmentation:overview')}?kind={segment.kind}"
    note = f"{KINDS[SegmentKind(segment.kind)]}, {counted(segment.size, 'customer')}"
    return Hit(segment.name, url, note, icon="", css=css_of(segment))
