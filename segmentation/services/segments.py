import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

import features.frames
from accounts.models import User
from core.errors import Conflict, Refused
from core.services import record_audit
from segmentation.frames import expression
from segmentation.models import Membership, Segment, SegmentKind
from segmentation.services.membership import bring_up_to_snapshot

# Addresses of pages of their own beside those of segments.
TAKEN = frozenset({"moves", "predict", "table"})


class BadSegment(Refused):
    code = "bad_segment"


@dataclass(frozen=True)
class Group:
    """One label of a grouping, as it becomes a segment."""

    name: str
    description: str


@transaction.atomic
def create_segment(
    *, name: str, definition: Mapping[str, Any], actor: User | None, description: str = ""
) -> Segment:
    """Save a rule under a name. The rule is compiled first: what is saved can be answered.

    It has its members at once, by the snapshot; before the first refresh there is none to ask.
    """
    name = name.strip()[:120]
    expression(definition)
    try:
        with transaction.atomic():
            segment = Segment.objects.create(
                slug=_slug_of_a_rule(name),
                name=name,
                kind=SegmentKind.RULE,
                description=description,
                definition=definition,
                created_by=actor,
            )
    except IntegrityError as error:
        raise Conflict(
            f"There is a segment {name!r} already. Choose another name.", fields={"name": "taken"}
        ) from error
    record_audit(actor=actor, verb="create_segment", subject=segment.slug)
    published = features.frames.current()
    if published is not None and published.run is not None:
        bring_up_to_snapshot(segment=segment, as_of=published.as_of, run=published.run)
        segment.refresh_from_db()
    return segment


@transaction.atomic
def archive_segment(*, segment: Segment, actor: User | None) -> None:
    """Take a rule segment out of use; its ledger of members stays."""
    if segment.kind != SegmentKind.RULE:
        raise Conflict("Groups and clusters come with their run; only rules can be archived.")
    _close([segment.pk], at=timezone.now())
    record_audit(actor=actor, verb="archive_segment", subject=segment.slug)


@transaction.atomic
def sync_group_segments(
    *, kind: SegmentKind, feature: str, groups: Iterable[Group], as_of: datetime
) -> None:
    """One segment per group of a promoted run, in its order; groups that are gone are archived."""
    kept = []
    for position, group in enumerate(groups):
        segment = Segment.objects.filter(kind=kind, name=group.name).first()
        if segment is None:
            segment = Segment(kind=kind, name=group.name, slug=_free_slug(kind, group.name))
        segment.definition = {"feature": feature, "op": "=", "value": group.name}
        segment.description = group.description
        segment.position = position
        segment.archived_at = None
        segment.save()
        kept.append(segment.pk)
    gone = Segment.objects.filter(kind=kind, archived_at=None).exclude(pk__in=kept)
    _close(list(gone.values_list("pk", flat=True)), at=as_of)


def _close(segments: list[int], *, at: datetime) -> None:
    Segment.objects.filter(pk__in=segments).update(archived_at=at, size=0, revenue_minor=0)
    inside = Membership.objects.filter(segment_id__in=segments, left_at=None)
    inside.filter(entered_at__lte=at).update(left_at=at)
    Membership.objects.filter(segment_id__in=segments, left_at=None).update(left_at=timezone.now())


def _slug_of_a_rule(name: str) -> str:
    """The name in an address; one without Latin letters and digits has a number there."""
    slug = slugify(name)[:80]
    if slug:
        return f"segment-{slug}" if slug in TAKEN else slug
    if not slugify(name, allow_unicode=True):
        raise BadSegment("A segment needs a name of letters or digits.", fields={"name": "empty"})
    # The same name gives the same address, which can be taken only once.
    return f"segment-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _free_slug(kind: SegmentKind, name: str) -> str:
    """The name's slug, clusters with their kind before it; a number where a rule has taken it."""
    stem = slugify(name if kind == SegmentKind.RFM else f"cluster {name}")[:70]
    slug, number = stem, 2
    while slug in TAKEN or Segment.objects.filter(slug=slug).exists():
        slug, number = f"{stem}-{number}", number + 1
    return slug
