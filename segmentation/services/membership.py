from datetime import datetime

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from core.bulk import copy_in
from core.money import minor_per_major
from core.selectors import organisation
from runs.models import Run
from runs.work import Step
from segmentation.frames import REVENUE, members
from segmentation.models import Segment
from segmentation.rules import BadRule

LEAVE = """
    UPDATE segmentation_membership m SET left_at = greatest(m.entered_at, %s)
    WHERE m.segment_id = %s AND m.left_at IS NULL
      AND (%s::bigint[] IS NULL OR m.customer_id = ANY(%s))
      AND NOT EXISTS (SELECT FROM segment_members s WHERE s.customer_id = m.customer_id)
"""
# A customer who is gone from the record since the snapshot is not entered.
ENTER = """
    INSERT INTO segmentation_membership (segment_id, customer_id, entered_at, run_id)
    SELECT %s, s.customer_id, %s, %s FROM segment_members s
    JOIN customers_customer c ON c.id = s.customer_id
    ON CONFLICT (segment_id, customer_id) WHERE left_at IS NULL DO NOTHING
"""


def refresh_memberships(*, step: Step, as_of: datetime, run: Run) -> int:
    """Bring the ledger of every segment up to the snapshot, one segment a transaction.

    A second attempt finds the segments that are done equal, and goes on with the rest.
    """
    segments = list(Segment.objects.filter(archived_at=None).order_by("pk"))
    inside = {s.pk: frame for s in segments if (frame := _inside_or_problem(s)) is not None}
    total = sum(frame.height for frame in inside.values())
    done = 0
    for segment in segments:
        if segment.pk not in inside:
            continue
        _bring_up_to(segment, inside[segment.pk], as_of=as_of, run=run)
        done += inside[segment.pk].height
        step.wrote(done, of=total)
    return done


def update_memberships(*, customer_pks: list[int], as_of: datetime, run: Run) -> int:
    """Who of these customers is in which segment now; nobody else enters or leaves."""
    segments = list(Segment.objects.filter(archived_at=None).order_by("pk"))
    for segment in segments:
        inside = _inside_or_problem(segment)
        if inside is not None:
            _bring_up_to(segment, inside, as_of=as_of, run=run, only=customer_pks)
    return len(segments)


def bring_up_to_snapshot(*, segment: Segment, as_of: datetime, run: Run) -> None:
    """The ledger, the size and the revenue of one segment, by the snapshot that is published."""
    inside = _inside_or_problem(segment)
    if inside is not None:
        _bring_up_to(segment, inside, as_of=as_of, run=run)


def _inside_or_problem(segment: Segment) -> pl.DataFrame | None:
    """None where the rule names what is no longer there: it says so, and keeps whom it had.

    One rule that cannot be answered must not keep all other segments from their refresh.
    """
    try:
        return _inside(segment)
    except BadRule as refusal:
        Segment.objects.filter(pk=segment.pk).update(problem=refusal.message)
        return None


def _inside(segment: Segment) -> pl.DataFrame:
    """Primary keys and revenue of everyone in the segment now."""
    fitting = members(segment.definition)
    known = fitting.collect_schema().names()
    revenue = pl.col(REVENUE) if REVENUE in known else pl.lit(None, pl.Float64)
    return fitting.select("customer_pk", revenue.alias("revenue")).collect()


@transaction.atomic
def _bring_up_to(
    segment: Segment, inside: pl.DataFrame, *, as_of: datetime, run: Run,
    only: list[int] | None = None,
) -> None:  # fmt: skip
    """Size and revenue are of all who are ``inside``; the ledger is too, or of ``only`` some."""
    theirs = inside if only is None else inside.filter(pl.col("customer_pk").is_in(only))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE segment_members (customer_id bigint PRIMARY KEY) ON COMMIT DROP"
        )
        copy_in(
            table="segment_members", frame=theirs.select(pl.col("customer_pk").alias("customer_id"))
        )
        cursor.execute(LEAVE, [as_of, segment.pk, only, only])
        cursor.execute(ENTER, [segment.pk, as_of, run.pk])
        cursor.execute("DROP TABLE segment_members")
    per_major = minor_per_major(organisation().currency)
    Segment.objects.filter(pk=segment.pk).update(
        size=inside.height,
        revenue_minor=round((inside["revenue"].sum() or 0) * per_major),
        refreshed_at=timezone.now(),
        problem="",
    )
