"""What changed: the last days beside the days before them, like days with like."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from analytics.experiments.power import student_quantile

Floats = npt.NDArray[np.float64]
LEVEL = 0.95
WEEKDAYS = 7


@dataclass(frozen=True)
class Changes:
    """One figure a row: sums of the last days, what the same days usually bring, and the change.

    ``change`` is now ÷ usual − 1, NaN where nothing was usual; ``low`` to ``high`` its interval.
    """

    now: Floats
    usual: Floats
    change: Floats
    low: Floats
    high: Floats

    @property
    def sure(self) -> npt.NDArray[np.bool_]:
        """Where the interval leaves zero out."""
        return np.isfinite(self.change) & ((self.low > 0) | (self.high < 0))


def changes(
    values: Floats,
    days: Sequence[date],
    now: Sequence[date],
    before: Sequence[date],
    *,
    rows: int = 0,
) -> Changes:
    """``values``: rows × ``days``; ``now`` and ``before`` are those of the days the shop was open.

    usual = Σ over the days of now of the mean of that weekday before; a day of now whose weekday
    was not there before is left out. The interval is Student's, from the spread of single days
    around their weekday's mean, as wide as ``rows`` comparisons at once need (Bonferroni).
    """
    place = {day: at for at, day in enumerate(days)}
    past = values[:, [place[day] for day in before]]
    weekday = np.array([day.weekday() for day in before], int)
    n = np.bincount(weekday, minlength=WEEKDAYS)
    sums = np.stack([past[:, weekday == w].sum(axis=1) for w in range(WEEKDAYS)], axis=1)
    means = sums / np.maximum(n, 1)
    alike = [day for day in now if n[day.weekday()]]
    times = np.bincount([day.weekday() for day in alike], minlength=WEEKDAYS)
    current = values[:, [place[day] for day in alike]].sum(axis=1)
    usual = means @ times
    freedom = len(before) - int((n > 0).sum())
    spread = past - means[:, weekday] if len(before) else past
    variance = np.square(spread).sum(axis=1) / max(freedom, 1)
    error = np.sqrt(variance * (times.sum() + (times**2 / np.maximum(n, 1)).sum()))
    share = 1 - (1 - LEVEL) / 2 / max(rows or len(values), 1)
    reach = student_quantile(share, freedom) if freedom >= 1 else np.inf
    base = np.where(usual > 0, usual, np.nan)
    change = current / base - 1
    return Changes(
        current, usual, change, change - reach * error / base, change + reach * error / base
    )
