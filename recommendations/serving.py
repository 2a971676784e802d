"""A trained version as it answers: numpy over mapped arrays, no database, no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.topk import top_k
from core.contracts.recommender import Arrays, Interactions, ProductFacts, Recommender
from recommendations.candidates import Candidates, Sources, part
from recommendations.recommenders.blend import GOALS, Blend, Goal
from recommendations.recommenders.content import Content
from recommendations.recommenders.item_neighbours import ItemNeighbours
from recommendations.recommenders.matrix_factorisation import MatrixFactorisation
from recommendations.recommenders.personal_rate import PersonalRate
from recommendations.recommenders.popular_recent import PopularRecent

LIST_LENGTH = 100
METHODS: dict[str, type[Recommender]] = {
    cls.key: cls
    for cls in (Blend, Content, ItemNeighbours, MatrixFactorisation, PersonalRate, PopularRecent)
}
# Sources that can name the purchase they speak from.
PERSONAL = (MatrixFactorisation.key, ItemNeighbours.key)
# Products with fewer buyers are compared by their descriptions.
LEAST_BUYERS = 5


@dataclass(frozen=True)
class Ranking:
    """One customer's products by position, best first, with scores and the source of each."""

    products: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    sources: list[str]


@dataclass(frozen=True)
class Served:
    """``arrays`` under their method's name; product_pks ascend, so do catalogue_pks."""

    arrays: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @cached_property
    def product_pks(self) -> npt.NDArray[np.int64]:
        return np.asarray(self.arrays["product_pks"])

    @cached_property
    def blend(self) -> Blend:
        found = method_of(Blend.key, self.parameters["methods"][Blend.key])
        assert isinstance(found, Blend)
        return found

    @cached_property
    def items(self) -> Any:
        return self.arrays["blend.matrix_factorisation.items"]

    def method(self, goal: Goal) -> Recommender:
        key = self.parameters["promoted"][goal]
        method = method_of(key, self.parameters["methods"][key])
        return replace(method, goal=goal) if isinstance(method, Blend) else method

    def own(self, key: str) -> Arrays:
        return part(self.arrays, key) or part(self.arrays, f"blend.{key}")

    def history(self, products: Any, days: Any, as_of: int) -> Interactions:
        """One customer's purchases; products by position, days as ordinals."""
        nobody = np.zeros(len(products), np.int32)
        facts = ProductFacts.unknown(len(self.product_pks))
        return Interactions.of(nobody, products, days, customers=1, facts=facts, as_of=as_of)

    def rank(self, histories: Interactions, k: int = LIST_LENGTH) -> dict[Goal, list[Ranking]]:
        """The k best of each customer for each goal; candidates are looked for once."""
        found = self.blend.sources.candidates(self.own(Blend.key), histories)
        return {goal: self._ranked(histories, goal, k, found) for goal in GOALS}

    def _ranked(
        self, histories: Interactions, goal: Goal, k: int, candidates: Candidates
    ) -> list[Ranking]:
        method = self.method(goal)
        arrays = self.own(method.key)
        if isinstance(method, Blend):
            scores = method.scores_of(arrays, histories, candidates)
            speaking = method.speaking(arrays, histories, candidates)
        else:
            scores, speaking = method.scores(arrays, histories), {}
        pairs = histories.pairs()
        if goal == "discover":
            scores[pairs.customer, pairs.product] = -np.inf
        found, values = top_k(scores, k)
        sources = self._sources(method, histories, found, speaking)
        if isinstance(method, Blend):
            values = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
        return [
            Ranking(row[row >= 0], values[n][row >= 0].astype(np.float32), sources[n])
            for n, row in enumerate(found)
        ]

    def _sources(
        self, method: Recommender, histories: Interactions, found: Any,
        speaking: Mapping[tuple[int, int], str],
    ) -> list[list[str]]:  # fmt: skip
        """What was bought before comes from the customer's own rate; else what says most."""
        pairs = histories.pairs()
        named = []
        for customer, row in enumerate(found):
            mine = set(pairs.row(customer)[0].tolist())
            other = PopularRecent.key if isinstance(method, Blend | PersonalRate) else method.key
            named.append([
                PersonalRate.key if product in mine else speaking.get((customer, product), other)
                for product in row[row >= 0].tolist()
            ])  # fmt: skip
        return named

    def position(self, product_pk: int) -> int:
        """Where a product stands among those sold; −1 for others."""
        return place_of(self.product_pks, product_pk)

    def similar(self, product_pk: int, k: int) -> list[tuple[int, float, str]]:
        """(product_pk, likeness, source), best first: by who buys them, or by description."""
        at = self.position(product_pk)
        buyers = np.asarray(self.arrays["buyers"])
        if at >= 0 and buyers[at] >= LEAST_BUYERS and self.items[at].any():
            likeness = _cosine(np.asarray(self.items), at)
            likeness[buyers < LEAST_BUYERS] = -np.inf
            return self._best(likeness, at, k, self.product_pks, MatrixFactorisation.key)
        pks = np.asarray(self.arrays["catalogue_pks"])
        place = place_of(pks, product_pk)
        if place < 0:
            return []
        likeness = Content.likeness(part(self.arrays, "content"), place)
        return self._best(likeness, place, k, pks, Content.key)

    def together(self, product_pk: int, k: int) -> list[tuple[int, float, int]]:
        """(product_pk, lift, baskets with both), best first."""
        at = self.position(product_pk)
        if at < 0:
            return []
        start = self.arrays["together.start"]
        here = slice(int(start[at]), min(int(start[at]) + k, int(start[at + 1])))
        told = (self.arrays[f"together.{n}"][here].tolist() for n in ("target", "lift", "times"))
        return [(int(self.product_pks[t]), lift, n) for t, lift, n in zip(*told, strict=True)]

    def because(self, history: Interactions, product: int, source: str) -> int:
        """Position of the purchase that says most for a product; −1 where none does."""
        bought, value = history.pairs().row(0)
        if not len(bought):
            return -1
        if source == ItemNeighbours.key:
            told = self._neighbourly(history, product)
        else:
            model = self.blend.sources.factorisation
            told = model.because(self.own(MatrixFactorisation.key), history, product)
        best = int(np.argmax(told))
        return int(bought[best]) if told[best] > 0 else -1

    def _neighbourly(self, history: Interactions, product: int) -> Any:
        """What each purchase says for a product by their likeness."""
        arrays = self.own(ItemNeighbours.key)
        start, target, weight = (np.asarray(arrays[n]) for n in ("start", "target", "weight"))
        at, value = self.blend.sources.neighbours.inputs(history).row(0)
        length = start[at + 1] - start[at]
        owner = np.repeat(np.arange(len(at)), length)
        before = np.repeat(start[at] - (np.cumsum(length) - length), length)
        entries = before + np.arange(len(before))
        hit = target[entries] == product
        told = np.zeros(len(at))
        told[owner[hit]] = value[owner[hit]] * weight[entries[hit]]
        return told

    def _best(
        self, likeness: Any, own: int, k: int, pks: Any, source: str
    ) -> list[tuple[int, float, str]]:
        likeness[own] = -np.inf
        found, values = top_k(likeness[None, :].astype(np.float32), k)
        return [
            (int(pks[at]), float(value), source)
            for at, value in zip(found[0], values[0], strict=True)
            if at >= 0 and value > 0
        ]


def method_of(key: str, options: Mapping[str, Any]) -> Recommender:
    """A method from the options that a version keeps."""
    told = dict(options)
    if "sources" in told:
        inner = dict(told["sources"])
        inner["factorisation"] = MatrixFactorisation(**inner["factorisation"])
        inner["neighbours"] = ItemNeighbours(**inner["neighbours"])
        told["sources"] = Sources(**inner)
    return METHODS[key](**told)


def place_of(pks: Any, pk: int) -> int:
    at = int(np.searchsorted(pks, pk))
    return at if at < len(pks) and pks[at] == pk else -1


def _cosine(items: Any, at: int) -> Any:
    norm = np.maximum(np.linalg.norm(items, axis=1), 1e-12)
    return (items @ items[at]) / (norm * norm[at])
