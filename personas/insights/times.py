"""When people buy: by hour and day of the week, and by month."""

from calendar import day_name
from collections import Counter
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.http import QueryDict

from core.formats import counted, money, of_100, whole
from personas.insights.bought import totals
from personas.insights.filters import Filters, asked, controls
from transactions.totals import Grain, daily_totals

TITLE = "When people buy"
FIELDS = ("department", "category", "segment")
HOURS, WEEKDAYS = 24, 7
TONES = 5


def page(query: QueryDict) -> dict[str, Any]:
    filters = asked(query, usual="52", fields=FIELDS)
    found = {"filters": controls(filters, query, fields=FIELDS)}
    table = totals(filters, Grain.HOUR) if filters else None
    if filters is None or table is None or table.is_empty():
        return {**found, **_empty(filters)}
    open_days = Counter(day.weekday() for day in _open(filters))
    weekdays = _weekdays(table, open_days)
    heat = _heat(table, open_days)
    return {
        **found,
        "here": filters.words(),
        "finding": _finding(weekdays, table),
        "lede": _lede(heat, table),
        "heat": heat,
        "weekdays": weekdays,
        "weekday_finding": _weekday_finding(weekdays),
        "months": _months(table, filters),
    }


def _open(filters: Filters) -> list[date]:
    """The days on which the shop sold anything to anybody."""
    days = daily_totals(Grain.DAY).select("local_day").collect()["local_day"].to_list()
    return [day for day in days if filters.since <= day < filters.until]


def _weekdays(table: pl.DataFrame, open_days: Counter[int]) -> list[dict[str, Any]]:
    """Orders and revenue of each weekday, in all and per day that was open."""
    every = max(int(table["orders"].sum()), 1)
    parts = table.with_columns((pl.col("local_day").dt.weekday() - 1).alias("weekday"))
    sums = {
        row[0]: row[1:]
        for row in parts.group_by("weekday")
        .agg(pl.col("orders").sum(), pl.col("revenue").sum())
        .rows()
    }
    means = {w: sums.get(w, (0, 0.0))[0] / max(open_days[w], 1) for w in range(WEEKDAYS)}
    most = max(means.values()) or 1
    return [
        {
            "name": day_name[w],
            "days": open_days[w],
            "mean": means[w],
            "orders": whole(sums.get(w, (0, 0.0))[0]),
            "share": of_100(sums.get(w, (0, 0.0))[0] / every),
            "a_day": f"{means[w]:,.1f}" if means[w] < 100 else whole(means[w]),
            "revenue": money(sums.get(w, (0, 0.0))[1]),
            "width": f"{means[w] / most * 100:.1f}",
        }
        for w in range(WEEKDAYS)
    ]


def _heat(table: pl.DataFrame, open_days: Counter[int]) -> dict[str, Any]:
    """Orders per hour of an open day; the tone is its share of the busiest hour."""
    sums = (
        table.group_by((pl.col("local_day").dt.weekday() - 1).alias("weekday"), "local_hour")
        .agg(pl.col("orders").sum())
        .rows()
    )
    means = {(w, h): orders / max(open_days[w], 1) for w, h, orders in sums}
    hours = range(min(h for _, h in means), max(h for _, h in means) + 1)
    (weekday, hour), most = max(means.items(), key=lambda item: (item[1], item[0]))
    rows = [
        {
            "name": day_name[w],
            "cells": [_cell(means.get((w, h), 0.0), most) for h in hours],
        }
        for w in range(WEEKDAYS)
    ]
    return {
        "hours": [f"{h}" for h in hours],
        "rows": rows,
        "finding": f"{day_name[weekday]} from {hour} to {hour + 1} is the busiest hour:"
        f" {most:,.1f} orders",
        "weekday": day_name[weekday],
        "hour": hour,
    }


def _cell(mean: float, most: float) -> dict[str, str]:
    tone = min(TONES, int(mean / most * TONES) + 1) if mean else 0
    text = "" if not mean else f"{mean:.1f}" if mean < 9.95 else f"{mean:.0f}"
    return {"text": text, "css": f"tone-{tone}" if tone else ""}


def _months(table: pl.DataFrame, filters: Filters) -> dict[str, Any]:
    """Orders and revenue by month; one that the days do not hold whole says so."""
    sums = (
        table.group_by(pl.col("local_day").dt.truncate("1mo").alias("month"))
        .agg(pl.col("orders").sum(), pl.col("revenue").sum())
        .sort("month")
        .rows()
    )
    most = max((revenue for _, _, revenue in sums), default=0) or 1
    begin = max(filters.since, filters.first)
    end = min(filters.until - timedelta(days=1), filters.last)
    rows = [
        {
            "name": f"{month:%B %Y}",
            "orders": whole(orders),
            "revenue": money(revenue),
            "width": f"{max(revenue, 0) / most * 100:.1f}",
            "part": _part(month, begin, end),
            "sum": revenue,
        }
        for month, orders, revenue in sums
    ]
    whole_months = [row for row in rows if not row["part"]]
    if not whole_months:
        return {"rows": rows, "finding": "No month is held whole by these days"}
    best = max(whole_months, key=lambda row: row["sum"])
    return {"rows": rows, "finding": f"{best['name']} brought most: {best['revenue']}"}


def _part(month: date, begin: date, end: date) -> str:
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if begin <= month and last <= end:
        return ""
    held = (min(last, end) - max(month, begin)).days + 1
    return f"{held} of {last.day} days"


def _finding(weekdays: list[dict[str, Any]], table: pl.DataFrame) -> str:
    best = max(weekdays, key=lambda row: row["mean"])
    worst = min((row for row in weekdays if row["days"]), key=lambda row: row["mean"])
    if worst["mean"] == 0 or best is worst:
        return f"{best['name']} is the strongest day: {best['a_day']} orders."
    return f"A {best['name']} brings {best['a_day']} orders, a {worst['name']} {worst['a_day']}."


def _lede(heat: dict[str, Any], table: pl.DataFrame) -> str:
    orders = int(table["orders"].sum())
    late = int(table.filter(pl.col("local_hour") >= 18)["orders"].sum())
    return (
        f"{counted(orders, 'order')} in these days; {of_100(late / orders)} of 100 after 18:00."
        " By the shop's clock, per day that was open."
    )


def _weekday_finding(weekdays: list[dict[str, Any]]) -> str:
    weekend = sum(float(row["mean"]) for row in weekdays[5:])
    every = sum(float(row["mean"]) for row in weekdays) or 1
    return f"Saturday and Sunday: {of_100(weekend / every)} of 100 orders of a full week"


def _empty(filters: Filters | None) -> dict[str, str]:
    if filters is None:
        return {
            "finding": "When people buy is known once there are orders.",
            "empty": "The hours of a week stand here",
            "empty_text": "Orders by day of the week and hour, and by month.",
        }
    return {
        "here": filters.words(),
        "finding": "Nothing was bought in these days.",
        "empty": "No order fits",
        "empty_text": "Choose a longer period, other products or everybody.",
    }
