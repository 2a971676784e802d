"""A fitted K-Means as plain arrays: it scales and assigns with numpy alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scaling = Literal["standard", "minmax", "log"]
SCALINGS: tuple[Scaling, ...] = ("standard", "minmax", "log")


@dataclass(frozen=True)
class CentroidModel:
    """Scaler and centroids. ``shift``, ``spread`` and ``fill`` have one number per feature;
    ``centroids`` are k rows in scaled units. ``log`` scales the signed log1p of the values.
    """

    features: tuple[str, ...]
    scaling: Scaling
    fill: Floats
    shift: Floats
    spread: Floats
    centroids: Floats

    def scaled(self, values: Floats) -> Floats:
        """Rows × features in scaled units; NaN takes the feature's median at fitting."""
        filled = np.where(np.isnan(values), self.fill, values)
        if self.scaling == "log":
            filled = signed_log(filled)
        return (filled - self.shift) / self.spread

    def distances(self, values: Floats) -> Floats:
        """Euclidean distance of each row to each centroid, in scaled units."""
        scaled = self.scaled(values)
        # One centroid at a time: all at once would need rows × centroids × features of memory.
        squares = [((scaled - centroid) ** 2).sum(axis=1) for centroid in self.centroids]
        return np.sqrt(np.column_stack(squares))

    def assign(self, values: Floats) -> npt.NDArray[np.int64]:
        """Label of the nearest centroid; the lower label where two are equally near."""
        return self.distances(values).argmin(axis=1)

    def border(self, values: Floats) -> Floats:
        """How near each row is to the border: nearest ÷ second distance, 1 is on the border."""
        if len(self.centroids) < 2:
            return np.zeros(len(values))
        nearest = np.sort(self.distances(values), axis=1)[:, :2]
        return nearest[:, 0] / np.maximum(nearest[:, 1], np.finfo(float).tiny)

    def arrays(self) -> dict[str, Floats]:
        return {
            "fill": self.fill,
            "shift": self.shift,
            "spread": self.spread,
            "centroids": self.centroids,
        }


def fitted_scaler(values: Floats, features: tuple[str, ...], scaling: Scaling) -> CentroidModel:
    """A model without centroids yet, whose scaler was fitted on ``values`` (rows × features)."""
    if scaling not in SCALINGS:
        raise ValueError(f"scaling {scaling!r} is none of {', '.join(SCALINGS)}")
    fill = np.array([_median(column) for column in values.T], dtype=float)
    filled = np.where(np.isnan(values), fill, values)
    if scaling == "log":
        filled = signed_log(filled)
    width = np.ptp(filled, axis=0)
    if scaling == "minmax":
        shift, spread = filled.min(axis=0), width
    else:
        shift, spread = filled.mean(axis=0), filled.std(axis=0)
    # A constant column says nothing; its deviation may be a last bit and not 0.
    spread = np.where(width > 0, spread, 1.0)
    none = np.empty((0, len(features)))
    return CentroidModel(features, scaling, fill, shift, spread, none)


def _median(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def signed_log(values: Floats) -> Floats:
    """log1p that keeps the sign, because a net amount may be negative."""
    return np.sign(values) * np.log1p(np.abs(values))
