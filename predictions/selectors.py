"""Questions about predictions; none of them loads a model."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

import customers.frames
from core.contracts.predictor import Target
from core.errors import NotFound
from core.selectors import organisation
from features.frames import customer_features, kept_row, kept_rows, snapshot
from features.shop import Shop
from predictions.horizon import default_horizon
from runs.models import ModelVersion
from runs.selectors import versions_of
from runs.versions import promoted_version

REASONS = "churn_reasons"
COLUMNS = {
    Target.CHURN: "churn_probability",
    Target.ORDERS: "expected_orders",
    Target.SPEND: "expected_value",
}
SCORES = ("churn_probability", "churn_decile", "expected_orders", "expected_value")


@dataclass(frozen=True)
class ChurnReason:
    """``contribution``: by how much it raises (below 0: lowers) the probability of leaving."""

    feature: str
    contribution: float
    words: str
    direction: str


@dataclass(frozen=True)
class ChurnReasons:
    """Why a customer's churn_probability is what it is, by which model and as of when."""

    reasons: tuple[ChurnReason, ...]
    source: str
    as_of: datetime


@dataclass(frozen=True)
class CustomerScores:
    """What is expected of one customer; None where no model has scored them."""

    as_of: datetime | None
    horizon_days: int | None
    churn_probability: float | None
    churn_decile: int | None
    expected_orders: float | None
    expected_value: float | None
    reasons: tuple[ChurnReason, ...]
    model_versions: dict[str, int]


def answering_version(name: str) -> ModelVersion:
    """The version in use, or the newest whose baseline answers; NotFound with the way out."""
    if name not in tuple(Target):
        raise NotFound(f"There is no prediction {name!r}. Predictions are: {', '.join(Target)}.")
    known = versions_of(name)
    found = known.filter(promoted=True).first() or known.first()
    if found is None:
        raise NotFound(f"{name} is not trained yet. Run a refresh with enough orders first.")
    return found


def customer_predictions(customer_pk: int) -> CustomerScores:
    known, told = customer_features(customer_pk), churn_reasons(customer_pk)
    versions = {t.value: v for t in Target if (v := promoted_version(t))}
    churn = versions.get(Target.CHURN.value)
    scores: dict[str, Any] = {name: known.get(name) for name in SCORES}
    return CustomerScores(
        as_of=told.as_of if told else None,
        horizon_days=churn.parameters.get("horizon_days") if churn else None,
        reasons=told.reasons if told else (),
        model_versions={name: version.pk for name, version in versions.items()},
        **scores,
    )


def scored_customers(
    name: str, *, low: float | None = None, high: float | None = None
) -> list[dict[str, Any]]:
    """[{customer_id, value}] by falling score, then key; limits are inclusive."""
    answering_version(name)
    column = COLUMNS[Target(name)]
    frame = snapshot()
    if column not in frame.collect_schema().names():
        return []
    value = pl.col(column).cast(pl.Float64)
    chosen = frame.select("customer_pk", value.alias("value")).filter(pl.col("value").is_not_null())
    if low is not None:
        chosen = chosen.filter(pl.col("value") >= low)
    if high is not None:
        chosen = chosen.filter(pl.col("value") <= high)
    ids = customers.frames.ids_frame().lazy()
    named = chosen.join(ids, on="customer_pk").sort(
        ["value", "customer_pk"], descending=[True, False]
    )
    return named.select("customer_id", "value").collect().to_dicts()


def churn_reasons(customer_pk: int) -> ChurnReasons | None:
    """The strongest reasons first; None for a customer who was not scored."""
    found = kept_row(REASONS, customer_pk)
    if found is None:
        return None
    file, row = found
    return ChurnReasons(_reasons(row), file.columns[0]["source"], file.as_of)


def churn_reasons_of(customer_pks: Collection[int]) -> dict[int, tuple[ChurnReason, ...]]:
    """The same of several customers at one look; who was not scored is not in it."""
    rows = kept_rows(REASONS, customer_pks)
    return {row["customer_pk"]: _reasons(row) for row in rows.iter_rows(named=True)}


def _reasons(row: Mapping[str, Any]) -> tuple[ChurnReason, ...]:
    places = [key.removeprefix("words_") for key in row if key.startswith("words_")]
    return tuple(
        ChurnReason(
            feature=row[f"feature_{place}"],
            contribution=row[f"contribution_{place}"],
            words=row[f"words_{place}"],
            direction="raises" if row[f"contribution_{place}"] > 0 else "lowers",
        )
        for place in sorted(places, key=int)
        if row[f"words_{place}"] is not None
    )


def horizon_of(shop: Shop) -> int:
    """The organisation's horizon where somebody set one, else the shop's own."""
    return organisation().horizon_days or default_horizon(shop)
