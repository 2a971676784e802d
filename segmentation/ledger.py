"""Questions to the ledger of members: who was in which group when, and who moved.

The money at stake in a move is what its customers spent in the 365 local days before the later of
the two moments, by the lines that count.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.core.cache import cache
from django.db import connection
from django.db.models import Max

import features.frames
from core.bulk import read_query
from core.once import asked_once
from segmentation.models import Segment, SegmentKind

YEAR = 365
KEPT_SECONDS = 2 * 24 * 3600

PLACES = """
    WITH inside AS (
        SELECT m.customer_id, m.segment_id, m.entered_at, m.left_at
        FROM segmentation_membership m JOIN segmentation_segment s ON s.id = m.segment_id
        WHERE s.kind = %(kind)s
    ), before AS (
        SELECT customer_id, segment_id FROM inside
        WHERE entered_at <= %(since)s AND (left_at IS NULL OR left_at > %(since)s)
    ), after AS (
        SELECT customer_id, segment_id FROM inside
        WHERE entered_at <= %(until)s AND (left_at IS NULL OR left_at > %(until)s)
    )
    SELECT coalesce(b.customer_id, a.customer_id), b.segment_id, a.segment_id
    FROM before b FULL JOIN after a ON a.customer_id = b.customer_id
"""
SIZES = """
    SELECT m.segment_id, t.number, count(*) FROM segmentation_membership m
    JOIN segmentation_segment s ON s.id = m.segment_id
    JOIN unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS t(at, number)
      ON m.entered_at <= t.at AND (m.left_at IS NULL OR m.left_at > t.at)
    WHERE s.kind = %(kind)s GROUP BY 1, 2
"""
# Who was in a group at one moment and in another group, or in none, at the other.
MOVERS = """
    SELECT m.customer_id FROM segmentation_membership m
    WHERE m.segment_id = %(own)s
      AND m.entered_at <= %(own_at)s AND (m.left_at IS NULL OR m.left_at > %(own_at)s)
      AND {has} (
        SELECT FROM segmentation_membership o JOIN segmentation_segment s ON s.id = o.segment_id
        WHERE o.customer_id = m.customer_id AND s.kind = %(kind)s
          AND s.id = coalesce(%(other)s, s.id)
          AND o.entered_at <= %(other_at)s AND (o.left_at IS NULL OR o.left_at > %(other_at)s)
      )
"""
BEGINS = """
    SELECT min(first.entered_at) FROM segmentation_segment s CROSS JOIN LATERAL (
        SELECT m.entered_at FROM segmentation_membership m
        WHERE m.segment_id = s.id ORDER BY m.entered_at LIMIT 1
    ) first WHERE s.kind = %s
"""


@dataclass(frozen=True)
class Move:
    """The customers of one group who are in another one later; None is nobody's group."""

    before: Segment | None
    after: Segment | None
    customers: int
    spent: float


def moves_between(since: datetime, until: datetime, kind: str = SegmentKind.RFM) -> list[Move]:
    """Every pair of groups that somebody went between, or stayed in; the most customers first."""
    found = _kept(("moves", kind, since, until), lambda: _counted(since, until, kind))
    named = Segment.objects.in_bulk({pk for row in found for pk in row[:2] if pk})
    moves = [
        Move(named.get(before), named.get(after), customers, spent)
        for before, after, customers, spent in found
    ]
    return sorted(moves, key=lambda m: (-m.customers, _name(m.before) or "", _name(m.after) or ""))


def transitions(
    since: datetime, until: datetime, kind: str = SegmentKind.RFM
) -> list[dict[str, Any]]:
    """[{from, to, customers, revenue}] between the groups of two moments, the largest first.

    None stands for nobody's group: a customer who was not there yet, or no longer is.
    """
    return [
        {"from": _name(m.before), "to": _name(m.after), "customers": m.customers,
         "revenue": m.spent}
        for m in moves_between(since, until, kind)
    ]  # fmt: skip


def movers(
    since: datetime, until: datetime, before: Segment | None, after: Segment | None
) -> pl.DataFrame:
    """customer_pk and spent of who was in one RFM group and then in another, most money first."""
    own, own_at, other, other_at = after, until, before, since
    if own is None:
        own, own_at, other, other_at = before, since, after, until
    values = {
        "own": own.pk if own else None, "own_at": own_at, "other_at": other_at,
        "other": other.pk if other else None, "kind": SegmentKind.RFM.value,
    }  # fmt: skip
    query = MOVERS.format(has="EXISTS" if other else "NOT EXISTS")
    theirs = read_query(query, {"customer_pk": pl.Int64()}, values)
    spent = theirs.join(_spent(until), on="customer_pk", how="left")
    return spent.with_columns(pl.col("spent").fill_null(0.0)).sort(
        ["spent", "customer_pk"], descending=[True, False]
    )


def sizes_at(moments: Sequence[datetime]) -> dict[int, list[int]]:
    """{primary key of an RFM group: how many were in it at each moment}."""
    kept: dict[int, list[int]] = _kept(("sizes", *moments), lambda: _sizes(moments))
    return kept


def begins_at() -> datetime | None:
    """When the ledger of RFM groups begins."""
    with connection.cursor() as cursor:
        cursor.execute(BEGINS, [SegmentKind.RFM.value])
        (begins,) = cursor.fetchone()
    at: datetime | None = begins
    return at


def _kept(asked: tuple[object, ...], answer: Callable[[], Any]) -> Any:
    """The answer, remembered until another snapshot is published or the ledger changes.

    Numbers of groups only, never of a person; an erasure rewrites the snapshot, and so forgets.
    """
    published = features.frames.current()
    files = (published.path, published.delta_path) if published else ()
    state = repr(([str(part) for part in asked], files, str(_changed_at())))
    key = f"ledger:{hashlib.sha256(state.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = answer()
        cache.set(key, found, KEPT_SECONDS)
    return found


@asked_once
def _changed_at() -> datetime | None:
    """Groups change with a refresh, in the worker: no page changes them."""
    groups = Segment.objects.filter(kind__in=[SegmentKind.RFM, SegmentKind.CLUSTER])
    at: datetime | None = groups.aggregate(at=Max("refreshed_at"))["at"]
    return at


def _counted(since: datetime, until: datetime, kind: str) -> list[tuple[Any, ...]]:
    """(before, after, customers, spent) by primary keys of segments."""
    pairs = _places(since, until, kind).join(_spent(until), on="customer_pk", how="left")
    found = pairs.group_by("before", "after").agg(
        pl.len().alias("customers"), pl.col("spent").sum().round(2)
    )
    return found.rows()


def _sizes(moments: Sequence[datetime]) -> dict[int, list[int]]:
    schema = {"segment": pl.Int64(), "number": pl.Int64(), "size": pl.Int64()}
    rows = read_query(SIZES, schema, {"moments": list(moments), "kind": SegmentKind.RFM.value})
    found: dict[int, list[int]] = {}
    for segment, number, size in rows.rows():
        found.setdefault(segment, [0] * len(moments))[number - 1] = size
    return found


def _places(since: datetime, until: datetime, kind: str) -> pl.DataFrame:
    schema = {"customer_pk": pl.Int64(), "before": pl.Int64(), "after": pl.Int64()}
    return read_query(PLACES, schema, {"since": since, "until": until, "kind": str(kind)})


def _spent(until: datetime) -> pl.DataFrame:
    return features.frames.spent_before(until, days=YEAR)


def _name(segment: Segment | None) -> str | None:
    return segment.name if segment else None


@dataclass(frozen=True)
class AtStake:
    """Customers who went from some groups into others, by what the snapshot knows of them.

    ``leavers``: how many of the ``scored`` will probably not buy again soon, with the standard
    deviation of that sum.
    """

    customers: int
    spent: float
    scored: int
    leavers: float
    deviation: float


def at_stake(
    since: datetime, until: datetime, before: Sequence[Segment], after: Sequence[Segment]
) -> AtStake:
    """Remembered as moves are."""
    sides = [sorted(group.pk for group in side) for side in (before, after)]
    found = _kept(("at stake", since, until, sides), lambda: _at_stake(since, until, *sides))
    return AtStake(*found)


def _at_stake(
    since: datetime, until: datetime, before: list[int], after: list[int]
) -> tuple[Any, ...]:
    places = _places(since, until, SegmentKind.RFM).filter(
        pl.col("before").is_in(before) & pl.col("after").is_in(after)
    )
    snapshot = features.frames.snapshot()
    risk = pl.lit(None, pl.Float64)
    if "churn_probability" in snapshot.collect_schema().names():
        risk = pl.col("churn_probability").cast(pl.Float64)
    told = snapshot.select("customer_pk", risk.alias("risk")).collect()
    known = places.join(told, on="customer_pk", how="left").join(
        _spent(until), on="customer_pk", how="left"
    )
    risks = known["risk"].drop_nulls()
    return (
        known.height,
        float(known["spent"].sum() or 0),
        len(risks),
        float(risks.sum() or 0),
        float((risks * (1 - risks)).sum() or 0) ** 0.5,
    )
