"""Verbs of predictions: train models, score everybody, publish downward."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import polars as pl

import features.services
from analytics.ranks import deciles
from core.contracts.builder import Feature
from core.contracts.predictor import Target
from core.formats import money
from core.localtime import local_wall
from core.once import one_moment
from features.building import record_shop
from features.shop import Shop
from predictions.backtest import Recipe
from predictions.ensemble import Ensemble, restored
from predictions.evaluation import known_history, planned
from predictions.frames import History, LabelsOf, labelled, learner_features
from predictions.profiles import NotYet, Plan, ProfileName
from predictions.reasons import SHOWN, reasons_frame
from predictions.selectors import REASONS
from predictions.training import Trained, learnt
from runs.models import ModelVersion, Run
from runs.stored import DamagedModel, load_bytes, store_bytes
from runs.versions import Fitted, promote, promoted_version, register
from runs.work import Step

FAMILY = "predictions"
LIBRARIES = ("numpy", "scipy", "scikit-learn", "skops", "safetensors")
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Material:
    """The past of a shop worked out once, for the training of several targets."""

    days: Plan
    known: History


def material(
    *, shop: Shop, as_of: datetime, horizon_days: int, profile: ProfileName = "fast",
    labels: LabelsOf | None = None, outcomes: pl.DataFrame | None = None,
) -> Material:  # fmt: skip
    """``as_of`` is a moment with its zone. Refused (NotYet) where the past is too short.

    ``labels`` are tried as inputs where the profile says so. ``outcomes`` of campaigns, with
    predictions.treated.OUTCOME_SCHEMA: what treated customers did then is not learnt from.
    """
    days = planned(shop, local_wall(as_of, shop.zone), horizon_days, profile)
    return Material(days, known_history(shop, days, labels, outcomes))


def train(
    *, target: Target, shop: Shop, as_of: datetime, horizon_days: int, run: Run, step: Step,
    profile: ProfileName = "fast", prepared: Material | None = None,
    outcomes: pl.DataFrame | None = None,
) -> ModelVersion:  # fmt: skip
    """Train, judge and register a model; promoted when it beats the baseline and the present one.

    Looks at nothing from ``as_of`` on. ``prepared`` spares the features their second making, and
    has its own ``outcomes``.
    """
    ready = prepared or material(
        shop=shop, as_of=as_of, horizon_days=horizon_days, profile=profile, outcomes=outcomes
    )
    rows = sum(map(len, ready.known.features.values()))
    step.wrote(0, of=rows)
    current = promoted_version(target.value)
    trained = learnt(ready.known, ready.days, target, _recipe_of(current, horizon_days))
    version = _registered(trained, as_of=as_of, run=run)
    step.wrote(rows, of=rows)
    return version


def train_all(
    *, shop: Shop, as_of: datetime, horizon_days: int, run: Run, step: Step,
    profile: ProfileName = "fast", targets: Iterable[Target] = tuple(Target),
) -> list[ModelVersion]:  # fmt: skip
    """``train`` for each target over the same material."""
    ready = material(shop=shop, as_of=as_of, horizon_days=horizon_days, profile=profile)
    return [
        train(
            target=target, shop=shop, as_of=as_of, horizon_days=horizon_days, run=run, step=step,
            profile=profile, prepared=ready,
        )
        for target in targets
    ]  # fmt: skip


def score(
    *, step: Step, as_of: datetime, run: Run, shop: Shop | None = None,
    labels: LabelsOf | None = None,
) -> dict[str, int]:  # fmt: skip
    """Score everybody with a purchase before ``as_of`` and publish; {column: customers}.

    Where no model was promoted its baseline answers. Reasons are kept beside the scores.
    ``labels`` are made where a model has learnt with them.
    """
    shop = shop or record_shop()
    now = local_wall(as_of, shop.zone)
    rows = learner_features(shop, now)
    models = {target: answering(target) for target in Target}
    found = {target: pair for target, pair in models.items() if pair}
    if not found or rows.empty:
        raise NotYet("Not yet: there is no model to score with. Train one first.")
    step.wrote(0, of=len(rows))
    if any(model.wants_labels for _, model in found.values()):
        rows = labelled(rows, shop, now, labels)
    columns, told = scored(rows, found)
    frame = pl.DataFrame({"customer_pk": rows.index.to_numpy(), **columns})
    features.services.publish(
        family=FAMILY, frame=typed(frame, told), as_of=as_of, source=run, features=told
    )
    step.wrote(len(rows) // 2, of=len(rows))
    if Target.CHURN in found:
        reasons, entries = told_reasons(rows, *found[Target.CHURN])
        features.services.keep(
            family=REASONS, frame=reasons, as_of=as_of, source=run, features=entries
        )
    step.wrote(len(rows), of=len(rows))
    return {name: len(rows) for name in columns}


def answering(target: Target) -> tuple[ModelVersion, Ensemble] | None:
    """The model that answers for a target: the promoted one, or else the newest's baseline."""
    promoted = promoted_version(target.value)
    version = promoted or ModelVersion.objects.filter(name=target.value).first()
    if version is None:
        return None
    model = loaded(version)
    return version, model if promoted else model.cautious()


def loaded(version: ModelVersion) -> Ensemble:
    """The stored model; refused where the file is damaged or another's."""
    data = load_bytes(version)
    try:
        return restored(data)
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedModel(
            f"The model file {version.path} cannot be read: {error}. Train it again, or roll back"
            " to another version."
        ) from error


def _recipe_of(version: ModelVersion | None, horizon_days: int) -> Recipe | None:
    """What the present model would say; None where it looked another number of days ahead."""
    if version is None or version.parameters.get("horizon_days") != horizon_days:
        return None
    return Recipe.of(Target(version.name), version.parameters["recipe"])


def _registered(trained: Trained, *, as_of: datetime, run: Run) -> ModelVersion:
    path, sha256 = store_bytes(trained.model.target.value, trained.model.stored(), suffix=SUFFIX)
    version = register(
        name=trained.model.target.value,
        run=run,
        as_of=as_of,
        fitted=Fitted(
            path=path,
            sha256=sha256,
            libraries=LIBRARIES,
            feature_schema=sorted(trained.model.medians),
            parameters=trained.parameters,
            metrics=trained.metrics,
            importances=trained.importances,
            evaluation=trained.evaluation,
        ),
        verdict=trained.verdict,
    )
    return promote(version=version, verdict=trained.verdict) if trained.is_better else version


def scored(
    rows: pd.DataFrame, found: dict[Target, tuple[ModelVersion, Ensemble]]
) -> tuple[dict[str, Any], list[Feature]]:
    """The published columns and their catalogue entries."""
    columns: dict[str, Any] = {}
    told: list[Feature] = []
    for target, (version, model) in found.items():
        values, days = model.predict(rows), model.horizon_days
        source = f"{version.name} model {version.pk}" + ("" if version.promoted else ", baseline")
        if target is Target.CHURN:
            columns |= {"churn_probability": values, "churn_decile": deciles(values)}
            words = f"probability of no purchase in the next {days} days"
            told += [
                Feature("churn_probability", "float32", words, source=source),
                Feature(
                    "churn_decile", "int16", "1: the tenth most likely to leave", source=source
                ),
            ]
        elif target is Target.ORDERS:
            columns["expected_orders"] = values
            words = f"days with an order expected in the next {days} days"
            told.append(Feature("expected_orders", "float32", words, source=source, unit="orders"))
        else:
            columns["expected_value"] = values
            words = f"money expected in the next {days} days"
            told.append(Feature("expected_value", "float64", words, source=source, unit="money"))
    return columns, told


def typed(frame: pl.DataFrame, told: list[Feature]) -> pl.DataFrame:
    types = {"float32": pl.Float32, "float64": pl.Float64, "int16": pl.Int16}
    return frame.select("customer_pk", *(pl.col(f.name).cast(types[f.dtype]) for f in told))


def told_reasons(
    rows: pd.DataFrame, version: ModelVersion, model: Ensemble
) -> tuple[pl.DataFrame, list[Feature]]:
    """Why each churn score is what it is, as the columns of a kept family."""
    with one_moment():
        table = reasons_frame(rows, model.medians, model, money)
    source = f"churn model {version.pk}"
    told = [
        entry
        for place in range(1, SHOWN + 1)
        for entry in (
            Feature(f"feature_{place}", "text", "what the reason is about", source=source),
            Feature(f"contribution_{place}", "float32", "how much it raises churn", source=source),
            Feature(f"words_{place}", "text", "the reason in words", source=source),
        )
        if entry.name in table.columns
    ]
    frame = pl.DataFrame(
        {"customer_pk": table.index.to_numpy()}
        | {f.name: pl.Series(_or_none(table[f.name]), dtype=_dtype(f)) for f in told}
    )
    return frame, told


def _or_none(column: pd.Series) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def _dtype(feature: Feature) -> Any:
    return pl.String if feature.dtype == "text" else pl.Float32
