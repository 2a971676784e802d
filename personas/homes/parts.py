"""What several homes say alike: the week beside the weeks before, and who will probably leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import money, of_100, spelt, whole
from core.services import record_audit
from personas.calling import calling_rows, figures_frame
from personas.doubt import Churn
from personas.weeks import Week, missing_words
from segmentation.expected import range_of_sum
from segmentation.movement import ended, unbroken

# From so many of a hundred on somebody is likely to leave.
LIKELY = 0.3
SHOWN = 6


@dataclass(frozen=True)
class Leaving:
    """Everybody's risk: the sum of all probabilities with its range, and who is worth keeping."""

    scored: int
    expected: float
    low: float
    high: float
    likely: int
    top: pl.DataFrame


def week_words(week: Week | None) -> str:
    """What changed since last week, like days with like; an incomplete week says so first."""
    if week is None:
        return "There is less than a week of data: nothing can be compared yet."
    if week.change is None:
        return "There is no week before to compare with."
    percent = abs(week.change) * 100
    way = "up" if week.change > 0 else "down"
    moved = "as usual" if percent < 0.5 else f"{way} {percent:.0f} % on the 12-week mean"
    if week.missing:
        return f"{missing_words(week)} On the other days, revenue is {moved}."
    return f"Revenue of the week to {week.days[-1].day:%-d %b} is {moved}."


def leaving() -> Leaving | None:
    """None while nobody is scored."""
    frame = figures_frame().filter(pl.col("churn_probability").is_not_null()).collect()
    if frame.is_empty():
        return None
    risk = frame["churn_probability"]
    expected = float(risk.sum())
    low, high = range_of_sum(expected, float((risk * (1 - risk)).sum()), frame.height)
    worth = (pl.col("churn_probability") * pl.col("purchase_monetary_value").fill_null(0)).alias(
        "worth"
    )
    likely = frame.filter(pl.col("churn_probability") >= LIKELY)
    return Leaving(
        scored=frame.height,
        expected=expected,
        low=low,
        high=high,
        likely=likely.height,
        top=likely.with_columns(worth)
        .sort(["worth", "customer_pk"], descending=[True, False])
        .head(SHOWN),
    )


def seen_rows(frame: pl.DataFrame, user: User) -> list[dict[str, Any]]:
    """Customers as this person may see them; a look at names is written down."""
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    rows = calling_rows(frame, personal=personal)
    if personal and rows:
        record_audit(actor=user, verb="view_home_list", detail={"shown": len(rows)})
    return rows


def leaving_figure(found: Leaving | None, churn: Churn) -> list[dict[str, Any]]:
    if found is None:
        return []
    usual = f"; usually {of_100(churn.mean)} of 100" if churn.mean is not None else ""
    return [
        {
            "label": f"Will not buy in {churn.days} days" if churn.days else "Will not buy",
            "of": "churn_probability",
            "value": f"{whole(found.expected)} of {whole(found.scored)}",
            "note": f"{whole(found.low)} to {whole(found.high)}{usual}",
            "predicted": True,
        }
    ]


def leaving_table(found: Leaving | None, churn: Churn, user: User) -> dict[str, Any]:
    """The few who are likely to leave and most worth keeping; empty where nobody is."""
    if found is None or found.top.is_empty():
        return {}
    rows = seen_rows(found.top, user)
    spent = money(float(found.top["purchase_monetary_value"].sum() or 0))
    many = spelt(len(rows)) if len(rows) > 1 else ""
    finding = (
        f"These {many} are likely to leave and most worth keeping: they spent {spent}"
        if many
        else f"One customer is likely to leave and worth keeping: they spent {spent}"
    )
    made_up = any(row["person"].is_synthetic for row in rows)
    return {
        "finding": finding,
        "note": f"Of {whole(found.likely)} at {of_100(LIKELY)} of 100 or more, by risk times spend."
        " The band is the 95 % range, the grey mark all customers."
        + (" Names are synthetic." if made_up else ""),
        "rows": rows,
        "days": churn.days,
        "all": found.likely,
        "rule": f'{{"all": [{{"feature": "churn_probability", "op": ">=", "value": {LIKELY}}}]}}',
    }


def names(groups: Sequence[Any], most: int = 2) -> str:
    """Champions and Loyal; nothing where they are too many for a sentence."""
    found = list(dict.fromkeys(unbroken(group.name) for group in groups))
    return " and ".join(found) if len(found) <= most else ""


def since_words(since: Any, until: Any) -> str:
    return f"{ended(since)} to {ended(until)}"
