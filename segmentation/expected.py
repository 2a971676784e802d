"""What is expected of a group, and what to do about it: the end of its row on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from core.formats import of_100
from segmentation.models import Segment, SegmentKind

AXIS = 240.0
# Of fewer customers the share says too little.
ENOUGH = 30
# 95 of 100 values of a normal distribution lie this many deviations around its middle.
NORMAL_95 = 1.96
ACTIONS = {
    "Champions": "Leave them alone: no discount needed",
    "Loyal": "Ask for a review; early access, no discount",
    "Active": "Suggest a category they never bought",
    "Promising": "A reason for a second order soon",
    "New": "A welcome, and a second order soon",
    "Needs attention": "Ask what they miss before any offer",
    "Previously loyal": "Call those who spent most first",
    "At risk": "An offer with an end, against a control group",
    "Almost lost": "One reminder; wait for its result",
    "Dormant": "One last letter, then stop writing",
    "Prospects": "Make the first order easy",
}


@dataclass(frozen=True)
class Chance:
    """The predicted share of a group that will not buy in the horizon, and its 95 % interval.

    The interval is of how many of these customers leave where each leaves by their own probability
    (Poisson binomial, by its normal approximation); that the probabilities are right is not in it.
    """

    customers: int
    share: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        return self.customers >= ENOUGH


def chance(customers: int, total: float, variance: float) -> Chance | None:
    """From the sum of the probabilities p, and of p (1 − p); None where nobody has one."""
    if not customers:
        return None
    low, high = range_of_sum(total, variance, customers)
    return Chance(customers, total / customers, low / customers, high / customers)


def range_of_sum(total: float, variance: float, most: int) -> tuple[float, float]:
    """The 95 % interval of how many of ``most`` leave, from the sums of p and of p (1 − p)."""
    doubt = NORMAL_95 * sqrt(max(variance, 0.0))
    return max(total - doubt, 0.0), min(total + doubt, float(most))


def expected_row(of: Chance | None, everybody: float | None) -> dict[str, Any]:
    """What the whisker draws, and the words beside it; the mean of all is its grey line."""
    if of is None:
        return {}
    at = {
        "zero": _at(everybody if everybody is not None else 0.0),
        "low": _at(of.low),
        "high": _at(of.high),
        "width": f"{max((of.high - of.low) * AXIS, 1.0):.1f}",
        "here": _at(of.share),
    }
    words = of_100(of.share) if of.enough else "too few to say"
    span = f"{of_100(of.low)}–{of_100(of.high)}" if of.enough else ""
    return {"at": at, "share": words, "range": span, "sure": "yes" if of.enough else ""}


def mean_of(chances: Sequence[Chance | None]) -> float | None:
    """The share of everybody, from those of the groups."""
    known = [one for one in chances if one]
    many = sum(one.customers for one in known)
    return sum(one.share * one.customers for one in known) / many if many else None


def action(segment: Segment) -> str:
    """What is usually done about a group; nothing for clusters and names of the shop's own."""
    return ACTIONS.get(segment.name, "") if segment.kind == SegmentKind.RFM else ""


def _at(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * (AXIS - 2) + 1:.1f}"
