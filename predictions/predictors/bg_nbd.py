from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from analytics import bgnbd, gamma_gamma
from analytics.packing import packed, unpacked
from core.contracts.predictor import FittedPredictor, Floats, Predictor, Target, TrainingSet


@dataclass(frozen=True)
class BgNbd(Predictor):
    """The modified BG/NBD, with Gamma–Gamma for money: a handful of parameters for a whole shop.

    It looks at the newest origin's customers and at no outcome. Orders of one day are one.
    """

    key: ClassVar[str] = "bg_nbd"
    targets: ClassVar[tuple[Target, ...]] = tuple(Target)
    modified: bool = True
    sample: int = 50_000
    seed: int = 0

    def fit(self, training: TrainingSet, target: Target) -> FittedPredictor:
        newest = training.features[training.origin == training.origin.max()]
        if len(newest) > self.sample:
            dice = np.random.default_rng(self.seed)
            newest = newest.iloc[np.sort(dice.choice(len(newest), self.sample, replace=False))]
        model = bgnbd.fit(observed(newest), modified=self.modified)
        values = gamma_gamma.fit(*order_values(newest))
        return Process(model, values, target, training.horizon_days)

    @classmethod
    def restored(cls, data: bytes) -> FittedPredictor:
        _, words = unpacked(data)
        return Process(
            bgnbd.BgNbd(**words["model"]),
            gamma_gamma.GammaGamma(**words["values"]),
            Target(words["target"]),
            words["horizon_days"],
        )


@dataclass(frozen=True)
class Process(FittedPredictor):
    model: bgnbd.BgNbd
    values: gamma_gamma.GammaGamma
    target: Target
    horizon_days: int

    def predict(self, features: pd.DataFrame) -> Floats:
        seen = observed(features)
        if self.target is Target.CHURN:
            return self.model.p_silent(seen, self.horizon_days)
        orders = self.model.expected_orders(seen, self.horizon_days)
        if self.target is Target.ORDERS:
            return orders
        return orders * self.values.mean_value(*order_values(features))

    def stored(self) -> bytes:
        words = {"model": asdict(self.model), "values": asdict(self.values)}
        return packed({}, {**words, "target": self.target, "horizon_days": self.horizon_days})


def observed(features: pd.DataFrame) -> bgnbd.Observed:
    """From base features; who lacks them is as one who has just bought for the first time."""
    orders = _filled(features, "order_days", 1.0)
    t_x = _filled(features, "active_days", 0.0)
    silence = _filled(features, "recency_days", 0.0)
    return bgnbd.Observed(np.maximum(orders - 1.0, 0.0), t_x, t_x + silence + 0.5)


def order_values(features: pd.DataFrame) -> tuple[Floats, Floats]:
    """Order days, and the mean money of one."""
    days = _filled(features, "order_days", 0.0)
    return days, _filled(features, "purchase_monetary_value", 0.0) / np.maximum(days, 1.0)


def _filled(features: pd.DataFrame, name: str, missing: float) -> Floats:
    if name not in features.columns:
        return np.full(len(features), missing)
    return np.maximum(np.nan_to_num(features[name].to_numpy(dtype=float), nan=missing), 0.0)
