"""A corner shop in Berlin, from January to 20 April 2026, worked out by hand.

a buys every month, b in January and March, c in February and April, d once in March. 23:30 UTC is
the next day in Berlin. What is returned, or of quantity 0, was not bought.
"""

TIME_ZONE, CURRENCY = "Europe/Berlin", "EUR"
PRODUCTS = """\
sku,name,department,category
milk,Milk,Food,Dairy
rye,Rye bread,Food,Bread
soap,Soap,House,Care
"""
HEADER = "customer_id,order_id,line_number,occurred_at,sku,amount,quantity,returned,channel,store\n"
LINES = (
    HEADER
    + """\
a,o1,1,2026-01-05T10:00:00Z,milk,2.00,1,,web,north
a,o1,2,2026-01-05T10:00:00Z,rye,3.00,1,,web,north
b,o2,1,2026-01-06T17:30:00Z,milk,4.00,1,,store,south
c,o3,1,2026-02-02T23:30:00Z,soap,10.00,1,,store,south
a,o4,1,2026-02-10T10:00:00Z,milk,2.00,1,,web,north
a,o5,1,2026-03-03T10:00:00Z,milk,2.00,1,,web,north
b,o6,1,2026-03-04T10:00:00Z,rye,6.00,1,,store,south
d,o7,1,2026-03-09T11:00:00Z,rye,1.00,1,,store,south
d,o8,1,2026-04-01T11:00:00Z,rye,99.00,1,yes,store,south
b,o9,1,2026-04-02T11:00:00Z,rye,99.00,0,,store,south
a,o10,1,2026-04-07T10:00:00Z,milk,2.00,1,,web,north
c,o11,1,2026-04-20T10:00:00Z,soap,12.00,1,,store,south
"""
)
