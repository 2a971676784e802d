"""The last week beside the weeks before it: like days with like, and what is missing first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.formats import SIGNS, money, spelt, whole
from core.selectors import organisation
from personas.selectors import Day, buyers

WEEK = 7
BEFORE = 12


@dataclass(frozen=True)
class Week:
    """Seven days that end with the newest day of data, and the same days of weeks before."""

    days: list[Day]
    missing: list[date]
    revenue: float
    usual_revenue: float | None
    orders: int
    orders_before: int | None

    @property
    def change(self) -> float | None:
        """Revenue against the mean of the weeks before, counted on the same days."""
        return self.revenue / self.usual_revenue - 1 if self.usual_revenue else None


def last_week(days: Sequence[Day]) -> Week | None:
    """None while there is less than a week of data."""
    if len(days) < WEEK:
        return None
    this = list(days[-WEEK:])
    past = [list(days[end - WEEK : end]) for end in range(len(days) - WEEK, WEEK - 1, -WEEK)][
        :BEFORE
    ]
    missing = [
        day.day
        for place, day in enumerate(this)
        if not day.orders and past and 2 * sum(bool(w[place].orders) for w in past) > len(past)
    ]
    counted = [place for place, day in enumerate(this) if day.day not in missing]
    revenues = [sum(week[place].revenue for place in counted) for week in past]
    return Week(
        days=this,
        missing=missing,
        revenue=sum(day.revenue for day in this),
        usual_revenue=sum(revenues) / len(revenues) if revenues else None,
        orders=sum(day.orders for day in this),
        orders_before=sum(past[0][place].orders for place in counted) if past else None,
    )


def week_figures(week: Week) -> list[dict[str, str]]:
    """Revenue, customers and orders of the week, each beside what it is compared with."""
    counted = [day.day for day in week.days if day.day not in week.missing]
    before = [day - timedelta(days=WEEK) for day in counted]
    bought, bought_before = buyers(counted), buyers(before)
    span = f"{WEEK - len(week.missing)} of 7 days" if week.missing else "7 days"
    same = "same days, " if week.missing else ""
    usual = money(week.usual_revenue)
    revenue, customers, orders = (
        _figure(
            f"Revenue, {span}",
            money(week.revenue),
            (week.revenue, week.usual_revenue),
            f"on the 12-week mean, {same}{usual}",
        ),
        _figure(
            "Customers who bought",
            whole(bought),
            (bought, bought_before),
            f"on the week before, {same}{whole(bought_before)}",
        ),
        _figure(
            "Orders",
            whole(week.orders),
            (week.orders, week.orders_before),
            f"on the week before, {same}{whole(week.orders_before)}",
        ),
    )
    return [
        {**revenue, "of": "revenue"},
        {**customers, "of": "buyers"},
        {**orders, "of": "orders"},
    ]


def missing_words(week: Week) -> str:
    """Monday 16 November is empty: last week holds six days. Nothing when all days are there."""
    if not week.missing:
        return ""
    names = [f"{day:%A} {day.day} {day:%B}" for day in week.missing]
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{' and '.join(names)} {verb} empty: the last week holds {spelt(WEEK - len(names))} days."
    )


def change_words(week: Week) -> str:
    """On these days revenue is up 2 % on the 12-week mean."""
    if week.change is None:
        return ""
    percent = abs(week.change) * 100
    if percent < 0.5:
        moved = "as usual"
    else:
        moved = f"{'up' if week.change > 0 else 'down'} {percent:.0f} %"
    return f"On the other days, revenue is {moved}."


def weekly_chart(days: Sequence[Day], week: Week | None) -> dict[str, Any]:
    """Revenue per whole week, for a line; empty while there are fewer than three weeks."""
    ends = range(len(days), WEEK - 1, -WEEK)
    weeks = [(days[end - 1].day, sum(d.revenue for d in days[end - WEEK : end])) for end in ends]
    weeks.reverse()
    if week is None or len(weeks) < 3:
        return {}
    best_day, best = max(weeks, key=lambda found: found[1])
    usual = week.usual_revenue
    same = f" of the same {WEEK - len(week.missing)} days" if week.missing else ""
    return {
        "finding": f"Weekly revenue peaked at {money(best)} in the week to {best_day:%-d %b}",
        "note": f"{len(weeks)} weeks that end on a {days[-1].day:%A}, to {days[-1].day:%-d %b %Y}."
        + (" Hollow: the last week is incomplete." if week.missing else ""),
        "rows": [(f"{day:%-d %b %Y}", money(revenue)) for day, revenue in weeks],
        "data": {
            "kind": "weeks",
            "sign": SIGNS.get(organisation().currency, f"{organisation().currency} "),
            "of": "Week to ",
            "right": 24,
            "points": [[day.isoformat(), round(revenue)] for day, revenue in weeks],
            "incomplete": bool(week.missing),
            "usual": round(usual) if usual else None,
            "usual_words": f"12-week mean{same}, {money(usual)}",
        },
    }


def _figure(label: str, value: str, pair: tuple[float, float | None], note: str) -> dict[str, str]:
    now, before = pair
    if not before:
        return {"label": label, "value": value, "note": "no week before to compare"}
    change = now / before - 1
    if abs(change) < 0.005:
        return {"label": label, "value": value, "note": f"as much as {note.removeprefix('on ')}"}
    arrow, tone = ("↑", "better") if change > 0 else ("↓", "worse")
    words = f"{arrow} {abs(change) * 100:.0f} %"
    return {"label": label, "value": value, "note": note, "change": words, "tone": tone}
