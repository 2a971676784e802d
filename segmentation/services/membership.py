from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from core.bulk import copy_in
from core.money import minor_per_major
from core.selectors import organisation
from runs.models import Run
from runs.work import Step
from segmentation.frames import REVENUE, compiler, members, members_of_all
from segmentation.models import Segment
from segmentation.rules import BadRule

Answer = TypeVar("Answer")
WANTED = """
    CREATE TEMPORARY TABLE segment_members (segment_id bigint, customer_id bigint) ON COMMIT DROP
"""
LEAVE = """
    UPDATE segmentation_membership m SET left_at = greatest(m.entered_at, %s)
    WHERE m.segment_id = ANY(%s) AND m.left_at IS NULL
      AND (%s::bigint[] IS NULL OR m.customer_id = ANY(%s))
      AND NOT EXISTS (
          SELECT FROM segment_members s
          WHERE s.segment_id = m.segment_id AND s.customer_id = m.customer_id
      )
"""
HAS_NOW = ["size", "revenue_minor", "refreshed_at", "problem"]
# A customer who is gone from the record since the snapshot is not entered.
ENTER = """
    INSERT INTO segmentation_membership (segment_id, customer_id, entered_at, run_id)
    SELECT s.segment_id, s.customer_id, %s, %s FROM segment_members s
    JOIN customers_customer c ON c.id = s.customer_id
    WHERE NOT EXISTS (
        SELECT FROM segmentation_membership m
        WHERE m.segment_id = s.segment_id AND m.customer_id = s.customer_id AND m.left_at IS NULL
    )
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


@transaction.atomic
def update_memberships(*, customer_pks: list[int], as_of: datetime, run: Run) -> int:
    """Who of these customers is in which segment now; nobody else enters or leaves."""
    segments = list(Segment.objects.filter(archived_at=None).order_by("pk"))
    compiled = compiler()
    fits = {s: fit for s in segments if (fit := _or_problem(s, compiled)) is not None}
    totals, theirs = members_of_all({s.pk: fit for s, fit in fits.items()}, customer_pks)
    _enter_and_leave(theirs, [s.pk for s in fits], as_of=as_of, run=run, only=customer_pks)
    for segment in fits:
        _has_now(segment, *totals[segment.pk])
    Segment.objects.bulk_update(fits, HAS_NOW)
    return len(segments)


def bring_up_to_snapshot(*, segment: Segment, as_of: datetime, run: Run) -> None:
    """The ledger, the size and the revenue of one segment, by the snapshot that is published."""
    inside = _inside_or_problem(segment)
    if inside is not None:
        _bring_up_to(segment, inside, as_of=as_of, run=run)


def _inside_or_problem(segment: Segment) -> pl.DataFrame | None:
    return _or_problem(segment, _inside)


def _or_problem(segment: Segment, answer: Callable[[Any], Answer]) -> Answer | None:
    """None where the rule names what is no longer there: it says so, and keeps whom it had.

    One rule that cannot be answered must not keep all other segments from their refresh.
    """
    try:
        return answer(segment.definition)
    except BadRule as refusal:
        Segment.objects.filter(pk=segment.pk).update(problem=refusal.message)
        return None


def _inside(rule: Any) -> pl.DataFrame:
    """Primary keys and revenue of everyone in the segment now."""
    fitting = members(rule)
    known = fitting.collect_schema().names()
    revenue = pl.col(REVENUE) if REVENUE in known else pl.lit(None, pl.Float64)
    return fitting.select("customer_pk", revenue.alias("revenue")).collect()


@transaction.atomic
def _bring_up_to(segment: Segment, inside: pl.DataFrame, *, as_of: datetime, run: Run) -> None:
    wanted = inside.select(segment_id=pl.lit(segment.pk), customer_id="customer_pk")
    _enter_and_leave(wanted, [segment.pk], as_of=as_of, run=run)
    _has_now(segment, inside.height, float(inside["revenue"].sum() or 0))
    segment.save(update_fields=HAS_NOW)


def _enter_and_leave(
    wanted: pl.DataFrame, segments: list[int], *, as_of: datetime, run: Run,
    only: list[int] | None = None,
) -> None:  # fmt: skip
    """The ledger of these segments says who is ``wanted`` in them (segment_id, customer_id): of
    everybody, or of ``only`` some."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED)
        copy_in(table="segment_members", frame=wanted)
        cursor.execute(LEAVE, [as_of, segments, only, only])
        cursor.execute(ENTER, [as_of, run.pk])
        cursor.execute("DROP TABLE segment_members")


def _has_now(segment: Segment, size: int, revenue: float) -> None:
    segment.size = size
    segment.revenue_minor = round(revenue * minor_per_major(organisation().currency))
    segment.refreshed_at = timezone.now()
    segment.problem = ""
