"""Scores of a few changed customers: the models that answer, no training, nobody else scored."""

from datetime import datetime
from functools import lru_cache

import numpy as np
import polars as pl

import features.services
from analytics.ranks import Floats, deciles
from core.contracts.predictor import Target
from core.localtime import local_wall
from features.building import record_shop
from features.frames import snapshot
from predictions.ensemble import Ensemble
from predictions.frames import LabelsOf, labelled, learner_features
from predictions.selectors import REASONS
from predictions.services import answering, scored, told_reasons, typed
from runs.models import ModelVersion, Run
from runs.versions import promoted_version


def score_customers(
    *, customer_pks: list[int], as_of: datetime, run: Run, labels: LabelsOf | None = None
) -> int:
    """New scores and reasons of these customers beside their new features; how many have them.

    ``labels`` are made, of everybody, where a model has learnt with them.
    """
    found = {target: pair for target in Target if (pair := _warm(target))}
    shop = record_shop()
    now = local_wall(as_of, shop.zone)
    rows = learner_features(shop, now, customer_pks)
    if not found or rows.empty:
        return 0
    if any(model.wants_labels for _, model in found.values()):
        rows = labelled(rows, shop, now, labels)
    columns, told = scored(rows, found)
    pks = rows.index.to_numpy()
    if "churn_probability" in columns:
        columns["churn_decile"] = _deciles_among_all(columns["churn_probability"], pks.tolist())
    frame = pl.DataFrame({"customer_pk": pks, **columns})
    features.services.publish_delta(frame=typed(frame, told))
    if Target.CHURN in found:
        reasons, entries = told_reasons(rows, *found[Target.CHURN])
        features.services.keep_delta(
            family=REASONS, frame=reasons, as_of=as_of, source=run, features=entries
        )
    return len(rows)


def warm_up() -> None:
    """Read the models that answer, and their libraries, before anybody waits for them."""
    for target in Target:
        _warm(target)


def _warm(target: Target) -> tuple[ModelVersion, Ensemble] | None:
    """The model that answers, read and checked once in a process; its version as it is now."""
    promoted = promoted_version(target.value)
    version = promoted or ModelVersion.objects.filter(name=target.value).first()
    model = version and _answering(target, version.pk, promoted is not None)
    return (version, model) if version and model else None


@lru_cache(maxsize=len(Target))
def _answering(target: Target, version_pk: int, promoted: bool) -> Ensemble | None:
    found = answering(target)
    return found[1] if found else None


def _deciles_among_all(values: Floats, pks: list[int]) -> Floats:
    """Their tenths among everybody's published scores."""
    frame = snapshot()
    if "churn_probability" not in frame.collect_schema().names():
        return deciles(values)
    others = frame.filter(~pl.col("customer_pk").is_in(pks)).select("churn_probability").collect()
    known = others["churn_probability"].drop_nulls().cast(pl.Float64).to_numpy()
    everybody = np.concatenate([np.asarray(values, np.float32).astype(float), known])
    return deciles(everybody)[: len(values)]
