"""What the segmentation pages say, in words and figures."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from core.formats import day, money, of_100, whole
from segmentation.models import Grouping, Segment, SegmentKind
from segmentation.selectors import GroupFigures, group_figures, promoted

EMPTY = "Groups stand here after the first refresh."
COLUMN_LABELS = {
    "recency_days": "Silent, days",
    "purchase_frequency": "Orders",
    "purchase_monetary_value": "Spent",
}


@dataclass(frozen=True)
class GroupRow:
    name: str
    css: str
    url: str
    description: str
    size: str
    share: str
    revenue: str
    revenue_share: str
    percent_width: str
    recency: str
    orders: str
    reachable: str
    range: str


@dataclass(frozen=True)
class Overview:
    """The page of general segmentation; ``groups`` is empty before the first refresh."""

    here: str
    finding: str
    lede: str
    tabs: list[dict[str, Any]]
    groups: list[GroupRow] = field(default_factory=list)
    chart: dict[str, Any] = field(default_factory=dict)
    table_finding: str = ""
    sureness: str = ""
    range_label: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    evidence_finding: str = ""
    empty: str = EMPTY


def overview(kind: SegmentKind) -> Overview:
    grouping = promoted(kind)
    figures = group_figures(kind) if grouping else []
    tabs = [
        {"kind": k.value, "label": label, "current": k == kind}
        for k, label in ((SegmentKind.RFM, "RFM groups"), (SegmentKind.CLUSTER, "Clusters"))
    ]
    if grouping is None or not figures:
        return Overview("", "There are no groups yet.", "Bring in orders, then refresh.", tabs)
    largest = max(figures, key=lambda group: group.size)
    return Overview(
        here=f"as of {day(grouping.as_of)}",
        finding=finding(figures),
        lede=_lede(grouping, figures),
        tabs=tabs,
        groups=[group_row(group) for group in figures],
        chart={
            "finding": f"{largest.segment.name} is the largest: {of_100(largest.share)} of 100",
            "name": "Customers",
            "labels": [group.segment.name for group in figures],
            "values": [group.size for group in figures],
            "colours": [f"--{css_of(group.segment)}" for group in figures],
        },
        table_finding=_table_finding(figures),
        sureness=_sureness(grouping),
        range_label="Size, cuts ±10 %" if kind == SegmentKind.RFM else "",
        evidence=_evidence(grouping),
        evidence_finding=_evidence_finding(grouping),
    )


def finding(figures: list[GroupFigures]) -> str:
    """The groups that bring most, in one sentence with its figures."""
    most = 2 if len(figures) > 3 else 1
    top = sorted(figures, key=lambda group: -group.revenue_share)[:most]
    share = sum(group.revenue_share for group in top)
    if share == 0:
        return f"{whole(sum(group.size for group in figures))} customers, and no revenue yet."
    names = " and ".join(group.segment.name for group in top)
    who = sum(group.share for group in top)
    return f"{names} bring {of_100(share)} % of revenue. They are {of_100(who)} % of customers."


def group_row(group: GroupFigures) -> GroupRow:
    segment = group.segment
    span = group.size_range
    return GroupRow(
        name=segment.name,
        css=css_of(segment),
        url=reverse("segmentation:members", args=[segment.slug]),
        description=segment.description if segment.kind == SegmentKind.CLUSTER else "",
        size=whole(group.size),
        share=of_100(group.share),
        revenue=money(group.revenue),
        revenue_share=of_100(group.revenue_share),
        percent_width=f"{group.revenue_share * 100:.1f}",
        recency=whole(group.recency_median),
        orders=whole(group.orders_median),
        reachable=whole(group.reachable_email),
        range=f"{span[0]:,}–{span[1]:,}" if span else "",
    )


def css_of(segment: Segment) -> str:
    """The colour that a segment keeps everywhere."""
    if segment.kind == SegmentKind.CLUSTER:
        return f"c-{segment.position % 6}"
    return f"g-{segment.slug}" if segment.kind == SegmentKind.RFM else ""


def _lede(grouping: Grouping, figures: list[GroupFigures]) -> str:
    total = whole(sum(group.size for group in figures))
    if grouping.kind == SegmentKind.CLUSTER:
        weak = (
            " They are weak: drawn again, customers would fall otherwise."
            if grouping.is_weak
            else ""
        )
        return f"{total} customers in {len(figures)} clusters by silence, orders and money.{weak}"
    kept = "cuts kept from before" if grouping.metrics.get("thresholds_kept") else "cuts made anew"
    renamed = of_100(grouping.metrics["share_renamed"])
    return f"{total} customers; {kept}. Cuts moved by 10 % would rename {renamed} of 100."


def _table_finding(figures: list[GroupFigures]) -> str:
    reach = sum(group.reachable_email for group in figures)
    return f"{whole(reach)} of {whole(sum(g.size for g in figures))} may be written to by e-mail"


def _sureness(grouping: Grouping) -> str:
    if grouping.kind != SegmentKind.RFM:
        return ""
    at = grouping.metrics["at_a_threshold"]
    return f"{at:,} customers have a value exactly at a cut: a small change renames them."


def _evidence(grouping: Grouping) -> list[dict[str, Any]]:
    chosen = grouping.metrics.get("chosen", {}).get("k")
    rows = grouping.metrics.get("evidence", [])
    names = ("stability", "silhouette", "davies_bouldin")
    return [
        {
            "k": row["k"],
            **{name: "–" if row[name] is None else f"{row[name]:.2f}" for name in names},
            "wcss": whole(row["wcss"]),
            "chosen": row["k"] == chosen,
        }
        for row in rows
    ]


def _evidence_finding(grouping: Grouping) -> str:
    chosen = grouping.metrics.get("chosen")
    if not chosen:
        return ""
    stability = chosen["stability"]
    return f"{chosen['k']} clusters are found again in {of_100(stability)} of 100 when drawn anew"
