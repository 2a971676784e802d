"""The parts of a refresh, in their order; each calls one service of the app that owns it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

import features.services
import predictions.changed
import predictions.services
import recommendations.services
import segmentation.movement
import segmentation.services
import transactions.compaction
import transactions.services
import transactions.totals
from core.contracts.predictor import Target
from core.errors import Refused
from pipelines.labels import segment_labels
from pipelines.trainers import RECOMMENDATIONS, train_missing
from runs.models import ModelVersion, Run
from runs.versions import promoted_version
from runs.work import Step


class UnknownStep(Refused):
    code = "unknown_step"


def _mirror(*, step: Step, as_of: datetime, run: Run) -> None:
    """The mirror holds all lines; each builder leaves out what came after ``as_of``."""
    transactions.services.update_mirror(wrote=step.wrote)
    transactions.compaction.compact_mirror()
    transactions.totals.keep_totals()


def _scores(*, step: Step, as_of: datetime, run: Run) -> None:
    """Scores by the models that answer; a shop that is too young for any has none."""
    if ModelVersion.objects.filter(name__in=list(Target)).exists():
        predictions.services.score(step=step, as_of=as_of, run=run, labels=segment_labels)


def _segments(*, step: Step, as_of: datetime, run: Run) -> None:
    """The past weeks of a ledger that has none come first: today's moves go on from them."""
    segmentation.services.backfill_history(step=step, as_of=as_of, run=run)
    segmentation.services.refresh_memberships(step=step, as_of=as_of, run=run)
    segmentation.movement.work_out_latest()


def _lists(*, step: Step, as_of: datetime, run: Run) -> None:
    if promoted_version(RECOMMENDATIONS) is not None:
        recommendations.services.make_lists(step=step, as_of=as_of, run=run)


def _features_of(*, customer_pks: list[int], as_of: datetime, run: Run) -> None:
    features.services.update_customers(customer_pks=customer_pks, as_of=as_of)


def _labels_of(*, customer_pks: list[int], as_of: datetime, run: Run) -> None:
    """By the stored thresholds and centroids: nobody else changes their group."""
    segmentation.services.label_customers(customer_pks=customer_pks)


# Scores are features, which rules may name: they come before who is in which segment.
STEPS: dict[str, Callable[..., object]] = {
    "mirror": _mirror,
    "features": features.services.refresh_features,
    "rfm": segmentation.services.run_rfm,
    "clusters": segmentation.services.run_clusters,
    "models": train_missing,
    "scores": _scores,
    "segments": _segments,
    "lists": _lists,
}

# The same for a few customers after a small load, in the same order: (customer_pks, as_of, run).
PARTS_FOR_A_FEW: dict[str, Callable[..., object]] = {
    "features": _features_of,
    "labels": _labels_of,
    "scores": partial(predictions.changed.score_customers, labels=segment_labels),
    "segments": segmentation.services.update_memberships,
}

# What `refresh --only` takes, and the parts that it stands for.
GROUPS = {
    "features": ("mirror", "features"),
    "segments": ("rfm", "clusters", "segments"),
    "scores": ("models", "scores"),
    "lists": ("lists",),
}


def parts_of(only: Iterable[str]) -> list[str]:
    """The parts to run, in order; no names are all of them."""
    names = list(only)
    for name in names:
        if name not in GROUPS:
            raise UnknownStep(f"{name!r} is not a step. Steps are: {', '.join(GROUPS)}.")
    chosen = [part for group in (names or GROUPS) for part in GROUPS[group]]
    return [part for part in STEPS if part in chosen]
