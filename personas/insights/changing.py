"""How the last four weeks stand beside the eight weeks before, like days with like."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.trends import changes
from transactions.totals import Grain, daily_totals

MONTH, BEFORE = 28, 56


def changing(table: pl.DataFrame, key: str, *, last: date, rows: int = 0) -> pl.DataFrame | None:
    """``key``, now, usual, change, low, high, sure; None where the days before are too few.

    ``table``: local_day, key and revenue. ``rows``: how many are compared, where more than these.
    """
    first = last - timedelta(days=MONTH + BEFORE - 1)
    split = last - timedelta(days=MONTH - 1)
    days = open_days(first, last)
    before, now = [d for d in days if d < split], [d for d in days if d >= split]
    if len(before) < BEFORE // 2 or not now:
        return None
    inside = table.filter(pl.col("local_day").is_in(days)).with_columns(pl.col(key).cast(pl.String))
    keys = inside[key].unique().sort()
    values = np.zeros((len(keys), len(days)))
    at = inside[key].cast(pl.Enum(keys)).to_physical().to_numpy()
    columns = np.searchsorted(np.array(days, "datetime64[D]"), inside["local_day"].to_numpy())
    np.add.at(values, (at, columns), inside["revenue"].to_numpy())
    found = changes(values, days, now, before, rows=rows)
    return pl.DataFrame(
        {
            key: keys, "now": found.now, "usual": found.usual, "change": found.change,
            "low": found.low, "high": found.high, "sure": found.sure,
        }
    ).with_columns(pl.col("change", "low", "high").fill_nan(None))  # fmt: skip


def open_days(first: date, last: date) -> list[date]:
    """The days of these on which the shop sold anything."""
    inside = pl.col("local_day").is_between(first, last)
    return list(daily_totals(Grain.DAY).filter(inside).collect()["local_day"])


def words(change: float | None, *, sure: bool) -> dict[str, Any]:
    """↑ 12 % with its tone; in brackets and without one where chance explains it."""
    if change is None:
        return {"change": "–", "tone": "dim"}
    if abs(change) < 0.005:
        return {"change": "0 %", "tone": "dim"}
    text = f"{'↑' if change > 0 else '↓'} {abs(change) * 100:.0f} %"
    if not sure:
        return {"change": f"({text})", "tone": "dim"}
    return {"change": text, "tone": "better" if change > 0 else "worse"}
