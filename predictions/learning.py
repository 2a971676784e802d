"""What the predictors on designed columns share: the table, its constraints, and how it is kept."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analytics.design import RECENT, SILENCE, designed
from analytics.imbalance import Imbalance, balanced, corrected
from analytics.packing import as_array, packed, unpacked
from core.contracts.predictor import FittedPredictor, Floats, Predictor, Target, TrainingSet

# Trees hold node numbers that scikit-learn does not check, so skops wants them named. Files are
# only read after their hash was found to be the one that we recorded when we wrote them.
TRUSTED = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
LEAST_ROWS, LEAST_OF_A_CLASS = 60, 10


@dataclass(frozen=True)
class Space:
    """The designed columns of a training set: what fills a gap, and the scale."""

    columns: tuple[str, ...]
    fill: Floats
    shift: Floats
    spread: Floats

    def values(self, features: pd.DataFrame) -> Floats:
        """Rows × columns, gaps filled with the training set's median."""
        table = designed(features).reindex(columns=list(self.columns)).to_numpy(dtype=float)
        return np.where(np.isfinite(table), table, self.fill)

    def scaled(self, features: pd.DataFrame) -> Floats:
        """Standard units, at most eight from the mean: nobody is further off than was seen."""
        return np.clip((self.values(features) - self.shift) / self.spread, -8.0, 8.0)

    def arrays(self) -> dict[str, Floats]:
        return {"fill": self.fill, "shift": self.shift, "spread": self.spread}


def space_of(features: pd.DataFrame) -> Space:
    table = designed(features)
    values = table.to_numpy(dtype=float)
    known = np.isfinite(values)
    fill = np.array(
        [np.median(v[k]) if k.any() else 0.0 for v, k in zip(values.T, known.T, strict=True)]
    )
    filled = np.where(known, values, fill)
    spread = filled.std(axis=0)
    return Space(
        tuple(map(str, table.columns)), fill, filled.mean(axis=0), np.where(spread > 0, spread, 1.0)
    )


def signs(columns: tuple[str, ...], target: Target) -> list[int]:
    """Silence never lowers churn, and never raises what is expected: 1, −1, or 0 for free."""
    up = 1 if target is Target.CHURN else -1
    return [up if c in SILENCE else -up if c in RECENT else 0 for c in columns]


def learnable(training: TrainingSet, target: Target) -> bool:
    """Whether there is enough of everything for a model with many columns."""
    truth = training.target
    if len(truth) < LEAST_ROWS or np.ptp(truth) == 0:
        return False
    came = truth > 0
    return min(int(came.sum()), int((~came).sum())) >= LEAST_OF_A_CLASS or (
        target is not Target.CHURN and int(came.sum()) >= LEAST_OF_A_CLASS
    )


def shrunk_mean(truth: Floats, target: Target) -> float:
    """The mean; a share as if one more had left and one more had stayed."""
    if target is Target.CHURN:
        return float((truth.sum() + 1.0) / (len(truth) + 2.0))
    return float(truth.mean()) if len(truth) else 0.0


@dataclass(frozen=True)
class Constant(FittedPredictor):
    """The same for everybody."""

    value: float

    def predict(self, features: pd.DataFrame) -> Floats:
        return np.full(len(features), self.value)

    def stored(self) -> bytes:
        return packed({}, {"kind": "constant", "value": self.value})


@dataclass(frozen=True)
class Linear(FittedPredictor):
    """A generalised linear model as plain arrays: logit or log of the expected target."""

    space: Space
    weights: Floats
    bias: float
    link: str
    odds: float = 1.0
    most: float = 1.0

    def predict(self, features: pd.DataFrame) -> Floats:
        eta = self.space.scaled(features) @ self.weights + self.bias
        if self.link == "logit":
            return corrected(0.5 * (1.0 + np.tanh(0.5 * eta)), self.odds)
        return np.minimum(np.exp(np.minimum(eta, 50.0)), self.most)

    def stored(self) -> bytes:
        words = {"kind": "linear", "columns": self.space.columns, "bias": self.bias}
        more = {"link": self.link, "odds": self.odds, "most": self.most}
        return packed({**self.space.arrays(), "weights": self.weights}, {**words, **more})


@dataclass(frozen=True)
class Estimator(FittedPredictor):
    """A scikit-learn model on the unscaled columns."""

    space: Space
    model: Any
    odds: float = 1.0
    # A small leaf in which all left does not make it certain.
    edge: float = 0.0

    def predict(self, features: pd.DataFrame) -> Floats:
        if not len(features):
            return np.empty(0)
        values = self.space.values(features).astype(np.float32)
        if hasattr(self.model, "predict_proba"):
            sure = np.clip(self.model.predict_proba(values)[:, 1], self.edge, 1.0 - self.edge)
            return corrected(sure, self.odds)
        return np.maximum(self.model.predict(values), 0.0)

    def stored(self) -> bytes:
        import skops.io

        words: dict[str, Any] = {
            "kind": "estimator",
            "columns": self.space.columns,
            "odds": self.odds,
        }
        words["edge"] = self.edge
        return packed({**self.space.arrays(), "skops": as_array(skops.io.dumps(self.model))}, words)


@dataclass(frozen=True)
class Classifier(Predictor):
    """Churn by a scikit-learn classifier on the designed columns; a child says by which one."""

    targets: ClassVar[tuple[Target, ...]] = (Target.CHURN,)
    imbalance: Imbalance = "none"
    seed: int = 0

    @abstractmethod
    def model(self, rows: int, constraints: list[int]) -> Any:
        """The classifier for so many rows, yet unfitted; ``constraints`` as in monotonic_cst."""

    def edge(self, rows: int) -> float:
        """No probability is nearer to 0 or 1 than this."""
        return 0.0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        if not learnable(training, target):
            return Constant(shrunk_mean(training.target, target))
        space = space_of(training.features)
        balance = balanced(training.target, self.imbalance, self.seed)
        rows = len(balance.rows)
        model = self.model(rows, signs(space.columns, target))
        table = space.values(training.features).astype(np.float32)[balance.rows]
        model.fit(table, training.target[balance.rows] > 0.5, sample_weight=balance.weights)
        if "n_jobs" in model.get_params():
            # Two threads would add trees up in an order of their own, so in other last digits.
            model.set_params(n_jobs=1)
        return Estimator(space, model, balance.odds, edge=self.edge(rows))

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        return restored(data)


def restored(data: bytes) -> FittedPredictor:
    """What ``stored`` of one of the three gave."""
    arrays, words = unpacked(data)
    kind = words.get("kind")
    if kind == "constant":
        return Constant(words["value"])
    if kind not in ("linear", "estimator"):
        raise ValueError("these bytes are another predictor's")
    space = Space(tuple(words["columns"]), *(arrays[name] for name in ("fill", "shift", "spread")))
    if kind == "linear":
        more = (words[name] for name in ("bias", "link", "odds", "most"))
        return Linear(space, arrays["weights"], *more)
    return Estimator(space, _checked(arrays["skops"].tobytes()), words["odds"], words["edge"])


def _checked(data: bytes) -> Any:
    import skops.io

    return skops.io.loads(data, trusted=list(TRUSTED))
