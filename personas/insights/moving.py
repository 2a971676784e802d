"""What is moving: departments, categories or brands week by week, and beside their usual weeks."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from core.formats import grouped, money, readable
from core.money import minor_per_major
from core.selectors import organisation
from personas.insights.changing import BEFORE, MONTH, changing, open_days, words
from transactions.totals import Grain, daily_totals

WEEKS, WEEK = 26, 7
# What sells least swings most, and nobody's day depends on it.
LARGEST = 60
LEFT, TOP, WIDE, HIGH = 44.0, 10.0, 308.0, 90.0


@dataclass(frozen=True)
class Moving:
    """``weeks``: revenue of the last WEEKS weeks, the oldest first."""

    name: str
    now: float
    usual: float
    change: float
    low: float
    high: float
    sure: bool
    weeks: list[float]


def moving(grain: Grain, last: date) -> list[Moving]:
    """The LARGEST by usual revenue, the largest first; empty while twelve weeks are not held."""
    column, per = grain.value, minor_per_major(organisation().currency)
    since = last - timedelta(days=WEEKS * WEEK - 1)
    table = (
        daily_totals(grain)
        .filter((pl.col("local_day") >= since) & (pl.col(column).fill_null("") != ""))
        .select("local_day", column, (pl.col("revenue_minor") / per).alias("revenue"))
        .collect()
    )
    found = changing(table, column, last=last, rows=LARGEST)
    if found is None:
        return []
    top = (
        found.filter(pl.col("change").is_not_null())
        .sort(["usual", column], descending=[True, False])
        .head(LARGEST)
    )
    weekly = _weekly(table.filter(pl.col(column).is_in(top[column].implode())), column, since)
    return [
        Moving(r[column], r["now"], r["usual"], r["change"], r["low"], r["high"], r["sure"],
               weekly[r[column]])
        for r in top.iter_rows(named=True)
    ]  # fmt: skip


def weekly_of(table: pl.DataFrame, last: date) -> list[float]:
    """Revenue of the last WEEKS weeks of one thing: local_day and revenue."""
    since = last - timedelta(days=WEEKS * WEEK - 1)
    inside = table.filter(pl.col("local_day") >= since).with_columns(pl.lit("it").alias("what"))
    return _weekly(inside, "what", since).get("it", [0.0] * WEEKS)


def multiple(of: Moving, last: date, *, whole: bool) -> dict[str, Any]:
    """One small drawing: the weeks, the mean of the eight before the last four, the change."""
    most = _round_up(max([*of.weeks, 1.0]))
    step = WIDE / (WEEKS - 1)
    down = partial(_down, most=most)
    points = [f"{LEFT + at * step:.1f} {down(value):.1f}" for at, value in enumerate(of.weeks)]
    first, split = WEEKS - (BEFORE + MONTH) // WEEK, WEEKS - MONTH // WEEK
    mean = sum(of.weeks[first:split]) / (split - first)
    days = [last - timedelta(days=WEEK * back) for back in (WEEKS - 1, MONTH // WEEK + 8, 0)]
    return {
        "name": of.name,
        "label": readable(of.name),
        "path": f"M{'L'.join(points)}",
        "usual": f"M{LEFT + first * step:.1f} {down(mean):.1f}H{LEFT + (split - 1) * step:.1f}",
        "since": f"M{LEFT + (split - 0.5) * step:.1f} {TOP:.0f}V{TOP + HIGH:.0f}",
        "grid": [
            {"y": f"{down(value):.1f}", "label": grouped(value)} for value in (0, most / 2, most)
        ],
        "days": [
            {"x": f"{x:.0f}", "css": css, "label": f"{day:%-d %b}"}
            for day, x, css in zip(
                days, (LEFT, LEFT + (WEEKS - 13) * step, LEFT + WIDE), ("", "mid", "end"),
                strict=True,
            )
        ],
        "last": {
            "x": f"{LEFT + WIDE:.1f}", "y": f"{down(of.weeks[-1]):.1f}",
            "css": "seen-dot" if whole else "not-whole",
        },
        "rows": [
            (f"{last - timedelta(days=WEEK * (WEEKS - 1 - at)):%-d %b %Y}", money(value))
            for at, value in enumerate(of.weeks)
        ],
        **words(of.change, sure=of.sure),
    }  # fmt: skip


def last_week_is_whole(last: date) -> bool:
    return len(open_days(last - timedelta(days=WEEK - 1), last)) == WEEK


def whiskers(rows: list[Moving]) -> list[dict[str, Any]]:
    """Changes with their intervals on one axis that holds zero and all of them."""
    low = min([row.low for row in rows if np.isfinite(row.low)] + [0.0])
    high = max([row.high for row in rows if np.isfinite(row.high)] + [0.0])
    unit = 230 / max(high - low, 1e-9)

    def across(value: float) -> str:
        return f"{5 + (min(max(value, low), high) - low) * unit:.1f}"

    return [
        {
            "label": readable(row.name),
            "sure": row.sure,
            "now": money(row.now),
            "usual": money(row.usual),
            "span": f"{row.low * 100:+.0f} to {row.high * 100:+.0f} %".replace("-", "−"),
            "at": {
                "zero": across(0), "low": across(row.low), "high": across(row.high),
                "here": across(row.change),
                "width": f"{float(across(row.high)) - float(across(row.low)):.1f}",
            },
            **words(row.change, sure=row.sure),
        }
        for row in rows
    ]  # fmt: skip


def _weekly(table: pl.DataFrame, column: str, since: date) -> dict[str, list[float]]:
    week = ((pl.col("local_day") - since).dt.total_days() // WEEK).alias("week")
    sums = table.group_by(column, week).agg(pl.col("revenue").sum())
    found: dict[str, list[float]] = {name: [0.0] * WEEKS for name in table[column].unique()}
    for name, at, revenue in sums.iter_rows():
        found[name][at] = max(revenue, 0.0)
    return found


def _down(value: float, *, most: float) -> float:
    return TOP + (1 - value / most) * HIGH


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 6, 10, 15 … whose half is a round step too."""
    size = 10.0 ** np.floor(np.log10(value))
    return float(next(step for step in (1, 2, 4, 6, 8, 10) if step * size >= value) * size)
