"""What the page of a segment's members says, in words and figures."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from core.formats import counted, money, of_100, whole
from core.sorting import sorted_headers
from customers.selectors import Person
from segmentation.frames import REVENUE
from segmentation.models import Segment, SegmentKind
from segmentation.pages import COLUMN_LABELS, money_word
from segmentation.selectors import Member, group_of

WIDE = "purchase_frequency"
SORTED = {
    f"-{REVENUE}": "Who spent most stands first",
    REVENUE: "Who spent least stands first",
    "-purchase_frequency": "Who ordered most often stands first",
    "purchase_frequency": "Who ordered least often stands first",
    "-recency_days": "Who has been silent longest stands first",
    "recency_days": "Who bought last stands first",
}
# What else tells members apart: in a group their cluster, elsewhere their group.
OTHER = {SegmentKind.RFM: ("cluster", "Cluster")}
USUAL = ("rfm_group", "Group")


def finding(segment: Segment, total: int, revenue: float) -> str:
    if not total:
        return f"{segment.name}: nobody is in it now."
    return f"{segment.name}: {counted(total, 'customer')} who spent {money(revenue)}."


def description(segment: Segment) -> str:
    """Its description as a sentence."""
    words = segment.description.strip()
    return f"{words[0].upper()}{words[1:].removesuffix('.')}." if words else ""


def figures(segment: Segment, total: int, revenue: float) -> list[dict[str, str]]:
    """Size, money and reach, each beside the whole where the whole is known."""
    size = {"label": "Customers", "of": "group_size", "value": whole(total)}
    spent = {"label": "Revenue", "of": "group_revenue", "value": money(revenue)}
    each = {"label": "Revenue each", "value": money(revenue / total) if total else "–"}
    group = group_of(segment)
    if group is None:
        return [size, spent, each]
    reach = f"{of_100(group.reachable_email / group.size)} of 100" if group.size else ""
    return [
        {**size, "note": f"{of_100(group.share)} of 100"},
        {**spent, "note": f"{of_100(group.revenue_share)} of 100 {money_word()}"},
        {**each, "note": f"half of them spent {money(group.spend_median)} or less"},
        {
            "label": "May be e-mailed",
            "of": "reachable",
            "value": whole(group.reachable_email),
            "note": reach,
        },
    ]


def columns(request: HttpRequest, sort: str) -> list[dict[str, str]]:
    return sorted_headers(request, sort, COLUMN_LABELS, {WIDE: "wide"})


def member_rows(
    segment: Segment, rows: Sequence[Member], known: dict[int, Person]
) -> list[dict[str, Any]]:
    other, _ = OTHER.get(SegmentKind(segment.kind), USUAL)
    most = max((row.values.get(REVENUE) or 0 for row in rows), default=0) or 1
    return [
        {
            "person": known[row.customer_pk],
            "cells": _cells(row.values),
            "group": row.values.get(other) or "–",
            "width": f"{max(row.values.get(REVENUE) or 0, 0) / most * 100:.1f}",
            "mail": bool(row.values.get("reachable_email")),
        }
        for row in rows
        if row.customer_pk in known
    ]


def _cells(values: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "value": (money if name == REVENUE else whole)(values.get(name)),
            "css": "wide" if name == WIDE else "",
        }
        for name in COLUMN_LABELS
    ]
