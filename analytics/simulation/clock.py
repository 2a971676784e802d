"""The shop's clock: calendar effects as a time-warp of a Poisson process.

In operational time u purchases come at a constant rate. Calendar time t (days since the start) is
mapped by u(t) = ∫₀ᵗ s(x) dx, with s = year(day) · weekday(day) · hour(time of day). Each factor has
mean 1 over its own period, so rates keep their meaning of "purchases a day"; at seasonality 0 and
daily rhythm 0, u = t and waiting times are plainly exponential.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.options import ShopOptions

Floats = npt.NDArray[np.float64]

DAY_SECONDS = 86_400
YEAR_DAYS = 365.25
YEAR_STRENGTH = 0.25
PEAK_DAY = 340.0  # early December
# Monday to Sunday; the mean is 1.
WEEKDAYS = np.array([0.90, 0.85, 0.90, 0.95, 1.15, 1.35, 0.90])
# Relative weights of the hours 0 to 23; nobody buys from 22 to 7.
HOURS = np.array([0] * 7 + [2, 4, 6, 8, 9, 9, 7, 6, 7, 9, 11, 10, 7, 4, 2, 0, 0], dtype=float)


@dataclass(frozen=True)
class Clock:
    """``first_day``: days since 1970-01-01 at which t and u are 0."""

    first_day: int
    seasonality: float
    daily_rhythm: float

    def day_factors(self, days: int) -> Floats:
        """s of the first ``days`` days, each averaged over the day: (days,)."""
        day = self.first_day + np.arange(days)
        turn = 2 * np.pi * (day - PEAK_DAY) / YEAR_DAYS
        year = 1 + self.seasonality * YEAR_STRENGTH * np.cos(turn)
        # 1970-01-01 was a Thursday, weekday 3.
        week = 1 + self.seasonality * (WEEKDAYS[(day + 3) % 7] - 1)
        return np.asarray(year * week, dtype=np.float64)

    def elapsed(self, start: int, stop: int) -> float:
        """Operational days between two whole days since the start."""
        return float(self.day_factors(stop)[start:].sum())

    def seconds(self, operational: Floats, days: int) -> npt.NDArray[np.int64]:
        """u → whole seconds since the start, below days · 86,400."""
        hour = 1 + self.daily_rhythm * (HOURS / HOURS.mean() - 1)
        rise = (self.day_factors(days)[:, None] * hour / hour.size).ravel()
        reached = np.concatenate([[0.0], np.cumsum(rise)])
        # Hours without sales are flat: both their ends would answer to the same u.
        moves = np.concatenate([[True], rise > 0])
        hours = _between(operational, reached, np.arange(reached.size), moves)
        most = days * DAY_SECONDS - 1
        return np.minimum((hours * 3_600).astype(np.int64), most)


def clock_of(options: ShopOptions) -> Clock:
    first_day = (np.datetime64(options.end_day, "D") - options.days).astype(np.int64)
    return Clock(int(first_day), options.seasonality, options.daily_rhythm)


def _between(
    u: Floats, reached: Floats, knots: npt.NDArray[np.int64], moves: npt.NDArray[np.bool_]
) -> Floats:
    """Inverse of the piecewise linear u: the hour in which u falls, and how far into it."""
    rising = np.flatnonzero(moves)[1:]
    place = np.minimum(np.searchsorted(reached[rising], u, side="right"), rising.size - 1)
    end = rising[place]
    share = (u - reached[end - 1]) / (reached[end] - reached[end - 1])
    return np.asarray(knots[end - 1] + np.clip(share, 0.0, 1.0 - 1e-9), dtype=np.float64)
