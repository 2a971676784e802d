"""Why a score is what it is: what it would be with one base feature at the shop's median.

A base feature moves all its derived columns along, so a reason is true of the model by
construction: moving the cited feature to the median moves the score by the stated contribution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from core.contracts.predictor import Floats
from predictions.words import Written, plain, sentence

SHOWN = 3
FEW = 1_000


class Scorer(Protocol):
    def predict(self, features: pd.DataFrame) -> Floats: ...


@dataclass(frozen=True)
class Reason:
    """``contribution`` is the score now − the score with ``feature`` at the median: above 0 the
    feature raises the score."""

    feature: str
    contribution: float
    words: str

    @property
    def direction(self) -> str:
        return "raises" if self.contribution > 0 else "lowers"


def contributions(
    features: pd.DataFrame, medians: Mapping[str, float], model: Scorer
) -> pd.DataFrame:
    """By customer and base feature; 0 where the customer is at the median or has no value."""
    names = [str(name) for name in features.columns if name in medians]
    moved = [
        features.assign(**{name: features[name].where(features[name].isna(), medians[name])})
        for name in names
    ]
    now, found = model.predict(features), {}
    for name, score in zip(names, _predicted(moved, model), strict=True):
        found[name] = np.where(features[name].notna().to_numpy(), now - score, 0.0)
    return pd.DataFrame(found, index=features.index)


def _predicted(frames: list[pd.DataFrame], model: Scorer) -> list[Floats]:
    """Scores of each frame; those of a few customers in one go, since each call has its price."""
    if not frames or len(frames[0]) > FEW:
        return [model.predict(frame) for frame in frames]
    together = model.predict(pd.concat(frames, ignore_index=True))
    return np.split(together, len(frames))


def strongest(table: pd.DataFrame, shown: int = SHOWN) -> tuple[Any, Any]:
    """Column numbers and values of the largest contributions of each row, the largest first."""
    values = table.to_numpy(dtype=float)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :shown]
    return order, np.take_along_axis(values, order, axis=1)


def reasons(
    features_row: pd.Series, medians: Mapping[str, float], model: Scorer
) -> tuple[Reason, ...]:
    """The three strongest reasons of one customer, in words with their own figures."""
    row = features_row.to_frame().T.astype(float)
    table = contributions(row, medians, model)
    order, values = strongest(table)
    gap = float(own_gaps(row)[0])
    return tuple(
        Reason(name, float(value), sentence(name, _value(features_row, name), medians[name], gap))
        for name, value in zip(table.columns[order[0]], values[0], strict=True)
        if value != 0
    )


def reasons_frame(
    features: pd.DataFrame, medians: Mapping[str, float], model: Scorer, money: Written = plain
) -> pd.DataFrame:
    """``reasons`` of everybody, as columns feature_1, contribution_1, words_1 … by customer."""
    table = contributions(features, medians, model)
    order, values = strongest(table)
    gaps, names = own_gaps(features), list(table.columns)
    columns: dict[str, list[Any]] = {}
    for place in range(order.shape[1]):
        rows = zip(order[:, place], values[:, place], range(len(features)), strict=True)
        told = [
            _told(names[column], float(value), features, row, medians, float(gaps[row]), money)
            for column, value, row in rows
        ]
        for label, part in (("feature", 0), ("contribution", 1), ("words", 2)):
            columns[f"{label}_{place + 1}"] = [entry[part] for entry in told]
    return pd.DataFrame(columns, index=features.index)


def own_gaps(features: pd.DataFrame) -> Floats:
    if "gap_days_mean" not in features.columns:
        return np.full(len(features), np.nan)
    return features["gap_days_mean"].to_numpy(dtype=float)


def _told(
    name: str, value: float, features: pd.DataFrame, row: int, medians: Mapping[str, float],
    gap: float, money: Written,
) -> tuple[str | None, float, str | None]:  # fmt: skip
    if value == 0:
        return None, 0.0, None
    own = float(features[name].iat[row])
    return name, value, sentence(name, own, medians[name], gap, money=money)


def _value(row: pd.Series, name: str) -> float:
    return float(row[name])
