"""Nine customers with ties and one without a purchase, in UTC, worked out on paper.

Recencies in order: 0 0 4 4 9 19 30 49 89; cuts 2.4 5 17 37.6. Orders: 1 1 1 1 1 2 2 3 4; cuts 1 1
1.8 2.4. Money: 5 10 20 35 35 35 50 60 100; cuts 16 35 35 54. J has only a line of quantity 0.
"""

from datetime import UTC, datetime

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
A_DAY_LATER = datetime(2026, 3, 2, tzinfo=UTC)

ORDER_LINES = """customer_id,order_id,occurred_at,sku,quantity,amount
A,o1,2026-02-28T12:00:00Z,p1,1,10.00
A,o1,2026-02-28T12:00:00Z,p2,1,5.00
A,o2,2026-02-18T12:00:00Z,p1,1,10.00
A,o3,2026-01-29T12:00:00Z,p1,1,10.00
B,o4,2026-02-28T12:00:00Z,p2,2,20.00
C,o5,2026-02-24T12:00:00Z,p1,1,35.00
D,o6,2026-02-24T12:00:00Z,p1,1,25.00
D,o7,2026-02-23T12:00:00Z,p1,1,25.00
E,o8,2026-02-19T12:00:00Z,p1,1,5.00
F,o9,2026-02-09T12:00:00Z,p1,1,25.00
F,o10,2026-02-08T12:00:00Z,p1,1,25.00
F,o11,2026-02-07T12:00:00Z,p1,1,25.00
F,o12,2026-02-06T12:00:00Z,p1,1,25.00
G,o13,2026-01-30T00:00:00Z,p1,1,60.00
H,o14,2026-01-10T12:00:00Z,p1,1,20.00
H,o15,2026-01-09T12:00:00Z,p1,1,15.00
I,o16,2025-12-01T12:00:00Z,p1,1,10.00
J,o17,2026-02-28T12:00:00Z,p1,0,0.00
"""

# customer → recency_days, purchase_frequency, purchase_monetary_value, rfm_score, rfm_group
RFM = {
    "A": (0, 3, 35.0, "552", "Champions"),
    "B": (0, 1, 20.0, "512", "Active"),
    "C": (4, 1, 35.0, "412", "Active"),
    "D": (4, 2, 50.0, "444", "Loyal"),
    "E": (9, 1, 5.0, "311", "Promising"),
    "F": (19, 4, 100.0, "255", "Previously loyal"),
    "G": (30, 1, 60.0, "215", "At risk"),
    "H": (49, 2, 35.0, "142", "At risk"),
    "I": (89, 1, 10.0, "111", "Dormant"),
    "J": (None, None, None, None, "Prospects"),
}

THIRD = 1 / 3
FEATURES_OF_A = {
    "line_count": 4,
    "average_order_value": 11.67,
    "tenure_days": 30,
    "gap_days_mean": 15.0,
    "gap_days_median": 15.0,
    "gap_days_longest": 20.0,
    "gap_days_std": 50**0.5,
    "orders_30d": 2,
    "spend_30d": 25.0,
    "orders_90d": 3,
    "spend_90d": 35.0,
    "distinct_products": 2,
    "top_product": "p1",
    "purchase_day_of_week": 2,
    "weekday_share_1": 0.0,
    "weekday_share_3": THIRD,
    "weekday_share_4": THIRD,
    "weekday_share_6": THIRD,
    "hour_share_12": 1.0,
    "month_share_1": THIRD,
    "month_share_2": 2 * THIRD,
    "discount_share": 0.0,
    "return_rate": 0.0,
    "reachable_email": False,
}
# The window of 30 days begins at its first midnight: G's order lies exactly on it, and a day later
# outside; I's is the 90 days' first, and a day later outside.
WINDOWS = {"G": ("orders_30d", 1, 0), "I": ("orders_90d", 1, 0), "A": ("orders_30d", 2, 2)}
