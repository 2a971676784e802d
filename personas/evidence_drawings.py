"""Coordinates of the pictures on a model's page; templates only place them."""

from collections.abc import Sequence
from typing import Any

# With fewer customers than this a bin says nothing about the model.
ENOUGH = 30
LEFT, TOP, WIDE, HIGH = 36.0, 16.0, 420.0, 300.0
LIFT_WIDE, LIFT_HIGH = 440.0, 150.0
SQUARE = 200.0

Bins = Sequence[dict[str, Any]]
Points = Sequence[Sequence[float]]


def reliability(bins: Bins) -> dict[str, Any]:
    """Observed share by score: a band with its line and tick; hatched where it says nothing."""
    marks = [
        {
            "x": _across(row["score"]),
            "band_x": f"{LEFT + row['score'] * WIDE - 4:.1f}",
            "tick_x": f"{LEFT + row['score'] * WIDE - 6:.1f}",
            "y": _down(row["share"]),
            "top": _down(row["high"]),
            "bottom": _down(row["low"]),
            "height": f"{max((row['high'] - row['low']) * HIGH, 1.0):.1f}",
            "enough": row["customers"] >= ENOUGH,
        }
        for row in bins
    ]
    steps = [
        {"value": f"{step}", "x": _across(step / 100), "y": _down(step / 100)}
        for step in range(0, 101, 20)
    ]
    ends = {"left": LEFT, "right": LEFT + WIDE, "top": TOP, "bottom": TOP + HIGH}
    return {"marks": marks, "steps": steps, **{k: f"{v:.0f}" for k, v in ends.items()}}


def lift(rows: Bins) -> dict[str, Any]:
    """Leavers by tenth of score against the mean, as bars; the mean is a line at 1."""
    most = max([row["lift"] for row in rows] + [1.0])
    step = LIFT_WIDE / max(len(rows), 1)
    bars = [
        {
            "x": f"{LEFT + i * step + 4:.1f}",
            "middle": f"{LEFT + i * step + step / 2:.1f}",
            "width": f"{step - 8:.1f}",
            "y": f"{TOP + LIFT_HIGH * (1 - row['lift'] / most):.1f}",
            "height": f"{max(LIFT_HIGH * row['lift'] / most, 0.5):.1f}",
            "label_y": f"{TOP + LIFT_HIGH * (1 - row['lift'] / most) - 5:.1f}",
            "label": f"{row['lift']:.1f}",
            "number": row["decile"],
        }
        for i, row in enumerate(rows)
    ]
    return {"bars": bars, "mean_y": f"{TOP + LIFT_HIGH * (1 - 1 / most):.1f}"}


def totals(rows: Bins) -> dict[str, Any]:
    """Forecast beside what came, by tenth: a wide grey bar behind, a narrow one in front."""
    most = max([max(row["predicted"], row["actual"]) for row in rows] + [1e-9])
    step = LIFT_WIDE / max(len(rows), 1)
    unit = LIFT_HIGH / most
    bars = [
        {
            "wide_x": f"{LEFT + i * step + 3:.1f}",
            "wide": f"{step - 6:.1f}",
            "narrow_x": f"{LEFT + i * step + step / 2 - 5:.1f}",
            "middle": f"{LEFT + i * step + step / 2:.1f}",
            "actual_y": f"{TOP + LIFT_HIGH - row['actual'] * unit:.1f}",
            "actual": f"{max(row['actual'] * unit, 0.5):.1f}",
            "predicted_y": f"{TOP + LIFT_HIGH - row['predicted'] * unit:.1f}",
            "predicted": f"{max(row['predicted'] * unit, 0.5):.1f}",
            "number": i + 1,
        }
        for i, row in enumerate(rows)
    ]
    return {"bars": bars}


def curve(points: Points) -> str:
    """An SVG path of points in the unit square."""
    steps = [f"{LEFT + x * SQUARE:.1f} {TOP + (1 - y) * SQUARE:.1f}" for x, y in points]
    return f"M{'L'.join(steps)}" if steps else ""


def spans(rows: Sequence[tuple[float, float]]) -> list[dict[str, str]]:
    """(value, half width) pairs as ranges on one axis of 200 that holds them all."""
    low = min([value - half for value, half in rows], default=0.0)
    high = max([value + half for value, half in rows], default=1.0)
    unit = 190.0 / max(high - low, 1e-9)
    return [
        {
            "low": f"{5 + (value - half - low) * unit:.1f}",
            "width": f"{max(2 * half * unit, 1.0):.1f}",
            "here": f"{5 + (value - low) * unit - 1:.1f}",
        }
        for value, half in rows
    ]


def _across(share: float) -> str:
    return f"{LEFT + share * WIDE:.1f}"


def _down(share: float) -> str:
    return f"{TOP + (1 - share) * HIGH:.1f}"
