"""A shop of ten customers with ties, worked out by hand.

The texts are files of the generic preset. Times have no offset: they are the shop's wall clock in
TIME_ZONE, where the clocks go forward on 2026-03-29. Traps, by customer:

c01 buys at local midnight before the clocks change: 3 days by the wall clock, 71 hours by any other
c02 buys exactly where the window of 30 days begins
c03 buys exactly at AS_OF (not known yet), and before that exactly where 90 days begin
c04 has a line twice in one order, and ties between weekdays and between categories
c05 has two orders on one day, a return of negative quantity, and a tie of three products
c06 has only a line of quantity 0, c07 only a return, c08 nothing
c09 is in no customers file, spends as much and as often as c05
c10 buys one minute before AS_OF, once without a sku
"""

from datetime import datetime
from typing import Any

TIME_ZONE = "Europe/Berlin"
CURRENCY = "EUR"
AS_OF = datetime(2026, 4, 1)  # noqa: DTZ001  # wall clock of TIME_ZONE
NEXT_DAY = datetime(2026, 4, 2)  # noqa: DTZ001  # wall clock of TIME_ZONE

CUSTOMERS_CSV = """\
customer_id,region,acquisition_channel
c01,North,search
c02,South,search
c03,South,friend
c04,North,
c05,,friend
c06,West,
c07,West,search
c08,East,poster
c10,East,friend
"""

PRODUCTS_CSV = """\
sku,name,category
A1,Apple juice,Drinks
B2,Bread,Bakery
C3,Cheese,Dairy
D4,Dark rye,Bakery
"""

ORDER_LINES_CSV = """\
customer_id,order_id,sku,occurred_at,quantity,amount,discount,channel,returned
c01,o101,A1,2026-03-01T09:15:00,2,10.00,,web,
c01,o101,B2,2026-03-01T09:15:00,1,5.00,1.00,web,
c01,o102,A1,2026-03-11T09:45:00,1,5.00,,store,
c01,o103,C3,2026-03-29T00:00:00,1,20.00,,web,
c02,o201,B2,2026-03-02T00:00:00,1,10.00,,store,
c03,o301,A1,2026-01-01T00:00:00,1,10.00,,web,
c03,o302,A1,2026-04-01T00:00:00,1,30.00,,web,
c04,o401,B2,2026-02-03T18:30:00,1,4.00,,store,
c04,o401,D4,2026-02-03T18:30:00,1,6.00,,store,
c04,o402,A1,2026-02-05T18:30:00,1,5.00,,store,
c04,o402,A1,2026-02-05T18:30:00,1,5.00,,store,
c05,o501,D4,2026-03-20T08:00:00,1,15.00,,web,
c05,o501,B2,2026-03-20T08:00:00,1,5.00,,web,
c05,o502,C3,2026-03-20T23:59:59,1,10.00,,store,
c05,o502,C3,2026-03-20T23:59:59,-1,-10.00,,store,
c06,o601,B2,2026-03-25T12:00:00,0,0.00,,web,
c07,o701,A1,2026-03-15T12:00:00,1,12.00,,store,true
c09,o901,A1,2026-02-28T23:30:00,3,21.00,3.00,web,
c09,o902,D4,2026-03-10T12:00:00,1,9.00,,web,
c10,o1001,C3,2026-03-31T23:59:00,1,100.00,,web,
c10,o1001,,2026-03-31T23:59:00,1,50.00,,web,
"""

# c02 took it back; c05 agrees between AS_OF and NEXT_DAY.
CONSENTS_CSV = """\
customer_id,channel,granted,at,purpose,source
c01,email,true,2026-01-05T10:00:00,marketing,checkout
c02,email,true,2026-01-05T10:00:00,marketing,checkout
c02,email,false,2026-02-05T10:00:00,marketing,letter
c04,sms,true,2026-01-05T10:00:00,marketing,checkout
c05,email,true,2026-04-01T10:00:00,marketing,checkout
"""

FILES = {
    "products": PRODUCTS_CSV,
    "customers": CUSTOMERS_CSV,
    "order_lines": ORDER_LINES_CSV,
    "consents": CONSENTS_CSV,
}
CUSTOMER_IDS = tuple(f"c{number:02}" for number in range(1, 11))
CHANNELS = ("store", "web")

PURCHASES = (
    "recency_days",
    "tenure_days",
    "purchase_frequency",
    "line_count",
    "purchase_monetary_value",
    "average_order_value",
    "orders_30d",
    "spend_30d",
    "orders_90d",
    "spend_90d",
)
ACTIVITY = (
    "order_days",
    "active_days",
    "span_days_2",
    "span_days_3",
    "span_days_5",
    "order_days_14d",
    "order_days_30d",
    "order_days_60d",
    "order_days_90d",
    "order_days_180d",
    "orders_7d",
    "spend_7d",
    "orders_14d",
    "spend_14d",
    "orders_60d",
    "spend_60d",
    "orders_180d",
    "spend_180d",
)
VARIETY = ("distinct_products", "distinct_categories", "top_product", "top_category")
GAPS = ("gap_days_mean", "gap_days_std", "gap_days_median", "gap_days_longest")
HABITS = ("discount_share", "return_rate", "purchase_day_of_week")
SHARES = (
    *(f"weekday_share_{day}" for day in range(1, 8)),
    *(f"hour_share_{hour}" for hour in range(24)),
    *(f"month_share_{month}" for month in range(1, 13)),
    *(f"channel_share_{channel}" for channel in CHANNELS),
)

# In the order of the names above; whoever is missing has no value.
_PURCHASES: dict[str, tuple[Any, ...]] = {
    "c01": (3, 30, 3, 4, 40.00, 13.33, 2, 25.00, 3, 40.00),
    "c02": (30, 30, 1, 1, 10.00, 10.00, 1, 10.00, 1, 10.00),
    "c03": (90, 90, 1, 1, 10.00, 10.00, 0, 0.00, 1, 10.00),
    "c04": (54, 56, 2, 4, 20.00, 10.00, 0, 0.00, 2, 20.00),
    "c05": (11, 11, 2, 3, 30.00, 15.00, 2, 30.00, 2, 30.00),
    "c09": (21, 31, 2, 2, 30.00, 15.00, 1, 9.00, 2, 30.00),
    "c10": (0, 0, 1, 2, 150.00, 150.00, 1, 150.00, 1, 150.00),
}
_PURCHASES_NEXT_DAY: dict[str, tuple[Any, ...]] = {
    "c01": (4, 31, 3, 4, 40.00, 13.33, 2, 25.00, 3, 40.00),
    "c02": (31, 31, 1, 1, 10.00, 10.00, 0, 0.00, 1, 10.00),
    "c03": (1, 91, 2, 2, 40.00, 20.00, 1, 30.00, 1, 30.00),
    "c04": (55, 57, 2, 4, 20.00, 10.00, 0, 0.00, 2, 20.00),
    "c05": (12, 12, 2, 3, 30.00, 15.00, 2, 30.00, 2, 30.00),
    "c09": (22, 32, 2, 2, 30.00, 15.00, 1, 9.00, 2, 30.00),
    "c10": (1, 1, 1, 2, 150.00, 150.00, 1, 150.00, 1, 150.00),
}
# Windows begin on 25 March, 18 March, 31 January and 3 October, a day later on the next day.
_ACTIVITY: dict[str, tuple[Any, ...]] = {
    "c01": (3, 28, 18, 28, None, 1, 2, 3, 3, 3, 1, 20.00, 1, 20.00, 3, 40.00, 3, 40.00),
    "c02": (1, 0, None, None, None, 0, 1, 1, 1, 1, 0, 0.00, 0, 0.00, 1, 10.00, 1, 10.00),
    "c03": (1, 0, None, None, None, 0, 0, 0, 1, 1, 0, 0.00, 0, 0.00, 0, 0.00, 1, 10.00),
    "c04": (2, 2, 2, None, None, 0, 0, 2, 2, 2, 0, 0.00, 0, 0.00, 2, 20.00, 2, 20.00),
    "c05": (1, 0, None, None, None, 1, 1, 1, 1, 1, 0, 0.00, 2, 30.00, 2, 30.00, 2, 30.00),
    "c09": (2, 10, 10, None, None, 0, 1, 2, 2, 2, 0, 0.00, 0, 0.00, 2, 30.00, 2, 30.00),
    "c10": (1, 0, None, None, None, 1, 1, 1, 1, 1, 1, 150.00, 1, 150.00, 1, 150.00, 1, 150.00),
}
# c02's order falls out of the 30 days, c03's first out of the 90 as its second comes in.
_ACTIVITY_NEXT_DAY: dict[str, tuple[Any, ...]] = {
    **_ACTIVITY,
    "c02": (1, 0, None, None, None, 0, 0, 1, 1, 1, 0, 0.00, 0, 0.00, 1, 10.00, 1, 10.00),
    "c03": (2, 90, 90, None, None, 1, 1, 1, 1, 2, 1, 30.00, 1, 30.00, 1, 30.00, 2, 40.00),
}
_VARIETY: dict[str, tuple[Any, ...]] = {
    "c01": (3, 3, "A1", "Drinks"),
    "c02": (1, 1, "B2", "Bakery"),
    "c03": (1, 1, "A1", "Drinks"),
    "c04": (3, 2, "A1", "Bakery"),
    "c05": (3, 2, "B2", "Bakery"),
    "c09": (2, 2, "A1", "Bakery"),
    "c10": (1, 1, "C3", "Dairy"),
}
# c01: days 1, 11 and 29 of March, so gaps of 10 and 18: √((4² + 4²) / 1).
_GAPS: dict[str, tuple[Any, ...]] = {
    "c01": (14.0, 32**0.5, 14.0, 18.0),
    "c04": (2.0, None, 2.0, 2.0),
    "c09": (10.0, None, 10.0, 10.0),
}
_HABITS: dict[str, tuple[Any, ...]] = {
    "c01": (1 / 4, 0.0, 6),
    "c02": (0.0, 0.0, 0),
    "c03": (0.0, 0.0, 3),
    "c04": (0.0, 0.0, 1),
    "c05": (0.0, 1 / 4, 4),
    "c07": (None, 1.0, None),
    "c09": (1 / 2, 0.0, 1),
    "c10": (0.0, 0.0, 1),
}
# Shares that are not 0: weekday, hour, month, channel.
_SHARES: dict[str, dict[str, float]] = {
    "c01": {"weekday_share_3": 1 / 3, "weekday_share_7": 2 / 3, "hour_share_0": 1 / 3,
            "hour_share_9": 2 / 3, "month_share_3": 1, "channel_share_store": 1 / 3,
            "channel_share_web": 2 / 3},
    "c02": {"weekday_share_1": 1, "hour_share_0": 1, "month_share_3": 1,
            "channel_share_store": 1},
    "c03": {"weekday_share_4": 1, "hour_share_0": 1, "month_share_1": 1, "channel_share_web": 1},
    "c04": {"weekday_share_2": 1 / 2, "weekday_share_4": 1 / 2, "hour_share_18": 1,
            "month_share_2": 1, "channel_share_store": 1},
    "c05": {"weekday_share_5": 1, "hour_share_8": 1 / 2, "hour_share_23": 1 / 2,
            "month_share_3": 1, "channel_share_store": 1 / 2, "channel_share_web": 1 / 2},
    "c09": {"weekday_share_2": 1 / 2, "weekday_share_6": 1 / 2, "hour_share_12": 1 / 2,
            "hour_share_23": 1 / 2, "month_share_2": 1 / 2, "month_share_3": 1 / 2,
            "channel_share_web": 1},
    "c10": {"weekday_share_2": 1, "hour_share_23": 1, "month_share_3": 1, "channel_share_web": 1},
}  # fmt: skip
# What a day more changes beside the numbers of PURCHASES: c03's second order is known.
_C03_NEXT_DAY: dict[str, Any] = {
    "gap_days_mean": 90.0,
    "gap_days_std": None,
    "gap_days_median": 90.0,
    "gap_days_longest": 90.0,
    "purchase_day_of_week": 2,
    "weekday_share_3": 1 / 2,
    "weekday_share_4": 1 / 2,
    "month_share_1": 1 / 2,
    "month_share_4": 1 / 2,
}

# (region, acquisition_channel)
PROFILES: dict[str, tuple[str | None, str | None]] = {
    "c01": ("North", "search"),
    "c02": ("South", "search"),
    "c03": ("South", "friend"),
    "c04": ("North", None),
    "c05": (None, "friend"),
    "c06": ("West", None),
    "c07": ("West", "search"),
    "c08": ("East", "poster"),
    "c09": (None, None),
    "c10": ("East", "friend"),
}
REACHABLE = {"c01": ("email",), "c04": ("sms",)}
REACHABLE_NEXT_DAY = {**REACHABLE, "c05": ("email",)}

# Cuts .2 .4 .6 .8 over the seven with a recency: positions 1.2, 2.4, 3.6 and 4.8 of 0 … 6.
THRESHOLDS = {
    "recency_days": (4.6, 15.0, 26.4, 49.2),  # of 0 3 11 21 30 54 90
    "purchase_frequency": (1.0, 1.4, 2.0, 2.0),  # of 1 1 1 2 2 2 3
    "purchase_monetary_value": (12.0, 24.0, 30.0, 38.0),  # of 10 10 20 30 30 40 150
}
THRESHOLDS_NEXT_DAY = {
    "recency_days": (1.6, 7.2, 18.0, 29.2),  # of 1 1 4 12 22 31 55
    "purchase_frequency": (1.2, 2.0, 2.0, 2.0),  # of 1 1 2 2 2 2 3
    "purchase_monetary_value": (22.0, 30.0, 36.0, 40.0),  # of 10 20 30 30 40 40 150
}
PROSPECT = (None, None, None, "Prospects")
_PROSPECTS = dict.fromkeys(("c06", "c07", "c08"), PROSPECT)
# (recency_score, frequency_score, monetary_score, rfm_group)
RFM: dict[str, tuple[int | None, int | None, int | None, str]] = {
    "c01": (5, 5, 5, "Champions"),
    "c02": (2, 1, 1, "Almost lost"),
    "c03": (1, 1, 1, "Dormant"),
    "c04": (1, 3, 2, "At risk"),
    "c05": (4, 3, 3, "Active"),
    "c09": (3, 3, 3, "Needs attention"),
    "c10": (5, 1, 5, "Active"),
    **_PROSPECTS,
}
# A day later by the thresholds of the day before: only c03 moves, because it bought.
RFM_NEXT_DAY = {**RFM, "c03": (5, 3, 5, "Champions")}
# A day later with new cuts.
RFM_NEXT_DAY_RERANKED: dict[str, tuple[int | None, int | None, int | None, str]] = {
    "c01": (4, 5, 4, "Loyal"),
    "c02": (1, 1, 1, "Dormant"),
    "c03": (5, 2, 4, "Active"),
    "c04": (1, 2, 1, "Dormant"),
    "c05": (3, 2, 2, "Needs attention"),
    "c09": (2, 2, 2, "Almost lost"),
    "c10": (5, 1, 5, "Active"),
    **_PROSPECTS,
}


# Nobody was seen on the web, in touch or asked.
ENGAGEMENT = (
    "visits_30d", "product_views_30d", "last_visit_days", "support_contacts_90d", "last_nps",
    "email_open_rate_90d",
)  # fmt: skip


def features(customer_id: str, *, as_of: datetime = AS_OF) -> dict[str, Any]:
    """What every builder should say of a customer at AS_OF or NEXT_DAY; None is no value."""
    later = as_of == NEXT_DAY
    found: dict[str, Any] = {"age_band": None, **dict.fromkeys(ENGAGEMENT)}
    tables = (
        (PURCHASES, _PURCHASES_NEXT_DAY if later else _PURCHASES),
        (ACTIVITY, _ACTIVITY_NEXT_DAY if later else _ACTIVITY),
        (VARIETY, _VARIETY),
        (GAPS, _GAPS),
        (HABITS, _HABITS),
        (("region", "acquisition_channel"), PROFILES),
    )
    for names, table in tables:
        values = table.get(customer_id, (None,) * len(names))
        found.update(zip(names, values, strict=True))
    nothing = 0 if customer_id in _SHARES else None
    found.update({name: _SHARES.get(customer_id, {}).get(name, nothing) for name in SHARES})
    reachable = (REACHABLE_NEXT_DAY if later else REACHABLE).get(customer_id, ())
    for channel in ("email", "sms", "phone", "post"):
        found[f"consent_{channel}"] = found[f"reachable_{channel}"] = channel in reachable
    return {**found, **(_C03_NEXT_DAY if later and customer_id == "c03" else {})}
