"""What learns about customers: features, clusters, predictions."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl

from analytics.metrics import auc
from benchmarks.measuring import Result, cpu_seconds, measured, real_shop, seconds
from core.contracts.predictor import Target
from features.shop import Shop, features_at
from predictions.frames import history
from predictions.predictors.gradient_boosting import GradientBoosting
from segmentation.algorithms.kmeans import KMeans
from transactions.mirror import DERIVED_SCHEMA, LINE_SCHEMA, PRODUCT_SCHEMA

LINES, BUYERS = 10_000_000, 420_000
AS_OF = datetime.fromisoformat("2026-01-01")
HORIZON = 28


def build_features(home: Path) -> Result:
    """Three families over ten million lines; peer: the same columns asked of Polars in one query,
    without what makes them right for returns, wall clocks and shops with two orders a day."""
    shop = _large_shop()
    families = {"purchases", "gaps", "windows"}
    ours = seconds(lambda: features_at(shop, AS_OF, families))
    peer = seconds(lambda: _bare_features(shop.lines))
    return measured("features", ours, peer, "s", f"{LINES:,} lines, {BUYERS:,} customers")


def cluster_many(home: Path) -> Result:
    """k from 2 to 8 by stability, and the fit, for 420,000 customers × 12; peer: one plain fit."""
    from sklearn.cluster import KMeans as Plain

    dice = np.random.default_rng(0)
    centres = dice.normal(0, 3, (5, 12))
    values = centres[dice.integers(0, 5, 420_000)] + dice.normal(0, 1, (420_000, 12))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(12)])
    ours = seconds(lambda: KMeans().cluster(table))
    peer = seconds(lambda: Plain(5, n_init=10, random_state=0).fit(values))
    return measured("clustering", ours, peer, "s", "peer: KMeans(5, n_init=10), k given")


def fit_a_prediction(home: Path) -> Result:
    """Gradient boosting of churn, CPU-seconds; peer: LightGBM's of as many trees and leaves."""
    training, rows, truth = _churn_material()
    model = GradientBoosting()
    found: dict[str, Any] = {}
    ours = cpu_seconds(lambda: found.update(ours=model.fit(training, Target.CHURN)))
    peer = cpu_seconds(
        lambda: found.update(peer=_peer(model).fit(training.features, training.target))
    )
    note = ", ".join(
        f"AUC {name} {auc(truth, _said(one, rows)):.4f}" for name, one in found.items()
    )
    return measured("predict-fit", ours, peer, "cpu-s", f"{len(training.target):,} rows; {note}")


def score_customers(home: Path) -> Result:
    """Churn of 200,000 customers, CPU-seconds; peer: LightGBM on the bare features."""
    training, rows, _ = _churn_material()
    model = GradientBoosting()
    many = pd.concat([rows] * (200_000 // len(rows) + 1), ignore_index=True).iloc[:200_000]
    fitted, peer = model.fit(training, Target.CHURN), _peer(model)
    peer.fit(training.features, training.target)
    ours = cpu_seconds(lambda: fitted.predict(many))
    theirs = cpu_seconds(lambda: peer.predict_proba(many))
    note = "ours works its columns out of the base features first"
    return measured("predict-score", ours, theirs, "cpu-s", note)


def _churn_material() -> tuple[Any, pd.DataFrame, Any]:
    """Origins every 14 days of a real shop whose horizon ends before the last one, and that one."""
    shop = real_shop()
    span = shop.span()
    assert span is not None
    last = datetime.combine(span[1].date(), datetime.min.time()) - timedelta(days=HORIZON - 1)
    origins = [last - timedelta(days=HORIZON + 14 * number) for number in range(17)]
    known = history(shop, [*origins, last], HORIZON, known_until=last + timedelta(days=HORIZON))
    truth = known.labels[last][Target.CHURN].to_numpy()
    return known.training(sorted(origins), Target.CHURN), known.features[last], truth


def _peer(model: GradientBoosting) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=model.trees, learning_rate=model.rate, num_leaves=model.leaves,
        min_child_samples=model.least_in_leaf, reg_lambda=model.penalty,
        colsample_bytree=model.share_of_columns, random_state=model.seed, n_jobs=2, verbose=-1,
    )  # fmt: skip


def _said(model: Any, rows: pd.DataFrame) -> Any:
    found = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    return found[:, 1] if found.ndim == 2 else found


def _large_shop() -> Shop:
    """Four lines an order, a year of orders, drawn by a seed."""
    dice = np.random.default_rng(0)
    order = np.arange(LINES) // 4
    at = (
        np.datetime64("2025-01-01", "us")
        + dice.integers(0, 365 * 86_400, order[-1] + 1) * 1_000_000
    )
    lines = pl.DataFrame(
        {
            "line_pk": np.arange(LINES),
            "order_pk": order,
            "customer_pk": dice.integers(0, BUYERS, order[-1] + 1)[order],
            "product_pk": dice.integers(0, 20_000, LINES),
            "local_at": at[order],
            "quantity": np.ones(LINES),
            "amount_minor": dice.integers(100, 5_000, LINES),
            "discount_minor": np.zeros(LINES, int),
            "returned": np.zeros(LINES, bool),
        }
    ).with_columns(
        pl.col("local_at").dt.date().alias("local_day"),
        pl.col("local_at").dt.hour().alias("local_hour"),
    )
    schema = {**LINE_SCHEMA, **DERIVED_SCHEMA}
    missing = [pl.lit(None).alias(name) for name in schema if name not in lines.columns]
    full = lines.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())
    people = pl.LazyFrame({"customer_pk": np.arange(BUYERS)})
    products = pl.LazyFrame(schema=PRODUCT_SCHEMA)
    return Shop("large", full.lazy(), products, people, ZoneInfo("UTC"))


def _bare_features(lines: pl.LazyFrame) -> pl.DataFrame:
    orders = lines.group_by("customer_pk", "order_pk", "local_at", "local_day").agg(
        pl.col("amount_minor").sum(), pl.len()
    )
    gap = pl.col("local_day").unique().sort().diff().dt.total_days()
    windows = [
        entry
        for days in (7, 14, 30, 60, 90, 180)
        for inside in [pl.col("local_at") >= AS_OF - timedelta(days=days)]
        for entry in (
            inside.sum().alias(f"orders_{days}d"),
            pl.col("amount_minor").filter(inside).sum().alias(f"spend_{days}d"),
        )
    ]
    return orders.group_by("customer_pk").agg(
        pl.len().alias("orders"), pl.col("amount_minor").sum(), pl.col("len").sum(),
        pl.col("local_at").max().alias("last"), pl.col("local_at").min().alias("first"),
        gap.mean().alias("gap_mean"), gap.std().alias("gap_std"),
        gap.median().alias("gap_median"), gap.max().alias("gap_longest"), *windows,
    ).collect()  # fmt: skip
