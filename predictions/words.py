"""Base features in words, with the customer's own figure and what is usual."""

import re
from collections.abc import Callable

from analytics.design import CHANNEL

Written = Callable[[float], str]

PLAIN = {
    "purchase_frequency": "{v:,.0f} orders so far (the shop's median is {m:,.0f})",
    "order_days": "bought on {v:,.0f} days so far (median {m:,.0f})",
    "line_count": "{v:,.0f} order lines so far (median {m:,.0f})",
    "distinct_products": "{v:,.0f} different products bought (median {m:,.0f})",
    "distinct_categories": "{v:,.0f} different categories bought (median {m:,.0f})",
    "purchase_monetary_value": "spent {v_money} so far (median {m_money})",
    "average_order_value": "{v_money} per order (median {m_money})",
    "active_days": "{v:,.0f} days between first and last order (median {m:,.0f})",
    "gap_days_mean": "{v:,.1f} days between orders on average (median {m:,.1f})",
    "gap_days_std": "gaps between orders vary by {v:,.1f} days (median {m:,.1f})",
    "gap_days_median": "usually {v:,.1f} days between orders (median customer {m:,.1f})",
    "gap_days_longest": "longest gap between orders {v:,.0f} days (median {m:,.0f})",
    "discount_share": "{v:.0%} of lines with a discount (median {m:.0%})",
    "return_rate": "{v:.0%} of lines returned (median {m:.0%})",
    "label_recency_score": "recency score {v:.0f} of 5 (median {m:.0f})",
    "label_frequency_score": "frequency score {v:.0f} of 5 (median {m:.0f})",
    "label_monetary_score": "monetary score {v:.0f} of 5 (median {m:.0f})",
    "label_group": "{v:.0f} RFM groups bought more lately than theirs (median {m:.0f})",
    "label_cluster": "{v:.0f} clusters bought more lately than theirs (median {m:.0f})",
}
PATTERNS = (
    (r"orders_(\d+)d", "{v:,.0f} orders in the last {n} days (median {m:,.0f})"),
    (r"order_days_(\d+)d", "bought on {v:,.0f} of the last {n} days (median {m:,.0f})"),
    (r"spend_(\d+)d", "spent {v_money} in the last {n} days (median {m_money})"),
    (r"span_days_(\d+)", "the last {n} buying days span {v:,.0f} days (median {m:,.0f})"),
)


def plain(amount: float) -> str:
    """Money where the shop's currency is not known."""
    return f"{amount:,.0f}"


def sentence(name: str, value: float, median: float, gap: float, *, money: Written = plain) -> str:
    """``gap``: the customer's own mean days between orders, NaN where there is but one day."""
    if name == "recency_days":
        if gap != gap:
            return f"{_days(value)} since the only order day"
        return f"{_days(value)} since the last order, usually {gap:,.0f}"
    if name in PLAIN:
        return _filled(PLAIN[name], value, median, money)
    for pattern, words in PATTERNS:
        found = re.fullmatch(pattern, name)
        if found:
            return _filled(words, value, median, money, n=found[1])
    if name.startswith(CHANNEL):
        where = name.removeprefix(CHANNEL).replace("_", " ")
        return f"{value:.0%} of orders by {where} (median {median:.0%})"
    return f"{name} is {value:,.2f} (median {median:,.2f})"


def _filled(words: str, value: float, median: float, money: Written, n: str = "") -> str:
    if "money}" in words:
        return words.format(v_money=money(value), m_money=money(median), n=n)
    return words.format(v=value, m=median, n=n)


def _days(value: float) -> str:
    return f"{value:,.0f} day" if round(value) == 1 else f"{value:,.0f} days"
