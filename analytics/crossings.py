"""Where one changed figure would carry a customer over the border of a cluster."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.centroids import CentroidModel

Floats = npt.NDArray[np.float64]
# Beyond the border by this much, in scaled units, a customer is on the other side.
BEYOND = 1e-6


@dataclass(frozen=True)
class Crossing:
    """With ``value`` of ``feature``, all else as it is, the customer would be in ``label``.

    ``effort`` is how far that is, in scaled units.
    """

    feature: str
    value: float
    label: int
    effort: float


def crossings(model: CentroidModel, values: Floats) -> list[Crossing]:
    """The nearest border in each figure, the least effort first; none leaves the figure below 0.

    The squared distances to two centroids differ by a straight line in each scaled figure, so the
    border is where that line is zero.
    """
    here = model.scaled(values[None, :])[0]
    own = int(model.assign(values[None, :])[0])
    found = []
    for place, feature in enumerate(model.features):
        ways = [
            way
            for label in range(len(model.centroids))
            if label != own and (way := _way(model, here, own, label, place, feature))
        ]
        found += sorted(ways, key=lambda way: way.effort)[:1]
    return sorted(found, key=lambda way: way.effort)


def _way(
    model: CentroidModel, here: Floats, own: int, label: int, place: int, feature: str
) -> Crossing | None:
    mine, theirs = model.centroids[own], model.centroids[label]
    slope = 2 * (theirs[place] - mine[place])
    if slope == 0:
        return None
    gap = float(((here - mine) ** 2).sum() - ((here - theirs) ** 2).sum())
    there = here.copy()
    step = -gap / slope
    there[place] += step + np.sign(step) * BEYOND
    value = _unscaled(model, there[place], place)
    nearest = ((there - model.centroids) ** 2).sum(axis=1).argmin()
    if nearest != label or value < 0:
        return None
    return Crossing(feature, value, label, abs(float(step)))


def _unscaled(model: CentroidModel, scaled: float, place: int) -> float:
    plain = scaled * model.spread[place] + model.shift[place]
    if model.scaling == "log":
        return float(np.sign(plain) * np.expm1(abs(plain)))
    return float(plain)
