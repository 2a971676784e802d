"""A small shop in which some customers are one person, and some only look like it.

A and B share an e-mail address in two spellings, and say two birth dates. C and D share a telephone
number, written with and without its country. E, F and G give what stands for nobody. H and I share
both. J and K have telephone numbers that differ in their area alone.
"""

from datetime import UTC, datetime

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
CUSTOMERS = """customer_id,name,email,phone,birth_date,region,joined_at
A,Anna Berg,anna@example.com,,1980-01-02,North,2025-01-05
B,Anna B. Berg,Anna+shop@Example.com,0301234567,1980-02-01,,2025-06-01
C,Carl Dahl,carl@example.com,+49 170 5550123,,South,2025-01-01
D,C. Dahl,dahl@example.com,0170 5550123,,,2025-02-01
E,Eve,unknown,0,,,
F,Finn,Unknown,n/a,,,
G,Gus,n/a,0,,,
H,Hal Iver,hal@example.com,0441112223,,West,
I,Hal Iver,hal@example.com,0441112223,,,
J,Jo Kim,jo@example.com,+1 657 778 8890,,,
K,Kay Ito,kay@example.com,+1 557 778 8890,,,
"""
ORDER_LINES = """order_id,customer_id,occurred_at,sku,quantity,amount
1,A,2026-01-05T10:00Z,tea,1,10.00
2,A,2026-02-05T10:00Z,cup,2,20.00
3,B,2026-01-20T10:00Z,tea,1,12.50
4,B,2026-02-20T10:00Z,tea,1,7.50
5,C,2026-02-01T10:00Z,cup,1,5.00
6,J,2026-02-02T10:00Z,cup,1,5.00
"""
CONSENTS = """customer_id,channel,granted,at,source
A,email,yes,2026-01-01T00:00Z,shop
B,email,no,2026-01-01T00:00Z,till
B,email,no,2026-02-01T00:00Z,till
B,sms,yes,2026-01-01T00:00Z,till
"""
INTERACTIONS = """customer_id,channel,opened_at,subject
A,phone,2026-01-03T09:00Z,Late parcel
B,phone,2026-01-03T09:00Z,Late parcel
B,email,2026-01-09T09:00Z,Broken cup
"""
EVENTS = """customer_id,visitor_id,kind,at,sku
B,phone-1,visit,2026-02-01T10:00Z,
,phone-1,product_view,2026-02-01T09:00Z,tea
"""
FEATURES = """customer_id,income
A,100
B,200
C,300
"""
