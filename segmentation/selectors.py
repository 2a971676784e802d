"""Questions about segments: sizes, members, previews, moves."""

import time
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Case, Q, QuerySet, When

import features.frames
from core.errors import NotFound, Refused
from core.money import from_minor
from core.selectors import organisation
from customers.models import Channel, Customer
from segmentation.expected import Chance, chance
from segmentation.frames import REVENUE, members
from segmentation.models import Grouping, Membership, Segment, SegmentKind

SAMPLE = 10
LEAVES = "churn_probability"
# So many segments stand in a choice of them; a shop may have ten thousand.
OFFERED = 50
SHOWN = ("rfm_group", "cluster", "recency_days", "purchase_frequency", REVENUE)


class UnknownColumn(Refused):
    code = "unknown_column"


@dataclass(frozen=True)
class GroupFigures:
    """One group as the segmentation page shows it: its share of customers and of revenue."""

    segment: Segment
    size: int
    share: float
    revenue: float
    revenue_share: float
    recency_median: float | None
    orders_median: float | None
    spend_median: float | None
    reachable_email: int
    size_range: tuple[int, int] | None
    # How many are predicted not to buy in the horizon; None where no model has said it.
    chance: Chance | None = None


@dataclass(frozen=True)
class Member:
    """A row of a member list: the shop's id and the figures that one reads first."""

    customer_pk: int
    values: dict[str, Any]


def segments() -> QuerySet[Segment]:
    return Segment.objects.filter(archived_at=None)


def named_like(text: str) -> QuerySet[Segment]:
    """Segments whose name holds a text; groups and clusters before what rules made."""
    rules_last = Case(When(kind=SegmentKind.RULE, then=1), default=0)
    exact = Case(When(name__iexact=text, then=0), default=1)
    found = segments().filter(name__icontains=text)
    return found.order_by(exact, rules_last, "name", "pk")


def segment_with_slug(slug: str) -> Segment:
    found = segments().filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no segment {slug!r}.")
    return found


def rules_named(text: str) -> list[tuple[str, str]]:
    """(slug, name) of rules whose name or address holds these letters, the largest first."""
    rules = segments().filter(kind=SegmentKind.RULE)
    if text and not rules.filter(slug=text).exists():
        rules = rules.filter(Q(name__icontains=text) | Q(slug__icontains=text))
    return list(rules.order_by("-size", "name", "pk").values_list("slug", "name")[:OFFERED])


def offered_segments(chosen: str = "") -> list[Segment]:
    """Groups, clusters and the largest rules, and the one chosen: what a page offers to choose."""
    rules = segments().filter(kind=SegmentKind.RULE).order_by("-size", "name", "pk")[:OFFERED]
    found = [*segments().exclude(kind=SegmentKind.RULE).order_by("kind", "position"), *rules]
    if chosen and all(segment.slug != chosen for segment in found):
        found += segments().filter(slug=chosen)
    return found


def segment_revenue(segment: Segment) -> float:
    return float(from_minor(segment.revenue_minor, organisation().currency))


def promoted(kind: str) -> Grouping | None:
    return Grouping.objects.filter(kind=kind, promoted=True).select_related("model").first()


def group_figures(kind: SegmentKind, within: Segment | None = None) -> list[GroupFigures]:
    """The groups of the promoted run of a kind, from the snapshot, in their order of value.

    Of the members of one segment only, where one is named; how sure sizes are is of everybody.
    """
    column = "rfm_group" if kind == SegmentKind.RFM else "cluster"
    frame = (members(within.definition) if within else features.frames.snapshot()).collect()
    if column not in frame.columns:
        return []
    by_name = {row["group"]: row for row in _figures(frame, column).iter_rows(named=True)}
    grouping = promoted(kind)
    ranges = grouping.metrics.get("size_range", {}) if grouping and not within else {}
    total = max(sum(row["size"] for row in by_name.values()), 1)
    revenue = sum(row["revenue"] for row in by_name.values()) or 1.0
    return [
        _group(segment, by_name.get(segment.name), total, revenue, ranges.get(segment.name))
        for segment in segments().filter(kind=kind).order_by("position")
    ]


def group_of(segment: Segment) -> GroupFigures | None:
    """The figures of a segment that is a group or a cluster; None for a rule's segment."""
    if segment.kind not in (SegmentKind.RFM, SegmentKind.CLUSTER):
        return None
    figures = group_figures(SegmentKind(segment.kind))
    return next((group for group in figures if group.segment.pk == segment.pk), None)


def preview(rule: Any) -> dict[str, Any]:
    """{total, reachable, revenue, sample, took_ms} of a rule over the current snapshot."""
    began = time.perf_counter()
    return summary(members(rule), began=began)


def summary(inside: pl.LazyFrame, *, began: float | None = None) -> dict[str, Any]:
    """The same of some rows of the snapshot."""
    began = time.perf_counter() if began is None else began
    known = inside.collect_schema().names()
    channels = [c for c in Channel.values if f"reachable_{c}" in known]
    money = pl.col(REVENUE).sum() if REVENUE in known else pl.lit(0.0)
    counts, sample = pl.collect_all(
        [
            inside.select(
                pl.len().alias("total"),
                money.alias("revenue"),
                *(pl.col(f"reachable_{c}").sum().alias(c) for c in channels),
            ),
            inside.select("customer_pk", *(n for n in SHOWN if n in known)).head(SAMPLE),
        ]
    )
    row = counts.row(0, named=True)
    return {
        "total": row["total"],
        "reachable": {c: int(row[c] or 0) for c in channels},
        "revenue": round(row["revenue"] or 0.0, 2),
        "sample": with_ids(sample),
        "took_ms": round((time.perf_counter() - began) * 1000, 2),
    }


def member_frame(segment: Segment, sort: str = "") -> pl.LazyFrame:
    """Everyone in a segment, sorted by a feature (``-name`` the other way), then by key."""
    inside = members(segment.definition)
    name = sort.removeprefix("-")
    if not name:
        return inside.sort("customer_pk")
    if name not in inside.collect_schema().names():
        raise UnknownColumn(f"There is no column {name!r} to sort by.", fields={"sort": name})
    return inside.sort(
        [name, "customer_pk"], descending=[sort.startswith("-"), False], nulls_last=True
    )


def member_page(
    segment: Segment, *, sort: str, offset: int, limit: int
) -> tuple[int, list[Member]]:
    """The number of members, and one page of them."""
    inside = member_frame(segment, sort)
    known = inside.collect_schema().names()
    shown = [n for n in (*SHOWN, *(f"reachable_{c}" for c in Channel.values)) if n in known]
    total, page = pl.collect_all(
        [inside.select(pl.len()), inside.select("customer_pk", *shown).slice(offset, limit)]
    )
    rows = page.iter_rows(named=True)
    return total.item(), [Member(row.pop("customer_pk"), row) for row in rows]


def member_revenue(segment: Segment) -> float:
    """What the rows of the member list spent in all."""
    inside = members(segment.definition)
    if REVENUE not in inside.collect_schema().names():
        return 0.0
    return float(inside.select(pl.col(REVENUE).cast(pl.Float64).sum()).collect().item())


def with_ids(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows with the shop's customer_id in place of the surrogate key."""
    pks = frame["customer_pk"].to_list()
    ids = dict(Customer.objects.filter(pk__in=pks).values_list("pk", "customer_id"))
    rows = frame.iter_rows(named=True)
    return [{"customer_id": ids.get(row.pop("customer_pk")), **row} for row in rows]


def history(segment: Segment) -> list[dict[str, Any]]:
    """[{at, entered, left, size}] at each moment when somebody came or went."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, sum(came), sum(went), sum(sum(came) - sum(went)) OVER (ORDER BY at)"
            " FROM (SELECT entered_at AS at, 1 AS came, 0 AS went"
            "   FROM segmentation_membership WHERE segment_id = %s"
            "  UNION ALL SELECT left_at, 0, 1 FROM segmentation_membership"
            "   WHERE segment_id = %s AND left_at IS NOT NULL) moves GROUP BY at ORDER BY at",
            [segment.pk, segment.pk],
        )
        rows = cursor.fetchall()
    return [
        {"at": at, "entered": int(came), "left": int(went), "size": int(size)}
        for at, came, went, size in rows
    ]


def _figures(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Per group: size, revenue, medians, and how many may be written to by e-mail."""
    known = frame.columns
    reach = pl.col("reachable_email") if "reachable_email" in known else pl.lit(value=False)
    names = [n for n in ("recency_days", "purchase_frequency", REVENUE) if n in known]
    money = pl.col(REVENUE).sum() if REVENUE in known else pl.lit(0.0)
    leaves = pl.col(LEAVES) if LEAVES in known else pl.lit(None, pl.Float64)
    return (
        frame.filter(pl.col(column).is_not_null())
        .group_by(pl.col(column).cast(pl.String).alias("group"))
        .agg(
            pl.len().alias("size"),
            money.alias("revenue"),
            reach.sum().alias("reachable_email"),
            leaves.count().alias("told"),
            leaves.sum().alias("leaving"),
            (leaves * (1 - leaves)).sum().alias("doubt"),
            *(pl.col(n).median().alias(f"{n}_median") for n in names),
        )
    )


def _group(
    segment: Segment, row: dict[str, Any] | None, total: int, revenue: float, span: list[int] | None
) -> GroupFigures:
    found = row or {}
    money = float(found.get("revenue") or 0.0)
    return GroupFigures(
        segment=segment,
        size=found.get("size", 0),
        share=found.get("size", 0) / total,
        revenue=money,
        revenue_share=money / revenue,
        recency_median=found.get("recency_days_median"),
        orders_median=found.get("purchase_frequency_median"),
        spend_median=found.get(f"{REVENUE}_median"),
        reachable_email=int(found.get("reachable_email") or 0),
        size_range=(span[0], span[1]) if span else None,
        chance=chance(found.get("told", 0), found.get("leaving", 0.0), found.get("doubt", 0.0)),
    )


def groups_of(customer_pk: int) -> list[Membership]:
    """The RFM groups that a customer has been in, as the ledger knows, the newest first."""
    theirs = Membership.objects.filter(customer_id=customer_pk, segment__kind=SegmentKind.RFM)
    return list(theirs.select_related("segment").order_by("-entered_at", "-pk"))
