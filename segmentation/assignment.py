"""Which cluster a customer with these figures would be in: numpy only, in the web process."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.errors import NotFound, Refused
from segmentation.models import Grouping, SegmentKind
from segmentation.services.clusters import centroid_model, promoted_clusters

MOST_ROWS = 10_000
# By their meaning they are never negative.
COUNTS = ("recency_days", "purchase_frequency", "purchase_monetary_value")


class BadFigures(Refused):
    code = "bad_figures"


def cluster_run(run: int | None) -> Grouping:
    """The cluster run of that number, or the standard one."""
    found = (
        promoted_clusters()
        if run is None
        else Grouping.objects.filter(run_id=run, kind=SegmentKind.CLUSTER).first()
    )
    if found is None:
        missing = "There are no clusters yet. Run a refresh first."
        raise NotFound(missing if run is None else f"There is no cluster run {run}.")
    return found


def assign(figures: Any, grouping: Grouping) -> Any:
    """One object of the run's features, or a list of them → the same shape of answers.

    An answer is {cluster, name, description, border, weak}; border 1 lies between two clusters.
    """
    rows = figures if isinstance(figures, list) else [figures]
    if not rows:
        raise BadFigures("The list is empty. Send at least one object.")
    if len(rows) > MOST_ROWS:
        raise BadFigures(f"At most {MOST_ROWS:,} objects at once.")
    model = centroid_model(grouping)
    values = np.array([_row(row, model.features, i) for i, row in enumerate(rows)], dtype=float)
    groups = {group["label"]: group for group in grouping.groups}
    answers = [
        _answer(groups.get(int(label)), int(label), float(border), grouping)
        for label, border in zip(model.assign(values), model.border(values), strict=True)
    ]
    return answers if isinstance(figures, list) else answers[0]


def _row(row: Any, features: Sequence[str], index: int) -> list[float]:
    if not isinstance(row, Mapping):
        raise BadFigures(f"Item {index} is no object with {', '.join(features)}.")
    return [_number(row, name, index) for name in features]


def _number(row: Mapping[str, Any], name: str, index: int) -> float:
    if name not in row:
        raise BadFigures(f"Item {index} lacks {name}.", fields={name: "missing"})
    value = row[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or abs(value) > 1e15 or not math.isfinite(value):
        raise BadFigures(
            f"Item {index}: {name} is a number, and {value!r} is not.",
            fields={name: "not a number"},
        )
    if name in COUNTS and value < 0:
        raise BadFigures(f"Item {index}: {name} cannot be negative.", fields={name: "negative"})
    return float(value)


def _answer(
    group: dict[str, Any] | None, label: int, border: float, grouping: Grouping
) -> dict[str, Any]:
    # A label that no customer has at the moment still has its place, but no name.
    name = group["name"] if group else f"Cluster {label}"
    return {
        "cluster": label,
        "name": name,
        "description": group["sentence"] if group else "No customer is in this cluster now.",
        "border": round(border, 4),
        "weak": grouping.is_weak,
    }
