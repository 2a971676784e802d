"""Where the product manager's day begins: what is moving, what goes together, who would want it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from core.formats import counted, readable, whole
from personas.homes.common import home as common_home
from personas.insights.filters import asked
from personas.insights.moving import (
    Moving,
    last_week_is_whole,
    moving,
    multiple,
    whiskers,
)
from personas.insights.together import finding as pair_finding
from personas.insights.together import strongest
from personas.products import best_selling
from personas.quality import quality
from personas.selectors import shop_days
from personas.wanting_part import wanting_part
from personas.weeks import change_words, last_week, missing_words
from transactions.totals import Grain

SHOWN = 3
PAIRS, CUSTOMERS, DEPARTMENTS = 6, 6, 8
# A pair on this page: one of at least so many of 100 orders, so many times as often as by chance.
COMMON, PLAIN = 0.005, 10.0


@dataclass(frozen=True)
class ProductHome:
    finding: str
    lede: str
    freshness: str
    multiples_finding: str = ""
    multiples_note: str = ""
    multiples: list[dict[str, Any]] = field(default_factory=list)
    pairs_finding: str = ""
    pairs_note: str = ""
    pairs: list[dict[str, Any]] = field(default_factory=list)
    quality: dict[str, Any] = field(default_factory=dict)
    wanting: dict[str, Any] = field(default_factory=dict)
    departments: dict[str, Any] = field(default_factory=dict)


def home(user: User, now: datetime) -> Any:
    """Like everybody's first page while there are no orders."""
    filters = asked(QueryDict(), usual="26")
    if filters is None:
        return common_home(user, now)
    rows = moving(Grain.CATEGORY, filters.last)
    falls = sorted((r for r in rows if r.change < 0), key=lambda r: (not r.sure, r.change))[:SHOWN]
    rises = sorted((r for r in rows if r.change > 0), key=lambda r: (not r.sure, -r.change))[:SHOWN]
    whole_week = last_week_is_whole(filters.last)
    pairs = strongest(filters, least_share=COMMON, lift=PLAIN, k=PAIRS)
    # What goes with little else says most about who takes it.
    plainest = max(pairs, key=lambda row: row["strength"], default=None)
    product = best_selling(plainest["name"]) if plainest else None
    return ProductHome(
        finding=_finding(falls, rises, rows),
        lede=_lede(),
        freshness=f"four weeks to {filters.last:%-d %B}",
        multiples_finding=_moved_words(rows),
        multiples_note=f"The {len(rows)} largest categories, revenue a week; grey: mean of the"
        " eight weeks before the last four. Changes: like days of the week with like."
        f"{'' if whole_week else ' Hollow: the last week is not whole.'}",
        multiples=[
            {
                **multiple(row, filters.last, whole=whole_week),
                "url": f"{reverse('products')}?{urlencode({'category': row.name})}",
            }
            for row in (*falls, *rises)
        ],
        pairs_finding=pair_finding(pairs[0]) if pairs else "",
        pairs_note=f"{pairs[0]['orders']} orders, {filters.words()}. Lift: how many times as often"
        " as in all orders."
        if pairs
        else "",
        pairs=pairs,
        quality=quality(),
        wanting=wanting_part(product, user, shown=CUSTOMERS) if product else {},
        departments=_departments(filters.last),
    )


def _finding(falls: list[Moving], rises: list[Moving], rows: list[Moving]) -> str:
    """What fell and rose beyond chance, beside the whole shop."""
    down, up = [r for r in falls if r.sure], [r for r in rises if r.sure]
    if not rows:
        return "What is moving stands here once there are twelve weeks of orders."
    shop = sum(r.now for r in rows) / sum(r.usual for r in rows) - 1
    told = f"the {len(rows)} largest categories {_went(shop)} together"
    if down:
        first = f"{readable(down[0].name)} lost {-down[0].change * 100:.0f} % in four weeks"
        others = _names(up[:2])
        rose = f" {others} rose most." if others else ""
        return f"{first} while {told}.{rose}"
    if up:
        return f"{_names(up[:2])} rose most in four weeks while {told}."
    return f"No category moved beyond chance in four weeks; {told}."


def _went(change: float) -> str:
    if abs(change) < 0.005:
        return "stayed"
    return f"{'grew' if change > 0 else 'fell'} by {abs(change) * 100:.0f} %"


def _names(rows: list[Moving]) -> str:
    return " and ".join(readable(row.name) for row in rows)


def _lede() -> str:
    """What changed since last week, in one line."""
    week = last_week(shop_days())
    if week is None:
        return "There is no whole week yet to compare."
    before = week.orders_before
    orders = (
        f" {whole(week.orders)} orders, {whole(before)} on the same days of the week before."
        if before
        else ""
    )
    return f"{missing_words(week)} {change_words(week)}{orders}".strip()


def _moved_words(rows: list[Moving]) -> str:
    down = sum(row.sure and row.change < 0 for row in rows)
    up = sum(row.sure and row.change > 0 for row in rows)
    if not down and not up:
        return "No category moved more than its own days explain"
    fell = counted(down, "category", "categories") if down else "No category"
    return f"{fell} fell and {whole(up) if up else 'none'} rose beyond chance"


def _departments(last: Any) -> dict[str, Any]:
    rows = [*moving(Grain.DEPARTMENT, last)[:DEPARTMENTS]]
    brands = moving(Grain.BRAND, last)[:2]
    if not rows and not brands:
        return {}
    sure = [row for row in rows if row.sure]
    most = max(sure, key=lambda row: abs(row.change)) if sure else None
    return {
        "finding": f"{readable(most.name)} {_went(most.change)}"
        if most
        else "No department moved beyond chance",
        "rows": whiskers([*rows, *brands]),
    }
