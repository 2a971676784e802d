"""What the page of one product says: how it goes, who buys it, what goes with it, who wants it."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from django.utils.http import urlencode

from accounts.models import User
from core.formats import counted, money, of_100, readable, whole
from core.money import minor_per_major
from core.selectors import organisation
from features.frames import snapshot
from personas.insights.changing import changing
from personas.insights.moving import WEEK, WEEKS, Moving, last_week_is_whole, multiple, weekly_of
from personas.wanting_part import wanting_part
from recommendations.selectors import Item, NotTrained, bought_together, similar
from recommendations.wanting import product_with_sku
from segmentation.pages import css_of
from segmentation.selectors import segments
from transactions.frames import mirror_purchases
from transactions.models import Product
from transactions.products_sold import LATELY, days_of, products_sold
from transactions.totals import data_span

SHOWN = 20


def product_page(sku: str, user: User) -> dict[str, Any]:
    """Who would want it only for those who may see customers; their names only as they may."""
    product = product_with_sku(sku)
    try:
        together, alike = bought_together(sku), similar(sku)
    except NotTrained:
        together, alike = [], []
    name = readable(product.name or product.sku)
    span = data_span()
    return {
        "name": name,
        "finding": _finding(name, together, alike),
        "lede": _lede(product, together),
        "figures": _figures(product, span[1]) if span else [],
        "trend": _trend(product, span[1]) if span else {},
        "groups": _groups(product, span[1]) if span else {},
        "together": [_row(item, product) for item in together],
        "together_finding": f"{counted(len(together), 'product')} in the same baskets"
        if together
        else "Nothing lies in its baskets more often than by chance",
        "alike": [_row(item, product) for item in alike],
        "alike_finding": f"{counted(len(alike), 'product')} like it"
        if alike
        else "No product like it is known yet",
        "wanting": wanting_part(product, user, shown=SHOWN),
        "together_url": f"?{urlencode({'with': product.name})}" if product.name else "",
    }


def best_selling(name: str) -> Product | None:
    """Of the products of one name, the one in most orders lately."""
    span = data_span()
    if span is None:
        return None
    sold = products_sold(span[1]).filter(pl.col("name") == name)
    top = sold.sort(["orders", "sku"], descending=[True, False]).head(1)["sku"].to_list()
    return Product.objects.filter(sku__in=top).first()


def _finding(name: str, together: list[Item], alike: list[Item]) -> str:
    if together:
        return f"{name} is bought with {readable(together[0].name)}."
    if alike:
        return f"{name} is bought by those who buy {readable(alike[0].name)}."
    return f"{name}: too few baskets to say what goes with it."


def _lede(product: Product, together: list[Item]) -> str:
    """The figures behind the finding, then what the product is."""
    proof = f"They are {together[0].reason.replace(f' with {product}', '')}. " if together else ""
    about = [
        f"Number {product.sku}",
        readable(product.category) if product.category else "",
        readable(product.department) if product.department else "",
        product.brand or "",
    ]
    return f"{proof}{', '.join(filter(None, about))}."


def _figures(product: Product, last: date) -> list[dict[str, str]]:
    sold = products_sold(last).filter(pl.col("product_pk") == product.pk).rows(named=True)
    if not sold or sold[0]["last_sold"] is None:
        return []
    row, note = sold[0], f"{LATELY // WEEK} weeks to {last:%-d %b}"
    revenue = row["revenue_minor"] / minor_per_major(organisation().currency)
    return [
        {"label": "Revenue", "of": "revenue", "value": money(revenue), "note": note},
        {"label": "Orders", "of": "orders", "value": whole(row["orders"]), "note": note},
        {"label": "Customers", "of": "buyers", "value": whole(row["customers"]), "note": note},
        {"label": "Last sold", "value": f"{row['last_sold']:%-d %b %Y}"},
    ]


def _trend(product: Product, last: date) -> dict[str, Any]:
    """Its weeks, and the last four beside the eight before, like days with like."""
    since = last - timedelta(days=WEEKS * WEEK - 1)
    per = minor_per_major(organisation().currency)
    days = days_of(product.pk, since).with_columns(
        (pl.col("revenue_minor") / per).alias("revenue"), pl.lit("it").alias("what")
    )
    found = changing(days, "what", last=last)
    if days.is_empty() or found is None or found.is_empty():
        return {}
    row = found.row(0, named=True)
    of = Moving(
        readable(product.name or product.sku), row["now"], row["usual"], row["change"],
        row["low"], row["high"], row["sure"], weekly_of(days, last),
    )  # fmt: skip
    drawn = multiple(of, last, whole=last_week_is_whole(last))
    return {**drawn, "finding": _trend_words(of)}


def _trend_words(of: Moving) -> str:
    if of.change is None:
        return "Sold in the last four weeks, and not in the eight before"
    moved = f"{'Up' if of.change > 0 else 'Down'} {abs(of.change) * 100:.0f} % in four weeks"
    if of.sure:
        return f"{moved}, more than chance"
    return f"{moved}; chance explains it"


def _groups(product: Product, last: date) -> dict[str, Any]:
    """The RFM groups of who bought it lately, beside those of everybody."""
    frame = snapshot()
    if "rfm_group" not in frame.collect_schema().names():
        return {}
    end = datetime.combine(last + timedelta(days=1), time())
    bought = mirror_purchases(
        pl.Series([product.pk], dtype=pl.Int64), end - timedelta(days=LATELY), end
    )
    known = frame.select("customer_pk", pl.col("rfm_group").cast(pl.String)).collect()
    theirs = known.filter(pl.col("customer_pk").is_in(bought["customer_pk"].implode()))
    buyers = Counter(theirs["rfm_group"].drop_nulls())
    everybody = Counter(known["rfm_group"].drop_nulls())
    if not buyers:
        return {}
    total, every = buyers.total(), everybody.total()
    order = [s for s in segments().filter(kind="rfm").order_by("pk") if buyers[s.name]]
    most, size = buyers.most_common(1)[0]
    return {
        "finding": f"{of_100(size / total)} of 100 of its buyers are {most}",
        "rows": [
            {
                "name": segment.name,
                "css": css_of(segment),
                "buyers": whole(buyers[segment.name]),
                "share": of_100(buyers[segment.name] / total),
                "width": f"{buyers[segment.name] / total * 100:.1f}",
                "every": of_100(everybody[segment.name] / every),
            }
            for segment in order
        ],
    }


def _row(item: Item, of: Product) -> dict[str, str]:
    why = item.reason.replace(str(of), readable(str(of)))
    return {"sku": item.sku, "name": readable(item.name), "why": why}
