"""Every feature in plain Python, from the definitions and not from the builders.

A line is a dict with the mirror's columns. Customers without a row have no value.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor, sqrt
from statistics import median
from typing import Any

Line = dict[str, Any]
Row = dict[str, Any]


def features(
    shop: dict[str, list[Row]], products: list[Row], *, as_of: datetime, channels: tuple[str, ...]
) -> dict[int, Row]:
    """{customer_pk: {feature: value}} for customers who have bought, done or said something."""
    found = of_lines(shop["lines"], products, as_of=as_of, channels=channels)
    for customer, row in engagement(shop, as_of).items():
        found[customer] = found.get(customer, {}) | row
    return found


def engagement(shop: dict[str, list[Row]], as_of: datetime) -> dict[int, Row]:
    found: dict[int, Row] = defaultdict(dict)
    month, quarter = as_of - timedelta(days=30), as_of - timedelta(days=90)
    past = {n: [r for r in shop[n] if r["local_at"] < as_of] for n in ("events", "contacts")}
    for row in sorted(past["events"], key=lambda r: r["local_at"]):
        if row["kind"] not in ("visit", "product_view"):
            continue
        mine, recent = found[row["customer_pk"]], row["local_at"] >= month
        is_visit = row["kind"] == "visit"
        mine["visits_30d"] = mine.get("visits_30d", 0) + (recent and is_visit)
        mine["product_views_30d"] = mine.get("product_views_30d", 0) + (recent and not is_visit)
        if is_visit:
            mine["last_visit_days"] = (as_of - row["local_at"]).days
    for customer, rate in open_rates(past["events"], quarter).items():
        found[customer]["email_open_rate_90d"] = rate
    for row in past["contacts"]:
        mine = found[row["customer_pk"]]
        often = mine.get("support_contacts_90d", 0)
        mine["support_contacts_90d"] = often + (row["local_at"] >= quarter)
    for row in sorted(shop["answers"], key=lambda r: r["local_at"]):
        if row["kind"] == "nps" and row["local_at"] < as_of:
            found[row["customer_pk"]]["last_nps"] = row["score"]
    return found


def open_rates(events: list[Row], since: datetime) -> dict[int, Fraction]:
    mails = [e for e in events if e["channel"] == "email" and e["campaign"] is not None]
    opened = {
        (m["customer_pk"], m["campaign"]) for m in mails if m["kind"] in ("opened", "clicked")
    }
    sent = {
        (m["customer_pk"], m["campaign"])
        for m in mails
        if m["kind"] in ("sent", "delivered") and m["local_at"] >= since
    }
    return {
        customer: Fraction(
            sum(one in opened for one in sent if one[0] == customer),
            sum(one[0] == customer for one in sent),
        )
        for customer, _ in sent
    }


def of_lines(
    lines: list[Line], products: list[Row], *, as_of: datetime, channels: tuple[str, ...]
) -> dict[int, Row]:
    """Of customers with at least one line that counts."""
    known = [line for line in lines if line["local_at"] < as_of and line["quantity"] != 0]
    of_customer = defaultdict(list)
    for line in known:
        of_customer[line["customer_pk"]].append(line)
    catalogue = {product["product_pk"]: product for product in products}
    found = {}
    for customer, all_lines in of_customer.items():
        bought = [line for line in all_lines if not is_return(line)]
        found[customer] = habits(all_lines, bought)
        if bought:
            orders = list({line["order_pk"]: line for line in bought}.values())
            found[customer] |= purchases(bought, orders, as_of) | calendar(orders)
            found[customer] |= gaps(orders) | variety(bought, catalogue)
            found[customer] |= {
                f"channel_share_{c}": share(orders, lambda o, c=c: o["channel"] == c)
                for c in channels
            }
    return found


def is_return(line: Line) -> bool:
    return line["returned"] or (line["quantity"] is not None and line["quantity"] < 0)


def share(rows: list[Row], fits: Any) -> Fraction | None:
    return Fraction(sum(bool(fits(row)) for row in rows), len(rows)) if rows else None


def money(lines: list[Line]) -> Fraction:
    return Fraction(sum(line["amount_minor"] for line in lines), 100)


def habits(all_lines: list[Line], bought: list[Line]) -> Row:
    return {
        "return_rate": share(all_lines, is_return),
        "discount_share": share(bought, lambda line: line["discount_minor"] != 0),
    }


def purchases(bought: list[Line], orders: list[Line], as_of: datetime) -> Row:
    times = [order["local_at"] for order in orders]
    cents = sum(line["amount_minor"] for line in bought)
    row = {
        "recency_days": (as_of - max(times)) // timedelta(days=1),
        "tenure_days": (as_of - min(times)) // timedelta(days=1),
        "purchase_frequency": len(orders),
        "line_count": len(bought),
        "purchase_monetary_value": money(bought),
        "average_order_value": Fraction(floor(Fraction(cents, len(orders)) + Fraction(1, 2)), 100),
    }
    days = {time.date() for time in times}
    row |= {"order_days": len(days), "active_days": (max(days) - min(days)).days}
    for number in (2, 3, 5):
        last = sorted(days)[-number:]
        row[f"span_days_{number}"] = (last[-1] - last[0]).days if len(last) == number else None
    for back in (14, 30, 60, 90, 180):
        start = as_of - timedelta(days=back)
        row[f"order_days_{back}d"] = len({time.date() for time in times if time >= start})
    for days in (7, 14, 30, 60, 90, 180):
        start = as_of - timedelta(days=days)
        row[f"orders_{days}d"] = sum(time >= start for time in times)
        row[f"spend_{days}d"] = money([line for line in bought if line["local_at"] >= start])
    return row


def calendar(orders: list[Line]) -> Row:
    days = Counter(order["local_at"].weekday() for order in orders)
    return {
        **{f"weekday_share_{d}": share(orders, lambda o, d=d: o["local_at"].isoweekday() == d)
           for d in range(1, 8)},
        **{f"hour_share_{h}": share(orders, lambda o, h=h: o["local_at"].hour == h)
           for h in range(24)},
        **{f"month_share_{m}": share(orders, lambda o, m=m: o["local_at"].month == m)
           for m in range(1, 13)},
        "purchase_day_of_week": min(days, key=lambda day: (-days[day], day)),
    }  # fmt: skip


def gaps(orders: list[Line]) -> Row:
    days = sorted({order["local_at"].date() for order in orders})
    between = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    if not between:
        return {}
    mean = Fraction(sum(between), len(between))
    squares = sum((gap - mean) ** 2 for gap in between)
    return {
        "gap_days_mean": mean,
        "gap_days_std": sqrt(squares / (len(between) - 1)) if len(between) > 1 else None,
        "gap_days_median": median(between),
        "gap_days_longest": max(between),
    }


def variety(bought: list[Line], catalogue: dict[int, Row]) -> Row:
    """No value where no line names a product; a product without a category is in none."""
    things = [catalogue[line["product_pk"]] for line in bought if line["product_pk"] is not None]
    if not things:
        return {}
    skus = Counter(thing["sku"] for thing in things)
    categories = Counter(thing["category"] for thing in things if thing["category"] is not None)
    return {
        "distinct_products": len(skus),
        "distinct_categories": len(categories),
        "top_product": top(skus),
        "top_category": top(categories),
    }


def top(counts: Counter[str]) -> str | None:
    return min(counts, key=lambda name: (-counts[name], name), default=None)
