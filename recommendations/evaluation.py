"""How good the recommendations are on the last days of a shop, beside simpler ways to recommend."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.ranking import Ranked, judge, mean_error, paired_error
from core.contracts.recommender import Arrays, Recommender
from core.errors import Refused
from core.localtime import local_wall
from features.shop import Shop
from recommendations.frames import Purchases, bought_between, last_day, purchases
from recommendations.recommenders.blend import GOALS, Blend, Goal
from recommendations.tuning import Chosen, Profile, choose, fit_all, ranked

NAME = "recommendations"
K = 10
BLOCK = 128
# The order of the rows below the promoted one.
PEERS = (
    "matrix_factorisation", "personal_rate", "popular_recent", "content", "item_neighbours",
    "blend",
)  # fmt: skip
PROTOCOL = (
    "Customers with a purchase in the last {days} days before as_of and one before those days"
    " (the share without one is fallback_share); every product sold before them is ranked;"
    " truth: {goal}; products first seen in those days stay in the truth; figures are means over"
    " customers. Options and weights were chosen on purchases before those days."
)
TRUTHS = {
    "repeat": "all products bought in those days, repeats allowed",
    "discover": "products bought in those days and never before",
}


class NotYet(Refused):
    """Too little data: says how much is needed."""

    code = "not_yet"
    status = 409


def evaluate(
    shop: Shop, *, horizon_days: int = 28, as_of: datetime | None = None,
    profile: Profile = "fast", seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """The last ``horizon_days`` before ``as_of`` (default: the midnight after the last order).

    {name, as_of, protocol, rows, chosen, tuning}: the promoted method first in each goal.
    """
    end = wall(shop, as_of) or last_day(shop)
    if end is None or horizon_days < 1:
        raise NotYet("Not yet: there are no purchases. Recommendations need some of them.")
    cut = end - timedelta(days=horizon_days)
    known = purchases(shop, cut)
    bought = bought_between(shop, cut, end)
    if not len(known.customer_pks) or not len(bought[0]):
        raise NotYet(
            f"Not yet: an evaluation needs purchases in the last {horizon_days} days and before"
            f" them. From {cut:%Y-%m-%d} on there are {len(bought[0]):,}, before that"
            f" {len(known.interactions.day):,}."
        )
    chosen = choose(known.interactions, horizon=horizon_days, profile=profile, seed=seed)
    arrays = fit_all(chosen, known.interactions)
    rows = []
    for goal in GOALS:
        test = Test.of(known, bought, goal)
        rows += test.rows(chosen, arrays) if len(test.truths) else []
    said = "; ".join(f"{goal}: {TRUTHS[goal]}" for goal in GOALS)
    return {
        "name": NAME,
        "as_of": end.isoformat(),
        "protocol": PROTOCOL.format(days=horizon_days, goal=said),
        "rows": rows,
        "chosen": chosen.parameters(),
        "tuning": chosen.figures,
    }


def wall(shop: Shop, moment: datetime | None) -> datetime | None:
    """By the shop's wall clock; what has no zone is taken as such."""
    if moment is None or moment.tzinfo is None:
        return moment
    return local_wall(moment, shop.zone)


@dataclass(frozen=True)
class Test:
    """Known customers with a truth, by position, and what they bought.

    ``truths`` are positions of products; −1 for one that was not sold before. ``strangers`` is the
    share of the window's customers of whom nothing was known: they see what is popular.
    """

    known: Purchases
    goal: Goal
    customers: npt.NDArray[np.int64]
    truths: list[Any]
    strangers: float

    @classmethod
    def of(cls, known: Purchases, bought: tuple[Any, Any], goal: Goal) -> "Test":
        pairs = known.interactions.pairs()
        starts = np.flatnonzero(np.diff(bought[0], prepend=-1))
        customers, truths, strangers = [], [], 0
        for pk, products in zip(bought[0][starts], np.split(bought[1], starts[1:]), strict=True):
            row = known.rows.get(int(pk), -1)
            at = positions(known.product_pks, products)
            strangers += row < 0
            if goal == "discover" and row >= 0:
                at = at[~np.isin(at, pairs.row(row)[0])]
            if len(at) and row >= 0:
                customers.append(row)
                truths.append(at)
        share = strangers / max(len(starts), 1)
        return cls(known, goal, np.array(customers, np.int64), truths, share)

    def rows(self, chosen: Chosen, arrays: dict[str, Arrays]) -> list[dict[str, Any]]:
        first = chosen.promoted[self.goal]
        found = {}
        for key in (first, *(peer for peer in PEERS if peer != first)):
            method = chosen.methods[key]
            if isinstance(method, Blend):
                method = replace(method, goal=self.goal)
            found[key] = self.judged(method, arrays[key])
        best = max((k for k in found if k != first), key=lambda k: found[k][0].ndcg.mean())
        return [
            {
                "method": "promoted" if key == first else key,
                "goal": self.goal,
                **({"answers": key} if key == first else {}),
                **figures,
                **self.beside(ranks, found[best if key == first else first][0]),
                "against": best if key == first else "promoted",
            }
            for key, (ranks, figures) in found.items()
        ]

    def beside(self, mine: Ranked, other: Ranked) -> dict[str, float]:
        """The difference in NDCG@10 to another method on the same customers."""
        return {
            "difference": round(float((mine.ndcg - other.ndcg).mean()), 5),
            "paired_standard_error": round(paired_error(mine.ndcg, other.ndcg), 5),
        }

    def judged(self, method: Recommender, arrays: Arrays) -> tuple[Ranked, dict[str, Any]]:
        lists = np.concatenate([
            _filled(ranked(
                method, arrays,
                self.known.interactions.rows(self.customers[at : at + BLOCK]), self.goal, K,
            ))
            for at in range(0, len(self.customers), BLOCK)
        ])  # fmt: skip
        hits = np.array([
            np.isin(row, truth) & (row >= 0)
            for row, truth in zip(lists, self.truths, strict=True)
        ])  # fmt: skip
        ranks = judge(hits, np.array([len(truth) for truth in self.truths]))
        return ranks, {**means(ranks), **self.breadth(lists)}

    def breadth(self, lists: Any) -> dict[str, Any]:
        """How much of the shop is shown, how little known it is, and to how many by fallback."""
        shown = lists[lists >= 0]
        buyers = self.known.interactions.buyers
        share = buyers[shown] / max(self.known.interactions.customers, 1)
        novelty = -np.log2(np.maximum(share, 1e-12)).mean() if len(shown) else 0.0
        return {
            "coverage": round(len(np.unique(shown)) / max(int((buyers > 0).sum()), 1), 5),
            "novelty": round(float(novelty), 3),
            "fallback_share": round(self.strangers, 5),
            "customers": len(self.customers),
        }


def means(ranks: Ranked) -> dict[str, float]:
    return {
        f"ndcg@{K}": round(float(ranks.ndcg.mean()), 5),
        f"recall@{K}": round(float(ranks.recall.mean()), 5),
        f"map@{K}": round(float(ranks.average_precision.mean()), 5),
        "hit_rate": round(float((ranks.hits > 0).mean()), 5),
        "standard_error": round(mean_error(ranks.ndcg), 5),
    }


def positions(product_pks: Any, products: Any) -> Any:
    """Where the products stand; −1 for those that were not known."""
    at = np.minimum(np.searchsorted(product_pks, products), len(product_pks) - 1)
    return np.where(product_pks[at] == products, at, -1)


def _filled(found: Any) -> Any:
    """A catalogue of fewer than K products leaves places empty."""
    return np.pad(found, ((0, 0), (0, K - found.shape[1])), constant_values=-1)
