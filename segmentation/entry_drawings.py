"""Coordinates of the pictures of an entry among all customers; templates only place them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.centroids import CentroidModel, signed_log
from core.formats import money, whole
from segmentation.likeness import Everybody

Floats = npt.NDArray[np.float64]
LEFT, TOP, WIDE, HIGH = 64.0, 20.0, 280.0, 250.0
POINTS = 1100
STEPS = 120
BINS = 20
ROUND = (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000)
DAYS = (0, 1, 7, 30, 90, 365, 1_000)


@dataclass(frozen=True)
class Plane:
    """Two figures of the model as a picture: ``low`` and ``high`` are the ends in scaled units."""

    model: CentroidModel
    across: int
    up: int
    low: Floats
    high: Floats

    def x(self, scaled: Any) -> Any:
        span = self.high[self.across] - self.low[self.across] or 1.0
        return LEFT + (scaled - self.low[self.across]) / span * WIDE

    def y(self, scaled: Any) -> Any:
        span = self.high[self.up] - self.low[self.up] or 1.0
        return TOP + HIGH - (scaled - self.low[self.up]) / span * HIGH


def planes(model: CentroidModel, of: Everybody, entry: Floats, css: list[str]) -> dict[str, Any]:
    """Money by orders and money by days of silence, with the borders where the entry stands."""
    here = model.scaled(entry[None, :])[0]
    both = np.vstack([of.scaled, here[None, :]])
    margin = np.ptp(both, axis=0) * 0.04
    ends = both.min(axis=0) - margin, both.max(axis=0) + margin
    drawn = [_plane(Plane(model, across, 2, *ends), of, here, css) for across in (1, 0)]
    return {
        "planes": [
            {**drawn[0], "title": "by orders", "css": ""},
            {**drawn[1], "title": "by days since the last order", "css": "wide"},
        ],
        "left": f"{LEFT:.0f}", "right": f"{LEFT + WIDE:.0f}", "top": f"{TOP:.0f}",
        "bottom": f"{TOP + HIGH:.0f}",
    }  # fmt: skip


def _plane(plane: Plane, of: Everybody, here: Floats, css: list[str]) -> dict[str, Any]:
    step = max(1, math.ceil(len(of.scaled) / POINTS))
    points, labels = of.scaled[::step], of.labels[::step]
    clouds = [
        {"css": css[label], "path": _dots(plane, points[labels == label])}
        for label in range(len(plane.model.centroids))
    ]
    return {
        "clouds": clouds,
        "borders": _borders(plane, here),
        "x": f"{plane.x(here[plane.across]):.1f}",
        "y": f"{plane.y(here[plane.up]):.1f}",
        "words_x": f"{min(max(plane.x(here[plane.across]), LEFT + 36), LEFT + WIDE - 36):.1f}",
        "words_y": f"{_beside(plane.y(here[plane.up])):.1f}",
        "across": _ticks(plane, plane.across, DAYS if plane.across == 0 else ROUND),
        "up": _ticks(plane, plane.up, ROUND),
    }


def _beside(y: float) -> float:
    return y + 24 if y < TOP + HIGH - 30 else y - 14


def _dots(plane: Plane, points: Floats) -> str:
    xs, ys = plane.x(points[:, plane.across]), plane.y(points[:, plane.up])
    return "".join(f"M{x:.0f} {y:.0f}h0" for x, y in zip(xs, ys, strict=True))


def _borders(plane: Plane, here: Floats) -> list[str]:
    """Where two clusters meet, with the third figure as it is in the entry."""
    centres = plane.model.centroids
    pairs = [(a, b) for a in range(len(centres)) for b in range(a + 1, len(centres))]
    return [path for a, b in pairs if (path := _border(plane, here, centres, a, b))]


def _border(plane: Plane, here: Floats, centres: Floats, a: int, b: int) -> str:
    """The stretch of the line of equal distance on which no third centre is nearer."""
    i, j = plane.across, plane.up
    weights = 2 * (centres[b] - centres[a])
    constant = (centres[a] ** 2).sum() - (centres[b] ** 2).sum()
    rest = sum(weights[k] * here[k] for k in range(len(here)) if k not in (i, j)) + constant
    along, other = (i, j) if abs(weights[j]) >= abs(weights[i]) else (j, i)
    if weights[other] == 0:
        return ""
    spots = np.tile(here, (STEPS + 1, 1))
    spots[:, along] = np.linspace(plane.low[along], plane.high[along], STEPS + 1)
    spots[:, other] = -(weights[along] * spots[:, along] + rest) / weights[other]
    apart = ((spots[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    inside = (spots[:, other] >= plane.low[other]) & (spots[:, other] <= plane.high[other])
    kept = spots[inside & (apart[:, a] <= apart.min(axis=1) + 1e-9)]
    if len(kept) < 2:
        return ""
    ends = kept[[0, -1]]
    (x1, x2), (y1, y2) = plane.x(ends[:, i]), plane.y(ends[:, j])
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"


def _ticks(plane: Plane, place: int, values: tuple[int, ...]) -> list[dict[str, str]]:
    write = money if place == 2 else whole
    found, model = [], plane.model
    for value in values:
        plain = float(signed_log(np.array([value]))[0]) if model.scaling == "log" else value
        at = (plain - model.shift[place]) / model.spread[place]
        if plane.low[place] <= at <= plane.high[place]:
            where = plane.y(at) if place == plane.up else plane.x(at)
            found.append({"at": f"{where:.1f}", "words": write(value)})
    return _apart(found, 18.0 if place == plane.up else 34.0)


def _apart(ticks: list[dict[str, str]], room: float) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = []
    for tick in ticks:
        if not kept or abs(float(tick["at"]) - float(kept[-1]["at"])) >= room:
            kept.append(tick)
    return kept


def border_bars(borders: Floats, here: float) -> list[dict[str, Any]]:
    """How near its border a cluster's customers stand, from 0 to 1; the entry's bin is marked."""
    counts, _ = np.histogram(np.clip(borders, 0, 1), bins=BINS, range=(0, 1))
    most = max(int(counts.max()), 1)
    width, own = 240 / BINS, min(int(here * BINS), BINS - 1)
    return [
        {
            "x": f"{i * width + 0.5:.1f}", "width": f"{width - 1:.1f}",
            "y": f"{40 - max(count / most * 40, 1):.1f}",
            "height": f"{max(count / most * 40, 1):.1f}", "here": i == own,
        }
        for i, count in enumerate(counts.tolist())
    ]  # fmt: skip
