"""Implicit matrix factorisation by weighted alternating least squares (Hu, Koren & Volinsky 2008).

The loss is the sum over all customers u and products i of c_ui (p_ui − x_u · y_i)², with p = 1 and
c = 1 + alpha × strength where u bought i and p = 0, c = 1 elsewhere, plus the regularisation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from core.contracts.recommender import Arrays, Floats, Interactions, Pairs, Recommender

# Floats of one gathered batch: 8 MB stay in the cache of the processor.
BATCH_FLOATS = 2_000_000


@dataclass(frozen=True)
class MatrixFactorisation(Recommender):
    """Factors of products, learnt in PyTorch; a customer's are solved for when they are asked."""

    key: ClassVar[str] = "matrix_factorisation"
    factors: int = 64
    iterations: int = 6
    alpha: float = 1.0
    regularisation: float = 30.0
    # 0: the same for all; 1: in proportion to how many purchases a row has.
    frequency_exponent: float = 0.0
    half_life: float = 365.0
    steps: int = 3
    seed: int = 0

    def fit(self, interactions: Interactions) -> Arrays:
        strength = self.strength(interactions)
        sides = interactions.customers, interactions.products
        items = factorise(strength, sides, self) if len(strength.value) else None
        if items is None:
            items = np.zeros((interactions.products, self.factors), np.float32)
        items[interactions.buyers == 0] = 0
        return {"items": items, "gram": items.T @ items}

    def scores(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        items = np.asarray(arrays["items"])
        full = self.customers(arrays, histories) @ items.T
        full[:, ~items.any(axis=1)] = -np.inf
        return full

    def customers(self, arrays: Mapping[str, Any], histories: Interactions) -> Floats:
        """Each customer's own solution with the products held: what the last half step gives."""
        items, gram = np.asarray(arrays["items"]), np.asarray(arrays["gram"], np.float64)
        strength = self.strength(histories)
        found = np.zeros((histories.customers, items.shape[1]), np.float32)
        for row in range(histories.customers):
            at, value = strength.row(row)
            if len(at):
                mine = items[at]
                matrix, sure = self._normal(mine, value, gram)
                found[row] = np.linalg.solve(matrix, sure @ mine)
        return found

    def because(self, arrays: Mapping[str, Any], history: Interactions, product: int) -> Any:
        """What each purchase of one customer adds to the score of a product; they sum up to it."""
        items, gram = np.asarray(arrays["items"]), np.asarray(arrays["gram"], np.float64)
        at, value = self.strength(history).row(0)
        matrix, sure = self._normal(items[at], value, gram)
        wanted = np.linalg.solve(matrix, items[product].astype(np.float64))
        return sure * (items[at] @ wanted)

    def _normal(self, items: Any, value: Any, gram: Any) -> tuple[Any, Any]:
        """The matrix of a customer's normal equations, and how sure each purchase is."""
        extra = self.alpha * value
        ridge = np.eye(len(gram)) * self.regularisation * self.scale(len(value))
        return gram + (items * extra[:, None]).T @ items + ridge, 1 + extra

    def strength(self, interactions: Interactions) -> Pairs:
        pairs = interactions.pairs(self.half_life)
        return Pairs(pairs.customer, pairs.product, np.log1p(pairs.value), pairs.customers)

    def scale(self, length: Any) -> Any:
        """What the regularisation of a row with so many products or customers is multiplied by."""
        return np.maximum(length, 1) ** self.frequency_exponent


def factorise(strength: Pairs, sides: tuple[int, int], model: MatrixFactorisation) -> Floats:
    """The factors of products after all iterations; torch draws the first ones by the seed."""
    import torch

    torch.set_num_threads(min(2, torch.get_num_threads()))
    users = Batches(strength.customer, strength.product, strength.value, sides, model)
    items = Batches(strength.product, strength.customer, strength.value, sides[::-1], model)
    dice = torch.Generator().manual_seed(model.seed)
    shape = model.factors
    # One row more: the place of everything that only fills a batch up, always 0.
    x = torch.randn(sides[0] + 1, shape, generator=dice) * 0.1 / shape**0.5
    y = torch.randn(sides[1] + 1, shape, generator=dice) * 0.1 / shape**0.5
    x[-1], y[-1] = 0, 0
    with torch.inference_mode():
        for _ in range(model.iterations):
            users.solve(x, y)
            items.solve(y, x)
    result: npt.NDArray[np.float32] = y[:-1].numpy().copy()
    return result


class Batches:
    """One side's rows, those of like length together, filled up to the longest of their batch."""

    def __init__(
        self, row: Any, column: Any, value: Any, sides: tuple[int, int],
        model: MatrixFactorisation,
    ) -> None:  # fmt: skip
        self.model, self.rows, self.columns = model, *sides
        order = np.argsort(row, kind="stable")
        self.column, self.value = column[order], model.alpha * value[order]
        self.start = np.searchsorted(row[order], np.arange(self.rows + 1))
        self.batches = list(map(self._batch, self._chunks(np.diff(self.start))))

    def _chunks(self, length: Any) -> list[Any]:
        """Rows with entries, the longest first, cut where a batch would be too large."""
        order = np.argsort(-length, kind="stable")[: np.count_nonzero(length)]
        chunks, at = [], 0
        while at < len(order):
            size = max(1, BATCH_FLOATS // int(length[order[at]] * self.model.factors))
            chunks.append(order[at : at + size])
            at += size
        return chunks

    def _batch(self, rows: Any) -> tuple[Any, ...]:
        import torch

        length = self.start[rows + 1] - self.start[rows]
        place = np.arange(length.max())[None, :]
        inside = place < length[:, None]
        at = np.minimum(self.start[rows][:, None] + place, len(self.column) - 1)
        column = np.where(inside, self.column[at], self.columns).astype(np.int64)
        extra = np.where(inside, self.value[at], 0).astype(np.float32)
        ridge = self.model.regularisation * self.model.scale(length).astype(np.float32)
        return tuple(torch.from_numpy(a) for a in (rows, column, extra, ridge[:, None]))

    def solve(self, mine: Any, other: Any) -> None:
        """A few steps of conjugate gradients for every row, from where it stood."""
        from torch.nn.functional import embedding

        gram = other.T @ other
        for rows, column, extra, ridge in self.batches:
            # The same as other[column], in two thirds of the time.
            near = embedding(column, other)
            mine[rows] = conjugate_gradients(mine[rows], near, extra, gram, ridge, self.model.steps)


def conjugate_gradients(x: Any, near: Any, extra: Any, gram: Any, ridge: Any, steps: int) -> Any:
    """Solve (G + Σ extra y yᵀ + ridge) x = Σ (1 + extra) y for each row of a batch.

    ``near`` is batch × length × factors. bmm(x, yᵀ) in this order is several times faster on a
    CPU than bmm(y, x).
    """
    import torch

    def times(v: Any) -> Any:
        dots = torch.bmm(v.unsqueeze(1), near.transpose(1, 2)) * extra.unsqueeze(1)
        return v @ gram + torch.bmm(dots, near).squeeze(1) + ridge * v

    # What is wanted less A x, in one pass over ``near``.
    dots = torch.bmm(x.unsqueeze(1), near.transpose(1, 2)).squeeze(1)
    wanted = 1 + extra - dots * extra
    rest = torch.bmm(wanted.unsqueeze(1), near).squeeze(1) - x @ gram - ridge * x
    way, size = rest, (rest * rest).sum(1, keepdim=True)
    for _ in range(steps):
        along = times(way)
        length = size / (way * along).sum(1, keepdim=True).clamp_min(1e-20)
        x = x + length * way
        rest = rest - length * along
        fresh = (rest * rest).sum(1, keepdim=True)
        way, size = rest + fresh / size.clamp_min(1e-20) * way, fresh
    return x
