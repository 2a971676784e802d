"""Channels and stores beside each other, and how each goes: like days with like."""

from datetime import timedelta
from typing import Any

import polars as pl
from django.http import HttpRequest

from core.formats import counted, money, of_100, whole
from core.listing import asked_sort, listing
from core.paging import frame_page
from personas.insights.bought import totals
from personas.insights.changing import MONTH, changing, words
from personas.insights.filters import Filters, asked, controls
from transactions.totals import Grain

TITLE = "Channels and stores"
FIELDS = ("department", "category", "segment")
PAGE_ROWS = 25
NOWHERE = "not said"
SORTS = {
    "store": "Store",
    "orders": "Orders",
    "revenue": "Revenue",
    "each": "An order",
    "share": "of 100 in revenue",
    "change": "Change",
}
CSS = {"orders": "num", "revenue": "num", "each": "num wide", "share": "num wide", "change": "num"}


def page(request: HttpRequest) -> dict[str, Any]:
    query = request.GET
    filters = asked(query, usual="13", fields=FIELDS)
    found = {"filters": controls(filters, query, fields=FIELDS)}
    table = totals(filters, Grain.PLACE) if filters else None
    if filters is None or table is None or table.is_empty():
        return {**found, **_empty(filters)}
    channels, sort = _summed(table, "channel"), asked_sort(request, SORTS, "-revenue")
    stores = _with_changes(_summed(table, "store"), table, filters)
    named = stores.filter(pl.col("store") != NOWHERE)
    ordered = stores.sort(
        [sort.removeprefix("-"), "store"], descending=[sort.startswith("-"), False], nulls_last=True
    )
    rows, shown = frame_page(request, ordered, PAGE_ROWS)
    return {
        **found,
        "here": filters.words(),
        "finding": _finding(channels, named),
        "lede": _lede(named, table),
        "channels": [_row(row, "channel") for row in channels.iter_rows(named=True)]
        if channels.height > 1
        else [],
        "channel_finding": _channel_finding(channels),
        "store_finding": _store_finding(named),
        "note": f"Change: {MONTH} days to {filters.last:%-d %b}, against the same days of the week"
        " in the eight weeks before; in brackets where chance explains it.",
        "listing": listing(request, shown, sort=sort, columns=SORTS, css=CSS),
        "stores": [_row(row, "store") for row in rows.iter_rows(named=True)],
    }


def _summed(table: pl.DataFrame, by: str) -> pl.DataFrame:
    every = max(float(table["revenue"].sum()), 0.01)
    return (
        table.with_columns(pl.col(by).fill_null(NOWHERE))
        .group_by(by)
        .agg(pl.col("orders").sum(), pl.col("revenue").sum())
        .with_columns(
            (pl.col("revenue") / pl.col("orders")).alias("each"),
            (pl.col("revenue") / every).alias("share"),
        )
        .sort(["revenue", by], descending=[True, False])
    )


def _with_changes(stores: pl.DataFrame, table: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """``change`` and ``sure``; null where twelve weeks are not held, or nothing was sold."""
    named = table.with_columns(pl.col("store").fill_null(NOWHERE))
    found = changing(named, "store", last=min(filters.last, filters.until - timedelta(days=1)))
    if found is None:
        empty = pl.lit(None, pl.Float64).alias("change"), pl.lit(None, pl.Boolean).alias("sure")
        return stores.with_columns(*empty)
    return stores.join(found.select("store", "change", "sure"), on="store", how="left")


def _row(row: dict[str, Any], by: str) -> dict[str, Any]:
    return {
        "name": row[by],
        "orders": whole(row["orders"]),
        "revenue": money(row["revenue"]),
        "each": money(row["each"], 2),
        "share": of_100(row["share"]) if row["share"] > 0 else "0",
        "width": f"{max(row['share'], 0) * 100:.1f}",
        **(words(row["change"], sure=bool(row["sure"])) if "change" in row else {}),
    }


def _finding(channels: pl.DataFrame, stores: pl.DataFrame) -> str:
    if channels.height > 1:
        best = channels.row(0, named=True)
        return f"{best['channel']} brings {of_100(best['share'])} of 100 in revenue."
    if stores.height:
        first = stores.row(0, named=True)
        half = int((stores["revenue"].cum_sum() < stores["revenue"].sum() / 2).sum()) + 1
        return (
            f"{counted(half, 'store')} of {whole(stores.height)} bring half of the revenue;"
            f" store {first['store']} brings {money(first['revenue'])}."
        )
    return f"All {counted(int(channels['orders'].sum()), 'order')} came by one channel."


def _lede(stores: pl.DataFrame, table: pl.DataFrame) -> str:
    sure = stores.filter(pl.col("sure"))
    total = (
        f"{money(float(table['revenue'].sum()))} in {counted(int(table['orders'].sum()), 'order')}."
    )
    if stores["change"].null_count() == stores.height:
        return f"{total} The days are too few to say how stores go."
    if sure.is_empty():
        return f"{total} No store changed more than chance explains."
    up = sure.filter(pl.col("change") > 0).height
    return f"{total} Beyond chance, {counted(up, 'store')} rose and {whole(sure.height - up)} fell."


def _channel_finding(channels: pl.DataFrame) -> str:
    dear = channels.sort("each", descending=True).row(0, named=True)
    return f"An order by {dear['channel']} is worth most: {money(dear['each'], 2)}"


def _store_finding(stores: pl.DataFrame) -> str:
    if stores.is_empty():
        return "Orders name no store"
    return f"{counted(stores.height, 'store')} with orders in these days"


def _empty(filters: Filters | None) -> dict[str, str]:
    if filters is None:
        return {
            "finding": "Channels and stores are compared once there are orders.",
            "empty": "Channels and stores stand here",
            "empty_text": "Orders, revenue and an order's worth of each, and how each goes.",
        }
    return {
        "here": filters.words(),
        "finding": "Nothing was bought in these days.",
        "empty": "No order fits",
        "empty_text": "Choose a longer period, other products or everybody.",
    }
