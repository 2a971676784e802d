"""Scores of surveys with their intervals."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from analytics.experiments.estimates import wilson

LEVEL = 0.95


@dataclass(frozen=True)
class Score:
    value: float
    low: float
    high: float
    answers: int


def net_promoter_score(*, promoters: int, passives: int, detractors: int) -> Score:
    """(promoters − detractors) ÷ answers in points, −100 to 100; the interval is adjusted Wald.

    Three answers are added, ¾ promoters, 1½ passives, ¾ detractors (Rocks 2016, "Interval
    estimation for the net promoter score"): few answers, and none at an end, keep their width.
    """
    n = promoters + passives + detractors
    m = n + 3
    up, down = (promoters + 0.75) / m, (detractors + 0.75) / m
    half = _reach() * sqrt((up + down - (up - down) ** 2) / m)
    middle = up - down
    return Score(
        100 * (promoters - detractors) / n,
        100 * max(-1.0, middle - half),
        100 * min(1.0, middle + half),
        n,
    )


def share_of(*, good: int, answers: int) -> Score:
    """A share in points of 100, with Wilson's interval."""
    low, high = wilson(good / answers, answers, _reach())
    return Score(100 * good / answers, 100 * low, 100 * high, answers)


def _reach() -> float:
    return NormalDist().inv_cdf(0.5 + LEVEL / 2)
