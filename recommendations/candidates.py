"""What might be recommended to each customer, and what is known of each such pair as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.topk import top_k
from core.contracts.recommender import Arrays, Floats, Interactions
from recommendations.recommenders.item_neighbours import ItemNeighbours
from recommendations.recommenders.matrix_factorisation import MatrixFactorisation
from recommendations.recommenders.popular_recent import popularity

# The half-lives by which a customer's own purchases are counted: a month, a season, all time.
OWN = (30.0, 120.0, 1000.0)
# Each column and the source that it speaks for.
FEATURES = {
    "rate_30": "personal_rate", "rate_120": "personal_rate", "rate_1000": "personal_rate",
    "days_since_last": "personal_rate", "days_since_first": "personal_rate",
    "bought": "personal_rate", "bought_again": "personal_rate", "due": "personal_rate",
    "silence_by_days": "personal_rate",
    "factorisation": "matrix_factorisation",
    "neighbours": "item_neighbours",
    "popular": "popular_recent", "trend": "popular_recent", "buyers": "popular_recent",
    "newly_bought": "popular_recent", "newly_bought_week": "popular_recent",
    "bought_again_by_all": "popular_recent",
    "activity": "",
}  # fmt: skip
BLOCK = 256


@dataclass(frozen=True)
class Candidates:
    """One row a customer and product, sorted by both; ``features`` are FEATURES, float32."""

    customer: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    bought: npt.NDArray[np.bool_]
    features: Floats


@dataclass(frozen=True)
class Sources:
    """The two models that find candidates, and how many products they choose from."""

    factorisation: MatrixFactorisation = MatrixFactorisation()
    neighbours: ItemNeighbours = ItemNeighbours()
    popular_half_life: float = 14.0
    # Only products among the best sold of late are put before somebody who never bought them.
    pool: int = 6_000
    by_factorisation: int = 120
    by_neighbours: int = 60
    by_popularity: int = 40
    # Of what the customer has bought, the most often and lately bought ones.
    by_habit: int = 200

    def fit(self, interactions: Interactions) -> Arrays:
        return {
            **_named("matrix_factorisation", self.factorisation.fit(interactions)),
            **_named("item_neighbours", self.neighbours.fit(interactions)),
            **product_facts(interactions, self.popular_half_life, self.pool),
        }

    def candidates(self, arrays: Mapping[str, Any], histories: Interactions) -> Candidates:
        """For each customer; blocks keep the memory small whatever the number of customers."""
        blocks = []
        for first in range(0, histories.customers, BLOCK):
            rows = np.arange(first, min(first + BLOCK, histories.customers))
            found = self._block(arrays, histories.rows(rows))
            blocks.append((found.customer + first, found.product, found.bought, found.features))
        if not blocks:
            none = np.empty(0, np.int64)
            return Candidates(none, none, none > 0, np.empty((0, len(FEATURES)), np.float32))
        return Candidates(*(np.concatenate(part) for part in zip(*blocks, strict=True)))

    def _block(self, arrays: Mapping[str, Any], histories: Interactions) -> Candidates:
        near = self.neighbours.scores(part(arrays, "item_neighbours"), histories)
        mine = self.factorisation.customers(part(arrays, "matrix_factorisation"), histories)
        own = Habits.of(histories)
        chosen = self._chosen(arrays, near, mine, own)
        customer, product = np.nonzero(chosen)
        items = np.asarray(arrays["matrix_factorisation.items"])
        columns = {
            **own.columns(customer, product, np.diff(histories.starts)),
            "factorisation": np.einsum("nf,nf->n", mine[customer], items[product]),
            "neighbours": near[customer, product],
            **{name: np.asarray(arrays[name])[product] for name in PRODUCT_FACTS},
        }
        for name in ("factorisation", "neighbours"):
            columns[name] = np.log(1e-3 + np.maximum(columns[name], 0))
        features = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
        return Candidates(customer, product, columns["bought"] > 0, features)

    def _chosen(self, arrays: Mapping[str, Any], near: Floats, mine: Floats, own: "Habits") -> Any:
        """customers × products: what each source finds, and what the customer buys."""
        pool = np.asarray(arrays["pool"])
        items = np.asarray(arrays["matrix_factorisation.items"])[pool]
        trend = np.exp(np.asarray(arrays["trend"])[pool] / 2)
        unknown = np.where(own.table(near.shape)[:, pool] > 0, -np.inf, 0)
        chosen = np.zeros(near.shape, bool)
        popular = np.broadcast_to(np.asarray(arrays["popular"])[pool], unknown.shape)
        for scores, k in (
            ((mine @ items.T) * trend, self.by_factorisation),
            (np.maximum(near[:, pool], 0) * trend, self.by_neighbours),
            (popular, self.by_popularity),
        ):
            at, _ = top_k(scores + unknown, k)
            row, place = np.nonzero(at >= 0)
            chosen[row, pool[at[row, place]]] = True
        kept = own.strongest(self.by_habit)
        chosen[own.customer[kept], own.product[kept]] = True
        return chosen


@dataclass(frozen=True)
class Habits:
    """What each customer has bought, one row a pair, sorted by customer and product."""

    customer: npt.NDArray[np.int32]
    product: npt.NDArray[np.int32]
    rates: tuple[Floats, ...]
    days: Floats
    last: Floats
    first: Floats

    @classmethod
    def of(cls, histories: Interactions) -> "Habits":
        pairs = histories.pairs()
        age = (histories.as_of - histories.day).astype(np.float32)
        start = histories.pair_starts
        last = np.minimum.reduceat(age, start) if len(start) else age
        first = np.maximum.reduceat(age, start) if len(start) else age
        rates = tuple(histories.pairs(half_life).value for half_life in OWN)
        return cls(pairs.customer, pairs.product, rates, pairs.value, last, first)

    def table(self, shape: tuple[int, ...]) -> Floats:
        full = np.zeros(shape, np.float32)
        full[self.customer, self.product] = self.days
        return full

    def strongest(self, k: int) -> npt.NDArray[np.int64]:
        """Rows of the k products that each customer buys most; ties to the lower position."""
        order = np.lexsort((self.product, -self.rates[1], self.customer))
        start = np.searchsorted(self.customer[order], self.customer[order])
        return order[np.arange(len(order)) - start < k]

    def columns(self, customer: Any, product: Any, activity: Any) -> dict[str, Any]:
        """The pair's numbers; of what was never bought those of a purchase long ago."""
        width = 1 + max(int(product.max(initial=0)), int(self.product.max(initial=0)))
        key = self.customer.astype(np.int64) * width + self.product
        wanted = customer.astype(np.int64) * width + product
        at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        there = key[at] == wanted if len(key) else np.zeros(len(wanted), bool)

        def told(values: Floats) -> Any:
            return np.where(there, values[at], 0) if len(key) else np.zeros(len(wanted))

        days, last, first = told(self.days), told(self.last), told(self.first)
        silence, often = np.log1p(last), np.log(days + 0.1)
        rates = {f"rate_{int(h)}": told(r) for h, r in zip(OWN, self.rates, strict=True)}
        return {
            **{name: np.log(rate + 0.01) for name, rate in rates.items()},
            "days_since_last": silence, "days_since_first": np.log1p(first),
            "bought": days > 0, "bought_again": days > 1,
            "due": np.minimum(last * days / np.maximum(first, 1), 10.0),
            "silence_by_days": silence * often,
            "activity": np.log(np.maximum(activity, 1))[customer],
        }  # fmt: skip


PRODUCT_FACTS = (
    "popular", "trend", "buyers", "newly_bought", "newly_bought_week", "bought_again_by_all",
)  # fmt: skip


def product_facts(interactions: Interactions, half_life: float, pool: int) -> Arrays:
    """Logarithms of how a product sells; ``pool`` are the products that may be put forward."""
    recent, always = popularity(interactions, half_life), popularity(interactions, None)
    season = popularity(interactions, 60.0)
    buyers = interactions.buyers
    start = interactions.pair_starts
    bought = interactions.product[start]
    age = (interactions.as_of - interactions.day[start]).astype(np.float32)
    newly = {
        days: np.bincount(bought, np.exp2(-age / days), minlength=interactions.products)
        for days in (7.0, half_life)
    }
    order = np.argsort(-season, kind="stable")[:pool]
    facts = {
        "popular": np.log(recent + 0.1),
        "trend": np.log((recent + 1) / (always + 1)),
        "buyers": np.log(np.maximum(always, 1)),
        "newly_bought": np.log(newly[half_life] + 0.1),
        "newly_bought_week": np.log(newly[7.0] + 0.1),
        "bought_again_by_all": (always - buyers) / (buyers + 5),
    }
    found: Arrays = {name: value.astype(np.float32) for name, value in facts.items()}
    return {**found, "pool": np.sort(order[buyers[order] > 0])}


def part(arrays: Mapping[str, Any], name: str) -> Arrays:
    """The arrays of one source, under their own names."""
    start = f"{name}."
    return {key.removeprefix(start): a for key, a in arrays.items() if key.startswith(start)}


def _named(name: str, arrays: Arrays) -> Arrays:
    return {f"{name}.{key}": array for key, array in arrays.items()}
