"""Purchases that may happen, and which of them do: until dropout, as campaigns would have it."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.processes import Habits
from analytics.simulation.tables import Bools, Floats, Ints, Table

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Purchases(Table):
    """One row a purchase that happens unless its customer has dropped out or a campaign prevents
    it; campaigns are told by their place in the options.

    times: operational; added_by: -1 where it needs no campaign; prevented_by: NEVER where by none.
    """

    customer: Ints
    times: Floats
    added_by: Ints
    prevented_by: Ints

    @classmethod
    def by_habit(cls, customer: Ints, times: Floats) -> "Purchases":
        return cls.added(customer, times, -1)

    @classmethod
    def added(cls, customer: Ints, times: Floats, by: int) -> "Purchases":
        same = np.ones(customer.size, dtype=np.int64)
        return cls(customer, times, by * same, NEVER * same)


def happen(possible: Purchases, most: Ints, upto: int) -> Bools:
    """Which rows happen if the campaigns up to the place ``upto`` are run, and none later.

    ``most``: of each customer until dropout, the first purchase included.
    """
    rows = np.flatnonzero((possible.added_by <= upto) & (possible.prevented_by > upto))
    customer = possible.customer[rows]
    by_time = np.lexsort((possible.times[rows], customer))
    rows, customer = rows[by_time], customer[by_time]
    chosen = np.zeros(len(possible), dtype=bool)
    chosen[rows[until_dropout(customer, most)]] = True
    return chosen


def until_dropout(customer: Ints, most: Ints) -> Bools:
    """Which of these purchases are among the first ``most`` of their customer.

    customer: ascending, and by time within a customer.
    """
    count = np.bincount(customer, minlength=most.size)
    place = np.arange(customer.size) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(place < most[customer])


@dataclass(frozen=True)
class Past:
    """Purchases of the history, the first ones included, and how they left each customer."""

    customer: Ints  # (purchases,)
    times: Floats  # (purchases,), operational
    count: Ints  # (customers,)
    last: Floats  # (customers,), operational; of no meaning without a purchase
    left: Ints  # (customers,): purchases still to be made before dropout; 0 without a purchase


def past_of(habits: Habits, made: Purchases) -> Past:
    """``made``: what happened."""
    count = np.bincount(made.customer, minlength=len(habits))
    last = habits.joined.copy()
    np.maximum.at(last, made.customer, made.times)
    return Past(made.customer, made.times, count, last, in_all(habits) - count)


def in_all(habits: Habits) -> Ints:
    """Purchases of each customer until dropout; 0 for whoever never buys."""
    return np.where(habits.buys, habits.purchases_in_all, 0)
