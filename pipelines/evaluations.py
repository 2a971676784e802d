"""What `evaluate` can judge, and the shop that it judges it on."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

import predictions.evaluation
import recommendations.evaluation
import segmentation.evaluation
from core.errors import NotFound, Refused
from core.selectors import organisation
from features.building import record_shop
from features.shop import Shop, features_at
from pipelines.labels import segment_labels
from pipelines.shop_files import DEMO, demo_shop, folder_shop
from predictions.horizon import default_horizon
from segmentation.services.cluster_options import STANDARD_FEATURES

# (shop, as_of, horizon_days or None for the default) → the evaluation as it is printed.
Evaluation = Callable[[Shop, datetime, int | None], dict[str, Any]]


# Lists are judged on the last weeks, whatever the shop's rhythm.
LIST_DAYS = 28


class NothingToEvaluate(Refused):
    code = "nothing_to_evaluate"


def evaluate(*, name: str, data: str, horizon_days: int | None, now: datetime) -> dict[str, Any]:
    """Judge one learner on its own past; on the record where no data are named."""
    shop = chosen_shop(data, now=now)
    span = shop.span()
    if span is None:
        raise NothingToEvaluate("There are no purchases to judge by. Bring in order lines first.")
    return EVALUATIONS[name](shop, day_after(span[1]), horizon_days)


def chosen_shop(data: str, *, now: datetime) -> Shop:
    """The record, the demo by its own dates, or a folder of files."""
    if not data:
        return record_shop()
    if data == DEMO:
        return demo_shop(now=now)
    folder = Path(data)
    if not folder.is_dir():
        raise NotFound(f"There is no folder {data}. Give one with order_lines.csv, or say demo.")
    shop = organisation()
    return folder_shop(folder, zone=shop.time_zone, currency=shop.currency, now=now)


def day_after(last: datetime) -> datetime:
    """The midnight after the last purchase, by the wall clock: the last day of data is whole."""
    return datetime.combine(last.date() + timedelta(days=1), time())


def _prediction(name: str) -> Evaluation:
    def judged(shop: Shop, as_of: datetime, horizon_days: int | None) -> dict[str, Any]:
        days = horizon_days or default_horizon(shop)
        return predictions.evaluation.evaluate(
            name, shop, horizon_days=days, as_of=as_of, labels=segment_labels
        )

    return judged


def _recommendations(shop: Shop, as_of: datetime, horizon_days: int | None) -> dict[str, Any]:
    days = horizon_days or LIST_DAYS
    return recommendations.evaluation.evaluate(shop, horizon_days=days, as_of=as_of)


def _segments(shop: Shop, as_of: datetime, horizon_days: int | None) -> dict[str, Any]:
    known = features_at(shop, as_of, families={"purchases"})
    names = STANDARD_FEATURES
    table = known.select("customer_pk", *(pl.col(name).cast(pl.Float64) for name in names))
    return segmentation.evaluation.evaluate_table(
        table.to_pandas().set_index("customer_pk"), as_of=as_of
    )


EVALUATIONS: dict[str, Evaluation] = {
    "churn": _prediction("churn"),
    "orders": _prediction("orders"),
    "spend": _prediction("spend"),
    "recommendations": _recommendations,
    "segments": _segments,
}
