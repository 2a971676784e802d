"""Which customers an entry is like: distances to everybody in the scaled units of the clusters."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

import features.frames
from analytics.centroids import CentroidModel
from segmentation.frames import numbers_of
from segmentation.models import Grouping
from segmentation.services.clusters import centroid_model

NEAREST = 50
# So many customers, evenly taken, tell how far one usually is from the next.
ASKED = 200
# Who is farther from everybody than 98 of 100 customers are is like nobody.
USUAL = 0.98
CHANCE = "churn_probability"


@dataclass(frozen=True)
class Everybody:
    """All customers with a recency: their keys, figures and places; ``usual`` between two."""

    customer_pks: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    scaled: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    borders: npt.NDArray[np.float64]
    # NaN where no model has said it.
    chance: npt.NDArray[np.float64]
    median: float
    usual: float


@dataclass(frozen=True)
class Likeness:
    """The nearest customers by place in ``Everybody``; ``near``: how many are usually near."""

    places: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]
    near: int

    @property
    def distance(self) -> float:
        return float(self.distances[0])


def everybody(grouping: Grouping) -> Everybody:
    """Worked out once a snapshot and run: its files never change."""
    published = features.frames.current()
    paths = (published.path, published.delta_path) if published else ("", "")
    return _everybody(paths, grouping.pk)


def likeness(of: Everybody, model: CentroidModel, entry: npt.NDArray[np.float64]) -> Likeness:
    apart = np.sqrt(((of.scaled - model.scaled(entry[None, :])) ** 2).sum(axis=1))
    count = min(NEAREST, len(apart))
    places = np.argpartition(apart, count - 1)[:count]
    places = places[np.lexsort((of.customer_pks[places], apart[places]))]
    return Likeness(places, apart[places], int((apart <= of.usual).sum()))


@lru_cache(maxsize=2)
def _everybody(paths: tuple[str, str], grouping: int) -> Everybody:
    model = centroid_model(Grouping.objects.select_related("model").get(pk=grouping))
    frame = features.frames.snapshot().filter(pl.col(model.features[0]).is_not_null()).collect()
    columns = numbers_of((*model.features, CHANCE), frame)
    values = np.column_stack([columns[name] for name in model.features])
    scaled = model.scaled(values)
    median, usual = _between_two(scaled)
    return Everybody(
        customer_pks=frame["customer_pk"].to_numpy(),
        values=values,
        scaled=scaled,
        labels=model.assign(values),
        borders=model.border(values),
        chance=columns[CHANCE],
        median=median,
        usual=usual,
    )


def _between_two(scaled: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The usual distance of a customer to the nearest other: median, and of 98 of 100."""
    if len(scaled) < 2:
        return 0.0, 0.0
    nearest = []
    for place in np.linspace(0, len(scaled) - 1, min(ASKED, len(scaled))).astype(int):
        squares = ((scaled - scaled[place]) ** 2).sum(axis=1)
        squares[place] = np.inf
        nearest.append(np.sqrt(squares.min()))
    return float(np.median(nearest)), float(np.quantile(nearest, USUAL))
