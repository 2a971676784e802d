"""Segment labels as inputs of a model: whether they make it better is measured for each shop."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.design import LABELS
from analytics.metrics import paired_standard_error
from core.contracts.predictor import Target
from predictions.backtest import MEASURE, Walk, choose, losses, walk
from predictions.frames import History
from predictions.profiles import Plan, candidates


@dataclass(frozen=True)
class Gain:
    """Mean loss over the judging windows; ``difference`` below 0: labels make it smaller."""

    without: float
    labelled: float
    difference: float
    standard_error: float

    @property
    def is_used(self) -> bool:
        """By two standard errors: a gain that chance would give is no ground for more inputs."""
        return self.difference < -2 * self.standard_error

    def parameters(self) -> dict[str, Any]:
        """For ModelVersion; plain JSON."""
        return {**asdict(self), "used": self.is_used}

    def told(self, target: Target) -> str:
        return (
            f" Segment labels as of each day as further inputs change the {MEASURE[target]} by"
            f" {self.difference:+.5g} (standard error {self.standard_error:.2g}):"
            f" {'used' if self.is_used else 'not used'}."
        )


@dataclass(frozen=True)
class Walked:
    """A walk with labels where they make it better, else without; ``gain`` None: not tried."""

    known: History
    found: Walk
    gain: Gain | None = None


def walked(known: History, days: Plan, target: Target) -> Walked:
    """Where the history has labels, the back-test with them beside the one without."""
    methods, bare = candidates(target, days.profile), known.unlabelled()
    plain = Walked(bare, walk(bare, days, target, methods))
    if not any(set(LABELS) & set(frame.columns) for frame in known.features.values()):
        return plain
    labelled = walk(known, days, target, methods)
    gain = gain_of(labelled, plain.found)
    if gain is not None and gain.is_used:
        return Walked(known, labelled, gain)
    return Walked(plain.known, plain.found, gain)


def gain_of(labelled: Walk, plain: Walk) -> Gain | None:
    """The paired difference over the customers of all judging windows; None where none is over."""
    windows = [w for w in plain.plan.judging() if w in plain.truth]
    if not windows:
        return None
    ours, theirs = (
        np.concatenate(
            [
                losses(found.target, found.truth[w], choose(found, w).applied(found.scores[w]))
                for w in windows
            ]
        )
        for found in (labelled, plain)
    )
    error = paired_standard_error(ours, theirs)
    means = float(ours.mean()), float(theirs.mean())
    return Gain(means[1], means[0], means[0] - means[1], error)
