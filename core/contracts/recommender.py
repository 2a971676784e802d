"""The contract of a recommender: purchases in, a score for each customer and product out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ProductFacts:
    """What is known of each product beside its sales, by position; an empty text is unknown."""

    names: tuple[str, ...]
    categories: tuple[str, ...]
    brands: tuple[str, ...]

    @classmethod
    def unknown(cls, products: int) -> "ProductFacts":
        nothing = ("",) * products
        return cls(nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Interactions:
    """One entry for each customer, product and day with a purchase, all before ``as_of``.

    ``customer`` and ``product`` are positions, ``day`` and ``as_of`` ordinals of dates. Entries are
    distinct and sorted by customer, product and day: made with ``of``.
    """

    customer: Ints
    product: Ints
    day: Ints
    customers: int
    facts: ProductFacts
    as_of: int

    @classmethod
    def of(
        cls, customer: Any, product: Any, day: Any, *, customers: int, facts: ProductFacts,
        as_of: int,
    ) -> "Interactions":  # fmt: skip
        """From purchases in any order, with repeats; what comes after ``as_of`` is left out."""
        table = np.stack([np.asarray(a, np.int32) for a in (customer, product, day)], axis=1)
        table = table[table[:, 2] <= as_of]
        order = np.lexsort((table[:, 2], table[:, 1], table[:, 0]))
        table = table[order]
        fresh = np.ones(len(table), bool)
        fresh[1:] = (table[1:] != table[:-1]).any(axis=1)
        columns = np.ascontiguousarray(table[fresh].T)
        return cls(columns[0], columns[1], columns[2], customers, facts, as_of)

    @property
    def products(self) -> int:
        return len(self.facts)

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Customer c has the entries starts[c] … starts[c + 1] − 1."""
        return np.searchsorted(self.customer, np.arange(self.customers + 1))

    @cached_property
    def pair_starts(self) -> npt.NDArray[np.int64]:
        fresh = np.ones(len(self.customer), bool)
        fresh[1:] = (np.diff(self.customer) != 0) | (np.diff(self.product) != 0)
        return np.flatnonzero(fresh)

    def weights(self, half_life: float | None = None) -> Floats:
        """1 for each entry, halved for every half-life that has passed since."""
        if half_life is None:
            return np.ones(len(self.day), np.float32)
        age = (self.as_of - self.day).astype(np.float32)
        return np.exp2(-age / np.float32(half_life))

    def pairs(self, half_life: float | None = None) -> "Pairs":
        """The sum of the weights of each customer and product."""
        if not len(self.customer):
            return Pairs(self.customer, self.product, np.empty(0, np.float32), self.customers)
        first = self.pair_starts
        count = np.add.reduceat(self.weights(half_life), first)
        return Pairs(self.customer[first], self.product[first], count, self.customers)

    def rows(self, rows: Any) -> "Interactions":
        """Some customers only, renumbered in the order of ``rows``; −1 is somebody unknown."""
        chosen = np.asarray(rows, np.int64)
        known = np.maximum(chosen, 0)
        starts = np.append(self.starts, self.starts[-1])
        length = np.where(chosen < 0, 0, starts[known + 1] - starts[known])
        new = np.repeat(np.arange(len(chosen)), length)
        offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        at = np.repeat(starts[known], length) + offset
        return Interactions(
            new.astype(np.int32), self.product[at], self.day[at], len(chosen), self.facts,
            self.as_of,
        )  # fmt: skip

    def before(self, day: int) -> "Interactions":
        """What was known when ``day`` began."""
        kept = self.day < day
        return Interactions(
            self.customer[kept], self.product[kept], self.day[kept], self.customers, self.facts,
            day,
        )  # fmt: skip

    @cached_property
    def buyers(self) -> npt.NDArray[np.int64]:
        """How many customers have bought each product; what nobody bought is recommended by none"""
        return np.bincount(self.pairs().product, minlength=self.products)


@dataclass(frozen=True)
class Pairs:
    """A number for each customer and product with a purchase, sorted by customer and product."""

    customer: Ints
    product: Ints
    value: Floats
    customers: int

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.customer, np.arange(self.customers + 1))

    def row(self, customer: int) -> tuple[Ints, Floats]:
        here = slice(self.starts[customer], self.starts[customer + 1])
        return self.product[here], self.value[here]

    def dense(self, products: int) -> Floats:
        full = np.zeros((self.customers, products), np.float32)
        full[self.customer, self.product] = self.value
        return full


@dataclass(frozen=True)
class Recommender(ABC):
    """One way to recommend. Options are fields; the same input gives the same arrays.

    ``fit`` learns about products only and keeps nothing about a person: what it knows of a customer
    it is told when it scores. So an unknown customer is one without purchases, and new orders count
    at once. ``scores`` needs numpy alone and reads the arrays where they lie, mapped or not.
    A product that nobody has bought scores −inf, unless ``new_products`` says otherwise.
    """

    key: ClassVar[str]
    new_products: ClassVar[bool] = False

    @abstractmethod
    def fit(self, interactions: Interactions) -> Arrays:
        """Arrays ready for safetensors."""

    @abstractmethod
    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        """customers of ``histories`` × products; more is better, −inf is never recommended."""
