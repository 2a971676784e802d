"""Sales' day: whom to call first and why, the work lists, the groups with their value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.urls import reverse

from accounts.models import User
from core.formats import counted, day, money, of_100, whole
from features.selectors import snapshot_as_of
from personas.doubt import Churn, churn_in_use
from personas.homes import parts
from personas.homes.common import home as common_home
from personas.homes.verdicts import to_approve
from personas.selectors import shop_days
from personas.weeks import last_week
from personas.work_lists import due_words, list_rows, local_day
from personas.work_sources import longest_silent_frame
from segmentation.expected import range_of_sum
from segmentation.models import Segment, SegmentKind
from segmentation.movement import standings, unbroken
from segmentation.pages import css_of
from segmentation.selectors import GroupFigures, group_figures, promoted
from segmentation.work import OPEN, in_calling_order, on_open_lists, tallies, work_lists

LISTS, FIRST = 5, 8


@dataclass(frozen=True)
class Silent:
    """Regular customers of one group who are silent longer than ever, in calling order."""

    group: Segment
    frame: pl.DataFrame
    size: int
    revenue: float

    @property
    def spent(self) -> float:
        return float(self.frame["purchase_monetary_value"].sum() or 0)


def home(user: User, now: datetime) -> Any:
    """Before the first refresh the common page says what will stand here."""
    groups = group_figures(SegmentKind.RFM)
    if not groups:
        return common_home(user, now)
    today, churn = local_day(now), churn_in_use()
    silent = _longest_silent(groups)
    found = tallies(owner_id=user.pk, today=today)
    return {
        "own": True,
        "freshness": f"Sales · groups as of {day(snapshot_as_of())}",
        "finding": _finding(silent, groups),
        "lede": _lede(silent, churn),
        "week": parts.week_words(last_week(shop_days())),
        "figures": _figures(silent, churn) if silent else [],
        "lists_finding": f"{due_words(found)[:1].upper()}{due_words(found)[1:]}",
        "lists_note": _lists_note(found),
        "lists": list_rows(list(work_lists(OPEN)[:LISTS]), user, today),
        "first": _first(silent, user, churn),
        "next": _next(silent),
        "waits": to_approve(user),
        "groups": [_group(group) for group in groups if group.size],
        "groups_finding": _groups_finding(groups),
    }


def _longest_silent(groups: Sequence[GroupFigures]) -> Silent | None:
    """Of the groups that are silent, the one whose customers in such silences spent most each."""
    stands = standings(promoted(SegmentKind.RFM))
    quiet = [g for g in groups if (s := stands.get(g.segment.name)) and s.silent]
    everybody = longest_silent_frame([group.segment.name for group in quiet])
    if everybody.is_empty():
        return None
    money_of = everybody.group_by("rfm_group").agg(pl.col("purchase_monetary_value").mean())
    best = money_of.sort(["purchase_monetary_value", "rfm_group"], descending=[True, False]).row(0)
    group = next(g for g in quiet if g.segment.name == best[0])
    theirs = everybody.filter(pl.col("rfm_group") == best[0])
    order = pl.DataFrame({"customer_pk": in_calling_order(theirs["customer_pk"])})
    ordered = order.join(theirs, on="customer_pk", how="left", maintain_order="left")
    return Silent(group.segment, ordered, group.size, group.revenue)


def _finding(silent: Silent | None, groups: Sequence[GroupFigures]) -> str:
    if silent is None:
        total = sum(group.size for group in groups)
        return f"Nobody of {whole(total)} customers is silent longer than ever before."
    one = silent.frame.height == 1
    who = f"{whole(silent.frame.height)} {unbroken(silent.group.name)} customer{'' if one else 's'}"
    return (
        f"{who} {'is' if one else 'are'} in the longest silence they ever had."
        f"\nThey spent {money(silent.spent)}."
    )


def _lede(silent: Silent | None, churn: Churn) -> str:
    if silent is None:
        return "There is nobody to call first; the groups below say whom to keep in mind."
    others = silent.size - silent.frame.height
    words = "Call those first"
    if others > 0:
        words += (
            f": the other {whole(others)} of the group have been away as long before, and came back"
        )
    expected = float(silent.frame["churn_probability"].sum() or 0)
    if churn.days and expected < silent.frame.height / 2:
        words += f". Most of the {whole(silent.frame.height)} are late, not lost"
    return f"{words}."


def _figures(silent: Silent, churn: Churn) -> list[dict[str, Any]]:
    frame, total = silent.frame, silent.frame.height
    share = silent.spent / silent.revenue if silent.revenue else 0
    called, written = (int(frame[f"reachable_{c}"].sum() or 0) for c in ("phone", "email"))
    neither = frame.filter(~(pl.col("reachable_phone") | pl.col("reachable_email"))).height
    figures: list[dict[str, Any]] = [
        {
            "label": "In the longest silence ever",
            "of": "longest_silence",
            "value": f"{whole(total)} of {whole(silent.size)}",
            "note": f"all {silent.group.name} customers",
        },
        {
            "label": "Spent",
            "of": "purchase_monetary_value",
            "value": money(silent.spent),
            "note": f"{of_100(share)} of 100 of the group's {money(silent.revenue)}",
        },
        {
            "label": "May be called",
            "of": "reachable",
            "value": f"{whole(called)} of {whole(total)}",
            "note": f"{whole(written)} may be written to, {whole(neither)} neither",
        },
    ]
    risk = frame["churn_probability"].drop_nulls()
    if len(risk) and churn.days:
        expected = float(risk.sum())
        low, high = range_of_sum(expected, float((risk * (1 - risk)).sum()), total)
        usual = f"; all customers {of_100(churn.mean)} of 100" if churn.mean is not None else ""
        predicted = {
            "label": f"Will not buy in {churn.days} days",
            "of": "churn_probability",
            "value": f"about {whole(expected)} of {whole(total)}",
            "note": f"{whole(low)} to {whole(high)}{usual}",
            "predicted": True,
        }
        figures.insert(2, predicted)
    return figures


def _lists_note(found: dict[str, int]) -> str:
    if not found[OPEN]:
        return ""
    return f"{counted(found[OPEN], 'list is', 'lists are')} open; a customer on two is called once."


def _first(silent: Silent | None, user: User, churn: Churn) -> dict[str, Any]:
    """Whom to call first, of those who may be called at all."""
    callable_ = silent.frame.filter("reachable_phone") if silent else pl.DataFrame()
    if callable_.is_empty():
        return {}
    rows = parts.seen_rows(callable_.head(FIRST), user)
    made_up = any(row["person"].is_synthetic for row in rows)
    return {
        "finding": f"Whom to call first: {len(rows)} of {whole(callable_.height)} who may be"
        " called",
        "note": "By risk times spend. The band is the 95 % range, the grey mark all customers."
        + (" Names are synthetic, orders are not." if made_up else ""),
        "rows": rows,
        "days": churn.days,
    }


def _next(silent: Silent | None) -> dict[str, str]:
    if silent is None:
        return {
            "title": "Next: look at the groups",
            "text": "Any of them makes a work list, or leaves the house as a file.",
            "verb": "See groups",
            "url": reverse("segmentation:overview"),
        }
    listed = on_open_lists(silent.frame["customer_pk"].to_list())
    total = silent.frame.height
    if listed >= total:
        return {
            "title": f"Next: go on with the {whole(total)}",
            "text": "All of them stand on an open list.",
            "verb": "Open the work lists",
            "url": reverse("worklists:list"),
        }
    some = f" {whole(listed)} of them stand on an open list already." if listed else ""
    return {
        "title": f"Next: put the {whole(total)} on a list",
        "text": f"With an owner and a day, so that nobody is called twice.{some}",
        "verb": "Make a work list",
        "url": f"{reverse('worklists:new')}?silent={silent.group.slug}",
    }


def _group(group: GroupFigures) -> dict[str, str]:
    segment = group.segment
    return {
        "name": segment.name,
        "css": css_of(segment),
        "url": reverse("segmentation:members", args=[segment.slug]),
        "export": reverse("segmentation:export", args=[segment.slug]),
        "list": f"{reverse('worklists:new')}?segment={segment.slug}",
        "size": whole(group.size),
        "revenue": money(group.revenue),
        "width": f"{group.revenue_share * 100:.1f}",
        "each": money(group.revenue / group.size),
        "reachable": whole(group.reachable_email),
    }


def _groups_finding(groups: Sequence[GroupFigures]) -> str:
    best = max(groups, key=lambda group: group.revenue / group.size if group.size else 0)
    each = best.revenue / best.size if best.size else 0.0
    return f"{best.segment.name} are worth most: {money(each)} each"
