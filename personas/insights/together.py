"""What goes together: what lies in one order more often than by chance."""

from datetime import timedelta
from typing import Any

import polars as pl
from django.http import HttpRequest, QueryDict

from core.formats import counted, readable, whole
from core.listing import asked_sort, choice, listing
from core.paging import frame_page
from personas.insights.filters import BadFilter, Filters, asked, controls
from transactions.frames import mirror_products
from transactions.together import Item, pairs

TITLE = "What goes together"
PAGE_ROWS = 25
GRAINS = {Item.NAME: "Products by name", Item.CATEGORY: "Categories"}
# What everybody buys goes with everything; from this lift on it is about the two.
USUAL_LIFT = 3.0
LIFTS = {"1": "Any", "3": "3 times", "10": "10 times"}
SORTS = {
    "first": "Goes together",
    "with_first": "Orders with the first",
    "both": "with both",
    "share": "of 100 also take the second",
    "every": "of 100 orders",
    "lift": "Lift",
}
WIDE = {"with_first": "num wide", "every": "num wide", "both": "num", "share": "num", "lift": "num"}


def page(request: HttpRequest) -> dict[str, Any]:
    query = request.GET
    filters = asked(_without_days(query), usual="26")
    found = {"filters": _controls(filters, query)}
    if filters is None:
        return {**found, **_empty(None, "")}
    grain, text, sort = (
        _grain(query),
        query.get("with", "").strip()[:80],
        asked_sort(request, SORTS, "-share"),
    )
    every = _shares(pairs(grain, filters.since, filters.until))
    table = _fitting(every, text, float(_lift(query)), sort)
    if table.is_empty():
        return {**found, **_empty(filters, text)}
    rows, shown = frame_page(request, table, PAGE_ROWS)
    return {
        **found,
        "here": filters.words(),
        "finding": _finding(table.sort("share", "lift", descending=True).row(0, named=True)),
        "lede": f"{counted(int(table['orders'][0]), 'order')}, {filters.words()}. Lift: how many"
        " times as often as in all orders. Pairs that chance could explain are left out.",
        "table_finding": f"{counted(table.height, 'pair')} that chance does not explain",
        "listing": listing(request, shown, sort=sort, columns=SORTS, css=WIDE),
        "rows": [_row(row) for row in rows.iter_rows(named=True)],
    }


def strongest(filters: Filters, *, least_share: float, lift: float, k: int) -> list[dict[str, Any]]:
    """The pairs by how many of 100 orders with the first take the second, the first not rare."""
    found = _shares(pairs(Item.NAME, filters.since, filters.until))
    common = pl.col("with_first") >= least_share * pl.col("orders")
    top = found.filter(common & (pl.col("lift") >= lift)).sort(
        ["share", "lift", "first"], descending=[True, True, False]
    )
    return [_row(row) for row in top.head(k).iter_rows(named=True)]


def finding(row: dict[str, Any]) -> str:
    return f"{row['share']} of 100 orders with {row['first']} also take {row['second']}"


def _shares(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(
        (pl.col("both") / pl.col("with_first")).alias("share"),
        (pl.col("with_second") / pl.col("orders")).alias("every"),
    )


def _fitting(found: pl.DataFrame, text: str, lift: float, sort: str) -> pl.DataFrame:
    kept = found.filter(pl.col("lift") >= lift)
    if text:
        wanted = text.lower()
        kept = kept.filter(
            pl.col("first").str.to_lowercase().str.contains(wanted, literal=True)
            | pl.col("second").str.to_lowercase().str.contains(wanted, literal=True)
        )
    name = sort.removeprefix("-")
    return kept.sort([name, "first", "second"], descending=[sort.startswith("-"), False, False])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["first"],
        "first": readable(row["first"]),
        "second": readable(row["second"]),
        "with_first": whole(row["with_first"]),
        "both": whole(row["both"]),
        "share": f"{row['share'] * 100:.0f}",
        "width": f"{row['share'] * 100:.1f}",
        "orders": whole(row["orders"]),
        "every": f"{row['every'] * 100:.1f}",
        "strength": row["lift"],
        "lift": f"{row['lift']:.1f}" if row["lift"] < 9.95 else f"{row['lift']:.0f}",
    }


def _finding(row: dict[str, Any]) -> str:
    return f"{finding(_row(row))}."


def _controls(filters: Filters | None, query: QueryDict) -> dict[str, Any]:
    told = controls(filters, query, own_days=False)
    if not told:
        return told
    told["kept"] = [pair for pair in told["kept"] if pair["name"] not in ("of", "lift", "with")]
    grains = [(str(grain), label) for grain, label in GRAINS.items()]
    told["selects"] = [
        choice("of", "Of", grains, str(_grain(query))),
        choice("lift", "At least as often as by chance", LIFTS.items(), _lift(query)),
    ]
    told["search"] = {"name": "with", "value": query.get("with", ""), "label": "With"}
    return told


def _without_days(query: QueryDict) -> QueryDict:
    """Pairs are kept for the usual periods; own days would make a table for every two dates."""
    kept = query.copy()
    for name in ("from", "to"):
        kept.pop(name, None)
    return kept


def _grain(query: QueryDict) -> Item:
    name = query.get("of") or _usual_grain()
    if name not in list(Item):
        raise BadFilter(f"{name[:20]!r} cannot be paired. Use {', '.join(Item)}.")
    return Item(name)


def _usual_grain() -> str:
    """Products have no names in a shop that sends none."""
    named = mirror_products().filter(pl.col("name") != "").select(pl.len()).collect().item()
    return Item.NAME if named else Item.CATEGORY


def _lift(query: QueryDict) -> str:
    text = query.get("lift") or f"{USUAL_LIFT:.0f}"
    if text not in LIFTS:
        raise BadFilter(f"{text[:20]!r} is no lift. Use {', '.join(LIFTS)}.")
    return text


def _empty(filters: Filters | None, text: str) -> dict[str, str]:
    if filters is None:
        return {
            "finding": "What goes together is known once there are orders.",
            "empty": "Pairs stand here",
            "empty_text": "What lies in one order more often than by chance.",
        }
    days = filters.until - filters.since
    return {
        "here": filters.words(),
        "finding": f"Nothing goes with “{text}” more often than by chance."
        if text
        else "No two things lie in one order more often than by chance.",
        "empty": "No pair is left",
        "empty_text": "Choose any lift or another word."
        if text
        else f"Pairs need some orders: these are {whole(days // timedelta(days=1))} days.",
    }
