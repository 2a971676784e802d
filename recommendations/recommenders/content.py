"""Products described like those the customer buys: what a new product can be recommended by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.contracts.recommender import Arrays, Floats, Interactions, ProductFacts, Recommender

WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Content(Recommender):
    """Category, brand and words of the name, each weighed by how rare it is (TF-IDF)."""

    key: ClassVar[str] = "content"
    new_products: ClassVar[bool] = True
    half_life: float = 120.0
    # Among products alike, those that more customers have bought come first.
    popularity_power: float = 0.5

    def fit(self, interactions: Interactions) -> Arrays:
        start, term, weight, terms = described(interactions.facts)
        return {
            "start": start, "term": term, "weight": weight,
            "terms": np.array([terms], np.int64),
            "buyers": interactions.buyers.astype(np.float32),
        }  # fmt: skip

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        start, term, weight = (np.asarray(arrays[n]) for n in ("start", "term", "weight"))
        liked = (1 + np.asarray(arrays["buyers"])) ** self.popularity_power
        full = np.empty((histories.customers, histories.products), np.float32)
        mine = histories.pairs(self.half_life)
        for row in range(histories.customers):
            taste = self._taste(arrays, *mine.row(row))
            told = np.concatenate([[0.0], np.cumsum(taste[term] * weight)])
            full[row] = (told[start[1:]] - told[start[:-1]]) * liked
        return full

    @staticmethod
    def likeness(arrays: Mapping[str, Any], at: int) -> Any:
        """Cosine of every product's description with that of the product ``at``."""
        start, term, weight = (np.asarray(arrays[n]) for n in ("start", "term", "weight"))
        here = slice(int(start[at]), int(start[at + 1]))
        mine = np.bincount(term[here], weight[here], minlength=int(arrays["terms"][0]))
        told = np.concatenate([[0.0], np.cumsum(mine[term] * weight)])
        return told[start[1:]] - told[start[:-1]]

    def _taste(self, arrays: Mapping[str, Any], at: Any, value: Any) -> Any:
        """The sum of the descriptions of what was bought, of length 1."""
        start, term, weight = (np.asarray(arrays[n]) for n in ("start", "term", "weight"))
        length = start[at + 1] - start[at]
        place = np.arange(length.sum()) + np.repeat(start[at] - np.cumsum(length) + length, length)
        told = weight[place] * np.repeat(np.sqrt(value), length)
        taste = np.bincount(term[place], told, minlength=int(arrays["terms"][0]))
        return taste / max(float(np.linalg.norm(taste)), 1e-12)


def described(facts: ProductFacts) -> tuple[Any, Any, Any, int]:
    """Compressed rows of terms, each product's of length 1, and how many terms there are."""
    terms: dict[str, int] = {}
    rows = [
        sorted({terms.setdefault(word, len(terms)) for word in _words(*texts)})
        for texts in zip(facts.names, facts.categories, facts.brands, strict=True)
    ]
    length = np.array([len(row) for row in rows], np.int64)
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    term = np.fromiter((t for row in rows for t in row), np.int32, int(length.sum()))
    rare = np.log((1 + len(rows)) / (1 + np.bincount(term, minlength=len(terms)))) + 1
    weight = rare[term]
    norm = np.sqrt(np.bincount(np.repeat(np.arange(len(rows)), length), weight**2, len(rows)))
    weight = weight / np.maximum(np.repeat(norm, length), 1e-12)
    return start, term, weight.astype(np.float32), len(terms)


def _words(name: str, category: str, brand: str) -> list[str]:
    """Terms with their kind in front, so that a brand's name is no word of a product's."""
    found = [f"word {word}" for word in WORD.findall(name.lower())]
    if category:
        found.append(f"category {category.lower()}")
    if brand:
        found.append(f"brand {brand.lower()}")
    return found
