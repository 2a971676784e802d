"""Questions to the ledger of members: who was in which group when, and who moved.

The money at stake in a move is what its customers spent in the 365 local days before the later of
the two moments, by the lines that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Min

import features.frames
from core.bulk import read_query
from segmentation.models import Membership, Segment, SegmentKind

YEAR = 365

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


@dataclass(frozen=True)
class Move:
    """The customers of one group who are in another one later; None is nobody's group."""

    before: Segment | None
    after: Segment | None
    customers: int
    spent: float


def moves_between(since: datetime, until: datetime, kind: str = SegmentKind.RFM) -> list[Move]:
    """Every pair of groups that somebody went between, or stayed in; the most customers first."""
    pairs = _places(since, until, kind).join(_spent(until), on="customer_pk", how="left")
    found = pairs.group_by("before", "after").agg(
        pl.len().alias("customers"), pl.col("spent").sum().round(2)
    )
    named = Segment.objects.in_bulk(_known(found["before"]) | _known(found["after"]))
    moves = [
        Move(named.get(before), named.get(after), customers, spent)
        for before, after, customers, spent in found.rows()
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
    places = _places(since, until, SegmentKind.RFM)
    theirs = places.filter(
        pl.col("before").eq_missing(pl.lit(before.pk if before else None, pl.Int64)),
        pl.col("after").eq_missing(pl.lit(after.pk if after else None, pl.Int64)),
    )
    spent = theirs.join(_spent(until), on="customer_pk", how="left")
    ordered = spent.with_columns(pl.col("spent").fill_null(0.0)).sort(
        ["spent", "customer_pk"], descending=[True, False]
    )
    return ordered.select("customer_pk", "spent")


def sizes_at(moments: Sequence[datetime]) -> dict[int, list[int]]:
    """{primary key of an RFM group: how many were in it at each moment}."""
    schema = {"segment": pl.Int64(), "number": pl.Int64(), "size": pl.Int64()}
    rows = read_query(SIZES, schema, {"moments": list(moments), "kind": SegmentKind.RFM.value})
    found: dict[int, list[int]] = {}
    for segment, number, size in rows.rows():
        found.setdefault(segment, [0] * len(moments))[number - 1] = size
    return found


def begins_at() -> datetime | None:
    """When the ledger of RFM groups begins."""
    rows = Membership.objects.filter(segment__kind=SegmentKind.RFM)
    begins: datetime | None = rows.aggregate(at=Min("entered_at"))["at"]
    return begins


def _places(since: datetime, until: datetime, kind: str) -> pl.DataFrame:
    schema = {"customer_pk": pl.Int64(), "before": pl.Int64(), "after": pl.Int64()}
    return read_query(PLACES, schema, {"since": since, "until": until, "kind": str(kind)})


def _spent(until: datetime) -> pl.DataFrame:
    return features.frames.spent_before(until, days=YEAR)


def _known(keys: pl.Series) -> set[int]:
    return set(keys.drop_nulls().to_list())


def _name(segment: Segment | None) -> str | None:
    return segment.name if segment else None
