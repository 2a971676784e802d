"""Recency, frequency and monetary value: stored thresholds, scores 1 to 5, and named groups.

Definitions: cuts are numpy's linear quantiles .2 .4 .6 .8; a score is 1 plus the number of cuts
strictly below the value, and for recency 5 minus that number; FM is the mean of the frequency and
monetary scores, rounded half up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scores = npt.NDArray[np.int16]
# {R: {FM: group}}, for R and FM 1 to 5.
GroupTable = Mapping[int, Mapping[int, str]]

QUANTILES = (0.2, 0.4, 0.6, 0.8)
PROSPECTS = "Prospects"
DIMENSIONS = ("recency_days", "purchase_frequency", "purchase_monetary_value")

DEFAULT_GROUPS: dict[int, dict[int, str]] = {
    5: {5: "Champions", 4: "Champions", 3: "Active", 2: "Active", 1: "New"},
    4: {5: "Loyal", 4: "Loyal", 3: "Active", 2: "Active", 1: "Promising"},
    3: {5: "Loyal", 4: "Loyal", 3: "Needs attention", 2: "Needs attention", 1: "Promising"},
    2: {5: "Previously loyal", 4: "At risk", 3: "At risk", 2: "Almost lost", 1: "Almost lost"},
    1: {5: "Previously loyal", 4: "At risk", 3: "At risk", 2: "Dormant", 1: "Dormant"},
}


class IncompleteGroupTable(ValueError):
    """A pair of scores has no group, so a customer would have none."""


@dataclass(frozen=True)
class Thresholds:
    """Four cuts a dimension, ascending; equal cuts each count."""

    recency_days: tuple[float, ...]
    purchase_frequency: tuple[float, ...]
    purchase_monetary_value: tuple[float, ...]

    def moved(self, factor: float) -> "Thresholds":
        """All cuts multiplied, as a question of how much hangs on them."""
        return Thresholds(*(tuple(cut * factor for cut in getattr(self, d)) for d in DIMENSIONS))


@dataclass(frozen=True)
class Scored:
    """Scores per customer in the order of the input; 0 where there is no recency."""

    recency_score: Scores
    frequency_score: Scores
    monetary_score: Scores
    group: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Sureness:
    """How much the groups hang on where the cuts lie."""

    at_a_threshold: int
    # Of the customers with a recency: no threshold can move the others.
    share_renamed: float
    # group → (smallest, largest) size when every cut moves by ±10 %.
    size_range: dict[str, tuple[int, int]]


def thresholds(recency: Floats, frequency: Floats, monetary: Floats) -> Thresholds:
    """Cuts over the customers with a recency; NaN is no value. Raises ValueError for none."""
    known = ~np.isnan(recency)
    if not known.any():
        raise ValueError("no customer has a recency")
    values = (recency[known], frequency[known], monetary[known])
    return Thresholds(*(tuple(map(float, np.quantile(_zero(v), QUANTILES))) for v in values))


def score(
    recency: Floats, frequency: Floats, monetary: Floats, cuts: Thresholds, groups: GroupTable
) -> Scored:
    """Scores and group of each customer. Frequency and money that are missing count as 0."""
    complete(groups)
    known = ~np.isnan(recency)
    r = np.where(known, 5 - _cuts_below(_zero(recency), cuts.recency_days), 0).astype(np.int16)
    f = _scores(frequency, cuts.purchase_frequency, known)
    m = _scores(monetary, cuts.purchase_monetary_value, known)
    names = np.full((6, 6), PROSPECTS, dtype=object)
    for recency_score, row in groups.items():
        for fm_score, name in row.items():
            names[recency_score, fm_score] = name
    # Half up: (3 + 4 + 1) // 2 = 4.
    fm = (f + m + 1) // 2
    return Scored(r, f, m, names[r, fm].astype(str))


def sureness(
    recency: Floats, frequency: Floats, monetary: Floats, cuts: Thresholds, groups: GroupTable
) -> Sureness:
    """What would change if every threshold moved by ±10 %."""
    now = score(recency, frequency, monetary, cuts, groups)
    moved = [score(recency, frequency, monetary, cuts.moved(by), groups).group for by in (0.9, 1.1)]
    renamed = np.any([group != now.group for group in moved], axis=0)
    known = ~np.isnan(recency)
    names = sorted({name for row in groups.values() for name in row.values()})
    sizes = {n: [int((group == n).sum()) for group in (now.group, *moved)] for n in names}
    return Sureness(
        at_a_threshold=_at_a_threshold((recency, frequency, monetary), cuts),
        share_renamed=float(renamed[known].mean()) if known.any() else 0.0,
        size_range={name: (min(counts), max(counts)) for name, counts in sizes.items()},
    )


def complete(groups: GroupTable) -> None:
    """Raise IncompleteGroupTable unless each pair of scores 1 to 5 has a name."""
    for r in range(1, 6):
        for fm in range(1, 6):
            if not groups.get(r, {}).get(fm):
                raise IncompleteGroupTable(f"no group for recency score {r} and FM score {fm}")


def _scores(values: Floats, cuts: tuple[float, ...], known: npt.NDArray[np.bool_]) -> Scores:
    return np.where(known, 1 + _cuts_below(_zero(values), cuts), 0).astype(np.int16)


def _cuts_below(values: Floats, cuts: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """Number of cuts strictly below each value."""
    return np.searchsorted(np.asarray(cuts), values, side="left")


def _at_a_threshold(values: tuple[Floats, ...], cuts: Thresholds) -> int:
    """Customers with a value exactly at one of its cuts."""
    at = [np.isin(column, getattr(cuts, d)) for column, d in zip(values, DIMENSIONS, strict=True)]
    return int(np.any(at, axis=0).sum())


def _zero(values: Floats) -> Floats:
    return np.nan_to_num(values, nan=0.0)
