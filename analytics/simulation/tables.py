"""Tables as dataclasses of equally long numpy arrays, and the tables that a simulation answers."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Table:
    """Rows are positions: every field has the same first dimension."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """These rows, by position or by mask."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def stacked(cls, *parts: Self) -> Self:
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )


@dataclass(frozen=True)
class Products(Table):
    """One row a product; ``price_minor`` is the list price in minor units."""

    name: Texts
    department: Texts
    category: Texts
    brand: Texts
    price_minor: Ints


@dataclass(frozen=True)
class Customers(Table):
    """One row a customer; regions and acquisition channels are positions in people.py's names."""

    region: Ints
    acquisition_channel: Ints
    joined_at: Moments  # datetime64[D]
    birth_date: Moments  # datetime64[D]


@dataclass(frozen=True)
class Consents(Table):
    """One row a customer and channel; ``channel`` is a position in people.CONSENT_CHANNELS."""

    customer: Ints
    channel: Ints
    granted: Bools
    at: Moments  # datetime64[s], local wall clock


@dataclass(frozen=True)
class Orders(Table):
    """One row a purchase or return, by time. ``number`` counts on through the future.

    ``channel`` is a position in people.CHANNELS, ``store`` a store's number or -1 online;
    ``value_minor`` is the sum of the lines; ``returns_order`` the number of the purchase that is
    brought back, -1 for a purchase.
    """

    number: Ints
    customer: Ints
    at: Moments  # datetime64[s], local wall clock
    channel: Ints
    store: Ints
    value_minor: Ints
    returns_order: Ints


@dataclass(frozen=True)
class Lines(Table):
    """One row an order line; ``order`` is a position in the orders of the same activity.

    ``amount_minor`` is net of ``discount_minor``; a return has a negative quantity and amount.
    """

    order: Ints
    line_number: Ints
    product: Ints
    quantity: Ints
    amount_minor: Ints
    discount_minor: Ints
    returned: Bools


@dataclass(frozen=True)
class Activity:
    """What was bought and brought back in a stretch of time."""

    orders: Orders
    lines: Lines
