"""Groups and members as they were before a refresh that failed, or before the first of all."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from runs.models import ModelVersion, Run
from runs.versions import promote
from runs.work import Step
from segmentation.models import Grouping, Membership, Segment, SegmentKind
from segmentation.services.clusters import FAMILY
from segmentation.services.membership import bring_up_to_snapshot, refresh_memberships
from segmentation.services.rfm import MEANINGS
from segmentation.services.segments import Group, sync_group_segments

FEATURES = {SegmentKind.RFM: "rfm_group", SegmentKind.CLUSTER: FAMILY}


@transaction.atomic
def take_back(*, run: Run, as_of: datetime, before: datetime) -> None:
    """Undo what a run as of ``as_of`` did to groups and members; the snapshot is of ``before``."""
    for kind in FEATURES:
        _promote_again(kind, run=run, as_of=as_of)
    Membership.objects.filter(run_id=run.pk).delete()
    # Who left at that moment is in again; whoever left then by an earlier run leaves below.
    same = Membership.objects.filter(
        segment=OuterRef("segment"), customer=OuterRef("customer"), left_at=None
    )
    live = Segment.objects.filter(archived_at=None)
    left = Membership.objects.filter(left_at=as_of, segment__in=live)
    left.exclude(Exists(same)).update(left_at=None)
    for segment in live.order_by("pk"):
        bring_up_to_snapshot(segment=segment, as_of=before, run=run)


def withdraw(*, step: Step, as_of: datetime, run: Run) -> None:
    """Nobody is left to divide: no groups, and no thresholds for whoever comes next; rule segments
    stay, and are empty."""
    for kind, feature in FEATURES.items():
        sync_group_segments(kind=kind, feature=feature, groups=[], as_of=as_of)
    Grouping.objects.all().delete()
    refresh_memberships(step=step, as_of=as_of, run=run)


def _promote_again(kind: SegmentKind, *, run: Run, as_of: datetime) -> None:
    """The grouping of before answers again; the run's own is gone, as are its thresholds."""
    mine = Grouping.objects.filter(kind=kind, run=run)
    earlier = Grouping.objects.filter(kind=kind).exclude(run=run)
    if kind == SegmentKind.CLUSTER:
        earlier = earlier.filter(is_standard=True)
    before = earlier.order_by("-id").first()
    if before is None or not mine.filter(promoted=True).exists():
        return
    mine.delete()
    if before.model:
        promote(version=before.model, verdict=before.model.verdict)
    if kind == SegmentKind.CLUSTER:
        ModelVersion.objects.filter(name=FAMILY, run=run).delete()
    before.promoted = True
    before.save(update_fields=["promoted"])
    groups = [
        Group(group["name"], group.get("sentence") or MEANINGS.get(group["name"], ""))
        for group in before.groups
    ]
    sync_group_segments(kind=kind, feature=FEATURES[kind], groups=groups, as_of=as_of)
