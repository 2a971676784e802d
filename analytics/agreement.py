"""How well predicted labels agree with the true ones: a confusion matrix and what follows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class ClassAgreement:
    """One class. Precision is 0 where nobody was predicted to be in it, recall where nobody is."""

    label: Any
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Agreement:
    """``matrix[i][j]``: how many of ``labels[i]`` were predicted as ``labels[j]``.

    Precision, recall and F1 are macro averages: each class counts alike, however small.
    """

    customers: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    classes: tuple[ClassAgreement, ...]
    labels: tuple[Any, ...]
    matrix: tuple[tuple[int, ...], ...]

    def as_row(self) -> dict[str, Any]:
        """The columns of an evaluation's row."""
        return {
            "customers": self.customers,
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "support": {str(entry.label): entry.support for entry in self.classes},
            "classes": [asdict(entry) for entry in self.classes],
            "confusion": {
                "labels": list(self.labels),
                "matrix": [list(row) for row in self.matrix],
            },
        }


def agreement(truth: Sequence[Any], predicted: Sequence[Any]) -> Agreement:
    """The report on labels and predictions of the same customers, in the same order."""
    true, said = np.asarray(truth), np.asarray(predicted)
    if len(true) != len(said):
        raise ValueError(f"{len(true)} labels and {len(said)} predictions are not of the same rows")
    if len(true) == 0:
        raise ValueError("there is no customer to compare")
    labels, places = np.unique(np.concatenate([true, said]), return_inverse=True)
    cells = places[: len(true)] * len(labels) + places[len(true) :]
    counts = np.bincount(cells, minlength=len(labels) ** 2).reshape(len(labels), len(labels))
    return agreement_of(counts.tolist(), labels.tolist())


def agreement_of(matrix: Sequence[Sequence[int]], labels: Sequence[Any]) -> Agreement:
    """The report on a confusion matrix, true labels down and predicted ones across."""
    counts = np.asarray(matrix, dtype=np.int64)
    right, support, claimed = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    precision, recall = _share(right, claimed), _share(right, support)
    f1 = _share(2 * right, support + claimed)
    return Agreement(
        customers=int(counts.sum()),
        accuracy=float(right.sum() / counts.sum()),
        precision=float(precision.mean()),
        recall=float(recall.mean()),
        f1=float(f1.mean()),
        classes=tuple(
            ClassAgreement(label, float(precision[i]), float(recall[i]), float(f1[i]), int(n))
            for i, (label, n) in enumerate(zip(labels, support, strict=True))
        ),
        labels=tuple(labels),
        matrix=tuple(tuple(row) for row in counts.tolist()),
    )


def held_out(labels: npt.NDArray[Any], *, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Who is kept out of the training, so many of each class; a class of one is trained on."""
    dice = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        number = min(max(round(share * len(members)), 1), len(members) - 1)
        chosen[dice.permutation(members)[:number]] = True
    return chosen


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), 0.0)
