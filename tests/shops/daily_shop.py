"""A shop of twelve weeks to Sunday 22 November 2026, closed on its last Monday; by hand, in UTC.

Each day twelve take bread for 1, one takes cake mix and icing for 4 together, for 8 in the last
four weeks, and one tea for 6, then for 3. c2 has taken cake mix alone, twice, for nothing.
"""

from datetime import date, timedelta

LAST = date(2026, 11, 22)
CLOSED = date(2026, 11, 16)
PRODUCTS = """sku,name,department,category
icing,Icing,Food,Baking
cake,Cake mix,Food,Baking
bread,Bread,Food,Bread
tea,Tea,House,Tea
"""


def order_lines() -> str:
    rows = []
    for n in range(84):
        day = LAST - timedelta(days=83 - n)
        if day == CLOSED:
            continue
        late = n >= 56
        rows += [f"b{c},b{n}-{c},{day}T10:00:00Z,bread,1.00" for c in range(12)]
        rows += [f"c1,c{n},{day}T11:00:00Z,cake,{7 if late else 3}.00"]
        rows += [f"c1,c{n},{day}T11:00:00Z,icing,1.00"]
        rows += [f"t,t{n},{day}T12:00:00Z,tea,{3 if late else 6}.00"]
        rows += [f"c2,d{n},{day}T13:00:00Z,cake,0.00"] if n in (40, 45) else []
    return "customer_id,order_id,occurred_at,sku,amount\n" + "\n".join(rows) + "\n"
