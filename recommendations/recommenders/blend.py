"""What all sources say together, by weights that were learnt on the shop's own past weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from analytics.logistic import fit_logistic
from core.contracts.recommender import Arrays, Floats, Interactions, Recommender
from recommendations.candidates import FEATURES, Candidates, Sources

Goal = Literal["repeat", "discover"]
GOALS: tuple[Goal, ...] = ("repeat", "discover")
# What may be said to have put a product forward that the customer never bought.
SPEAKING = ("matrix_factorisation", "item_neighbours", "popular_recent")
# Below every candidate: what no source has put forward follows by its popularity.
FLOOR = -1e3
# For shops with too few past weeks to learn from: logarithms of rates, the constant last.
FIXED: dict[Goal, dict[str, float]] = {
    "repeat": {"rate_120": 1.0, "popular": 0.2, "factorisation": 0.1, "constant": -1.5},
    "discover": {"popular": 0.3, "factorisation": 0.7, "trend": 0.5, "neighbours": 0.2,
                 "constant": -3.0},
}  # fmt: skip


@dataclass(frozen=True)
class Lesson:
    """Candidates as of a past day, and which of them were bought in the days after it.

    ``products`` is how many each customer bought: all of them, and the new ones, candidate or not.
    """

    candidates: Candidates
    happened: Any
    truths: dict[Goal, Any]
    customers: int

    def of_goal(self, goal: Goal) -> Any:
        """Rows of candidates that a goal may put forward."""
        if goal == "discover":
            return ~self.candidates.bought
        return np.ones(len(self.happened), bool)


@dataclass(frozen=True)
class Blend(Recommender):
    """The chance that a customer who comes in the next days buys the product, by one logistic
    regression a goal over what the sources say; ``discover`` leaves out what was ever bought."""

    key: ClassVar[str] = "blend"
    goal: Goal = "repeat"
    sources: Sources = field(default=Sources())
    horizon: int = 28
    # How many windows of so many days before as_of the weights are learnt from.
    windows: int = 2
    # Customers of each window that are learnt from, drawn by the seed.
    sample: int = 1_000
    # Fewer purchases than this in the windows teach nothing: the weights are FIXED.
    least: int = 300
    each_nth: int = 4
    ridge: float = 1.0
    seed: int = 0
    # Weights by goal that were learnt before, a number a feature and the constant; None: learn.
    learnt: Mapping[Goal, tuple[float, ...]] | None = None

    def fit(self, interactions: Interactions) -> Arrays:
        lessons = [] if self.learnt else self.lessons(interactions, self.windows)
        known: Mapping[Goal, Any] = self.learnt or {g: self.learn(lessons, g) for g in GOALS}
        weights = {f"weights.{goal}": np.array(known[goal], np.float32) for goal in GOALS}
        return {**self.sources.fit(interactions), **weights}

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        return self.scores_of(arrays, histories, self.sources.candidates(arrays, histories))

    def scores_of(
        self, arrays: Mapping[str, Any], histories: Interactions, found: Candidates
    ) -> Floats:
        popular = np.asarray(arrays["popular"])
        sold = np.asarray(arrays["item_neighbours.sold"])
        row = np.where(sold, FLOOR + popular, -np.inf).astype(np.float32)
        full = np.tile(row, (histories.customers, 1))
        full[found.customer, found.product] = log_odds(arrays, found, self.goal)
        if self.goal == "discover":
            pairs = histories.pairs()
            full[pairs.customer, pairs.product] = -np.inf
        return full

    def speaking(
        self, arrays: Mapping[str, Any], histories: Interactions, found: Candidates
    ) -> dict[tuple[int, int], str]:
        """By customer and product, the source that lifts it most above the customer's others."""
        told = found.features * np.asarray(arrays[f"weights.{self.goal}"])[:-1]
        fresh = ~found.bought
        count = np.maximum(np.bincount(found.customer[fresh], minlength=histories.customers), 1)
        lifts = []
        for source in SPEAKING:
            sums = told[:, [one == source for one in FEATURES.values()]].sum(axis=1)
            mean = np.bincount(found.customer[fresh], sums[fresh], histories.customers) / count
            lifts.append(sums - mean[found.customer])
        best = np.argmax(np.stack(lifts), axis=0)
        keys = zip(found.customer.tolist(), found.product.tolist(), strict=True)
        return {key: SPEAKING[n] for key, n in zip(keys, best.tolist(), strict=True)}

    def lessons(self, interactions: Interactions, windows: int) -> list[Lesson]:
        """The latest windows first; as many as the past has, each with a window to learn from."""
        if not len(interactions.day):
            return []
        first = int(interactions.day.min())
        origins = [interactions.as_of - self.horizon * (n + 1) for n in range(windows)]
        return [
            self.lesson(interactions, origin)
            for origin in origins
            if origin - first >= self.horizon
        ]

    def lesson(self, interactions: Interactions, origin: int) -> Lesson:
        past = interactions.before(origin)
        arrays = self.sources.fit(past)
        return self.lesson_of(arrays, past, interactions)

    def lesson_of(
        self, arrays: Mapping[str, Any], past: Interactions, later: Interactions
    ) -> Lesson:
        """What models of ``past`` would have put forward, beside what was bought after it."""
        after = (later.day >= past.as_of) & (later.day < past.as_of + self.horizon)
        key = later.customer[after].astype(np.int64) * past.products + later.product[after]
        known = np.flatnonzero(np.diff(past.starts) > 0)
        bought = np.unique(key)
        came = np.intersect1d(np.unique(bought // past.products), known)
        dice = np.random.default_rng(self.seed)
        chosen = np.sort(dice.permutation(came)[: self.sample])
        found = self.sources.candidates(arrays, past.rows(chosen))
        wanted = chosen[found.customer] * past.products + found.product
        pairs = past.pairs()
        before = pairs.customer.astype(np.int64) * past.products + pairs.product
        fresh = np.setdiff1d(bought, before, assume_unique=True)
        wanted_by: tuple[tuple[Goal, Any], ...] = (("repeat", bought), ("discover", fresh))
        truths = {
            goal: np.bincount(keys // past.products, minlength=past.customers)[chosen]
            for goal, keys in wanted_by
        }
        return Lesson(found, np.isin(wanted, bought), truths, len(chosen))

    def learn(self, lessons: Sequence[Lesson], goal: Goal) -> Floats:
        """One number a feature and the constant, learnt from all lessons together."""
        happened = np.concatenate(
            [np.empty(0, bool), *(one.happened[one.of_goal(goal)] for one in lessons)]
        )
        if happened.sum() < self.least:
            return fixed(goal)
        features = np.concatenate([one.candidates.features[one.of_goal(goal)] for one in lessons])
        # Each n-th of what was not bought says as much in an n-th of the time.
        nth = self.each_nth if happened.sum() >= self.each_nth * self.least else 1
        kept = happened | (np.arange(len(happened)) % nth == 0)
        model = fit_logistic(features[kept], happened[kept], ridge=self.ridge)
        constant = model.intercept - np.log(nth)
        return np.append(model.weights, constant).astype(np.float32)


def fixed(goal: Goal) -> Floats:
    named = FIXED[goal]
    return np.array([named.get(name, 0.0) for name in (*FEATURES, "constant")], np.float32)


def log_odds(arrays: Mapping[str, Any], found: Candidates, goal: Goal) -> Floats:
    return weighted(np.asarray(arrays[f"weights.{goal}"]), found)


def weighted(weights: Any, found: Candidates) -> Floats:
    told: Floats = found.features @ weights[:-1] + weights[-1]
    return told
