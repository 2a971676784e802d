"""Who comes back: customers by the month of their first order and the months after it."""

from datetime import timedelta
from typing import Any

import polars as pl
from django.http import QueryDict

from analytics.cohorts import retention
from core.formats import counted, of_100, whole
from personas.insights.bought import customers_of
from personas.insights.filters import Filters, asked, controls
from transactions.together import customer_months

TITLE = "Who comes back"
FIELDS = ("segment",)
# Fewer new customers make a share that a few of them swing.
ENOUGH = 30
TONES = ((0.0, ""), (0.2, "tone-1"), (0.4, "tone-2"), (0.6, "tone-3"), (0.8, "tone-4"))
# Whoever has not bought for so many days when the data begin is mostly new when they do.
UNKNOWN_DAYS = 60
# What stands in the headline: the share that is back so many months later.
LATER = 3


def page(query: QueryDict) -> dict[str, Any]:
    filters = asked(query, usual="all", fields=FIELDS)
    found = {"filters": controls(filters, query, fields=FIELDS)}
    table = _table(filters) if filters else None
    if filters is None or table is None or table.is_empty():
        return {**found, **_empty(filters)}
    rows = _rows(table)
    new = _truly_new(table, filters)
    return {
        **found,
        "here": filters.words(),
        "finding": _finding(new),
        "lede": _lede(new, table, filters),
        "columns": [f"+{n}" if n else "first" for n in range(int(table["after"].max() or 0) + 1)],
        "rows": rows,
        "heat_finding": _heat_finding(new),
    }


def _table(filters: Filters) -> pl.DataFrame | None:
    months = customer_months()
    if months.is_empty():
        return None
    if filters.segment:
        months = months.filter(pl.col("customer_pk").is_in(customers_of(filters).implode()))
    first = months.group_by("customer_pk").agg(pl.col("month").min().alias("cohort"))
    first = first.filter(
        pl.col("cohort").is_between(filters.since.replace(day=1), filters.until, closed="left")
    )
    return retention(months.select("customer_pk", "month"), first, last_day=filters.last)


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "month": f"{cohort:%b %Y}",
            "size": whole(part["size"][0]),
            "cells": [_cell(row) for row in part.iter_rows(named=True)],
        }
        for (cohort,), part in table.group_by("cohort", maintain_order=True)
    ]


def _cell(row: dict[str, Any]) -> dict[str, str]:
    share = row["customers"] / row["size"]
    tone = next(css for least, css in reversed(TONES) if share >= least)
    return {
        "share": of_100(share),
        "count": whole(row["customers"]),
        "css": tone if row["complete"] else "not-over",
        "note": "" if row["complete"] else "not over yet",
    }


def _finding(table: pl.DataFrame) -> str:
    known = table.filter(pl.col("complete") & (pl.col("after") == LATER))
    size = int(known["size"].sum())
    if size < ENOUGH:
        new = int(table.filter(pl.col("after") == 0)["size"].sum())
        return f"{counted(new, 'customer')}, and no month far enough back to say who returned."
    share = known["customers"].sum() / size
    return f"Of 100 new customers {of_100(share)} bought in the third month after their first."


def _truly_new(table: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """Without the cohorts among which those stand who bought before the data begin."""
    known_from = filters.first + timedelta(days=UNKNOWN_DAYS)
    new = table.filter(pl.col("cohort") >= known_from.replace(day=1))
    return table if new.is_empty() else new


def _lede(new: pl.DataFrame, table: pl.DataFrame, filters: Filters) -> str:
    known = new.filter(pl.col("complete") & (pl.col("after") == LATER))
    told = f"Counted over {counted(int(known['size'].sum()), 'customer')}."
    if new.height < table.height:
        told += (
            f" Data begin on {filters.first:%-d %b %Y}: whoever bought before stands among the new"
            f" of the first months, which are not counted here; from {new['cohort'].min():%B} on"
            " they are."
        )
    return told


def _heat_finding(table: pl.DataFrame) -> str:
    """The best and the worst of the cohorts that are large enough, one month after."""
    near = table.filter(
        pl.col("complete") & (pl.col("after") == 1) & (pl.col("size") >= ENOUGH)
    ).with_columns((pl.col("customers") / pl.col("size")).alias("share"))
    if near.height < 2:
        return "Each row is a month of first orders"
    ordered = near.sort("share", "cohort")
    worst, best = ordered.row(0, named=True), ordered.row(-1, named=True)
    return (
        f"A month later {of_100(best['share'])} of 100 of {best['cohort']:%B} were back,"
        f" {of_100(worst['share'])} of 100 of {worst['cohort']:%B}"
    )


def _empty(filters: Filters | None) -> dict[str, str]:
    if filters is None:
        return {
            "finding": "Who comes back is known once there are orders.",
            "empty": "A row a month of first orders stands here",
            "empty_text": "With how many of 100 bought again in each month after.",
        }
    return {
        "here": filters.words(),
        "finding": "Nobody's first order lies in these days.",
        "empty": "No first order in these days",
        "empty_text": "Choose a longer period, or everybody.",
    }
