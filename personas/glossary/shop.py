"""Words about the shop as a whole."""

from personas.glossary.term import Chapter, Term

SHOP = Chapter(
    "The shop",
    "shop",
    "Figures of days and weeks, by the organisation’s clock.",
    [
        Term(
            "revenue", "Revenue", "the money of all order lines of a time", unit="money",
            how="Returned lines and lines of quantity 0 or less do not count. An order belongs to"
            " the local day of its time.",
        ),
        Term("orders", "Orders", "how many different orders have a line that counts",
             unit="orders"),
        Term("buyers", "Buyers", "how many different customers have an order that counts"),
        Term("revenue_per_order", "Revenue per order", "revenue ÷ orders", unit="money"),
        Term(
            "as_of", "As of", "the moment before which everything counts, and after which nothing",
            how="A date means its start, 00:00 by the organisation’s clock.",
        ),
        Term(
            "missing_days", "Missing days",
            "days without a single order, left out on both sides when weeks are compared",
        ),
        Term(
            "longest_silence", "Longest silence ever",
            "customers who are silent longer than the longest pause between two of their orders",
            how="Only those with five orders or more: fewer make no rhythm.",
        ),
        Term(
            "rejected", "Rejected rows",
            "rows of a file that could not be understood; each is kept with its reason",
            how="Read = loaded + changed + identical + duplicate + rejected.",
        ),
        Term(
            "load_quality", "Quality of a load",
            "how good the rows of one file are, from 0 to 100",
            how="100 − 100 × share of rows rejected − 50 × share of rows that come twice"
            " − 50 × share of needed cells that are empty − 25 × share of rows flagged"
            " − 25 where a control total differs; at least 0, rounded down. Rows that a rule was"
            " asked to leave out are no loss. Under the limit of the settings, models are not"
            " trained again until somebody looks.",
        ),
    ],
)  # fmt: skip
