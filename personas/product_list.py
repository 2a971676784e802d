"""The list of products: found by name or number, narrowed, sorted and paged by the address."""

from typing import Any

import polars as pl
from django.http import HttpRequest, QueryDict

from core.formats import counted, money, readable, whole
from core.listing import asked_sort, listing
from core.money import minor_per_major
from core.paging import frame_page
from core.selectors import organisation
from personas.insights.filters import asked, controls
from transactions.products_sold import LATELY, products_sold

PAGE_ROWS = 50
FIELDS = ("department", "category")
SORTS = {
    "name": "Product",
    "category": "Category",
    "revenue_minor": "Revenue",
    "orders": "Orders",
    "customers": "Customers",
    "last_sold": "Last sold",
}
CSS = {
    "category": "wide", "revenue_minor": "num", "orders": "num", "customers": "num wide",
    "last_sold": "num wide",
}  # fmt: skip


def page(request: HttpRequest) -> dict[str, Any]:
    query = request.GET
    filters = asked(query, usual="26", fields=FIELDS)
    if filters is None:
        return {
            "finding": "Products stand here once there are orders.",
            "empty": "A row a product stands here",
            "empty_text": "With what it brings, how many buy it, and when it was last sold.",
        }
    text, sort = query.get("search", "").strip()[:80], asked_sort(request, SORTS, "-revenue_minor")
    every = products_sold(filters.last)
    kept = _fitting(every, text, filters.department, filters.category).sort(
        [sort.removeprefix("-"), "sku"], descending=[sort.startswith("-"), False], nulls_last=True
    )
    found = {
        "filters": _controls(filters, query, text),
        "here": f"{LATELY // 7} weeks to {filters.last:%-d %b %Y}",
        "finding": _finding(kept, text),
        "lede": _lede(kept, every),
    }
    if kept.is_empty():
        words = "Type less of the name, or choose all departments."
        return {**found, "empty": "No product fits", "empty_text": words}
    rows, shown = frame_page(request, kept, PAGE_ROWS)
    return {
        **found,
        "listing": listing(request, shown, sort=sort, columns=SORTS, css=CSS),
        "rows": [_row(row) for row in rows.iter_rows(named=True)],
    }


def _fitting(every: pl.DataFrame, text: str, department: str, category: str) -> pl.DataFrame:
    """All words of the text are in the name, or the number begins with it."""
    fits = pl.lit(value=True)
    if text:
        name = pl.col("name").fill_null("").str.to_lowercase()
        words = [name.str.contains(word, literal=True) for word in text.lower().split()]
        fits = pl.all_horizontal(words) | pl.col("sku").str.starts_with(text)
    for column, value in (("department", department), ("category", category)):
        if value:
            fits = fits & (pl.col(column) == value)
    return every.filter(fits)


def _controls(filters: Any, query: QueryDict, text: str) -> dict[str, Any]:
    told = controls(filters, query, fields=FIELDS, own_days=False)
    told["kept"] = [pair for pair in told["kept"] if pair["name"] not in ("search", "weeks")]
    told["search"] = {"name": "search", "value": text, "label": "Name or number"}
    # Always of the same half year.
    return {**told, "presets": [], "cleared": "?" if told["cleared"] else ""}


def _row(row: dict[str, Any]) -> dict[str, str]:
    per = minor_per_major(organisation().currency)
    return {
        "sku": row["sku"],
        "name": readable(row["name"] or row["sku"]),
        "category": readable(row["category"] or "–"),
        "revenue": money(row["revenue_minor"] / per),
        "orders": whole(row["orders"]),
        "customers": whole(row["customers"]),
        "last_sold": f"{row['last_sold']:%-d %b %Y}" if row["last_sold"] else "never",
    }


def _finding(kept: pl.DataFrame, text: str) -> str:
    if text:
        if kept.is_empty():
            return f"No product is found for “{text}”."
        return f"{counted(kept.height, 'product')} found for “{text}”."
    sold = kept.filter(pl.col("orders") > 0)
    if sold.is_empty():
        return "Nothing was sold lately."
    ordered = sold.sort("revenue_minor", descending=True)["revenue_minor"]
    half = int((ordered.cum_sum() < ordered.sum() / 2).sum()) + 1
    return f"{counted(half, 'product')} of {whole(sold.height)} sold bring half of the revenue."


def _lede(kept: pl.DataFrame, every: pl.DataFrame) -> str:
    never = kept["last_sold"].null_count()
    return (
        f"{whole(kept.height)} of {counted(every.height, 'product')};"
        f" {whole(never)} of them were never sold."
    )
