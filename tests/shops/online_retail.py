"""Ten lines in the layout of Online Retail, worked out on paper; the shop's clock is London's.

17850 bought 536365 (15.30 + 20.34) and 536366 (11.10) on 1 December 2010. 13047 bought 536367
(54.08), has a line of quantity 0, and gave two pieces back without a cancellation. 14527 bought on
15 June 2011 at half past midnight, which is still the 14th in UTC, and cancelled before. Two lines
name nobody.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
# One day after the last timestamp.
AS_OF = datetime(2011, 6, 16, 0, 30, tzinfo=LONDON)

ORDER_LINES = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom
536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom
536366,22633,HAND WARMER UNION JACK,6,12/1/2010 8:28,1.85,17850,United Kingdom
536367,84879,ASSORTED COLOUR BIRD,32,12/1/2010 8:34,1.69,13047,United Kingdom
536368,22960,JAM MAKING SET,0,12/2/2010 10:00,4.25,13047,United Kingdom
536369,84879,ASSORTED COLOUR BIRD,-2,12/3/2010 11:00,1.69,13047,United Kingdom
536414,22139,,56,12/1/2010 11:52,0,,United Kingdom
536589,21777,,-10,12/1/2010 16:50,0,,United Kingdom
C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,France
541431,23166,MEDIUM CERAMIC TOP JAR,4,6/15/2011 0:30,1.04,14527,France
"""

# customer → recency_days, purchase_frequency, purchase_monetary_value, line_count, region
FEATURES = {
    "17850": (196, 2, 46.74, 3, "United Kingdom"),
    "13047": (196, 1, 54.08, 1, "United Kingdom"),
    "14527": (1, 1, 4.16, 1, "France"),
}
