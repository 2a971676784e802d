"""Why a product is recommended, in words that the customer's own purchases bear out."""

from collections.abc import Sequence
from datetime import date
from statistics import median


def reason_for(source: str, days: Sequence[date], category: str | None, because: str | None) -> str:
    """``days``: when the customer bought the product; ``because``: what they bought instead."""
    if days:
        return rhythm(sorted(set(days)))
    if source == "content":
        return f"like what you buy in category {category}" if category else "like what you buy"
    if because and source != "popular_recent":
        return f"because you bought {because}"
    return "popular this month"


def rhythm(days: Sequence[date]) -> str:
    """The median gap between the days of purchase; of a single one, its date."""
    if len(days) == 1:
        return f"you bought this on {days[0].isoformat()}"
    gap = median((b - a).days for a, b in zip(days, days[1:], strict=False))
    return f"you buy this every {_span(gap)}"


def _span(gap: float) -> str:
    for size, word in ((1, "day"), (7, "week"), (30, "month")):
        if gap < {1: 11, 7: 60, 30: float("inf")}[size]:
            number = max(1, round(gap / size))
            return word if number == 1 else f"{number} {word}s"
    raise AssertionError(gap)
