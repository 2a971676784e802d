"""The one door from a shop's rows to training frames: features as of past days, and what came."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl

from analytics.design import LABELS as SEGMENT_LABELS
from analytics.design import base_names
from core.contracts.predictor import Target, TrainingSet
from features.shop import Shop, features_at
from predictions.treated import Mask, campaign_parameters, known_outcomes, treated_rows

# Families that the design looks at; the others cost time and say nothing to it.
FAMILIES = ("activity", "channels", "gaps", "habits", "purchases", "variety", "windows")
LABELS = tuple(target.value for target in Target)
# (shop, as_of by its wall clock) → analytics.design.LABELS by customer_pk, fitted on what was known
# by then. Who brings them stands above this app.
LabelsOf = Callable[[Shop, datetime], pd.DataFrame]


@dataclass(frozen=True)
class History:
    """Features of everybody at each origin, by customer_pk; and what came in the horizon after.

    ``labels`` has a frame with a column a target for each origin whose horizon is over.
    ``left_out`` are rows that nothing is learnt from, for the sake of ``campaigns``.
    """

    features: dict[datetime, pd.DataFrame]
    labels: dict[datetime, pd.DataFrame]
    horizon_days: int
    left_out: dict[datetime, Mask] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)

    def unlabelled(self) -> "History":
        """The same without segment labels."""
        bare = {
            origin: frame.drop(columns=list(SEGMENT_LABELS), errors="ignore")
            for origin, frame in self.features.items()
        }
        return replace(self, features=bare)

    def training(self, origins: list[datetime], target: Target) -> TrainingSet:
        """The labelled rows of these origins that may be learnt from, one under the other."""
        kept = {o: ~self.left_out.get(o, np.zeros(len(self.features[o]), bool)) for o in origins}
        frames = [self.features[origin][kept[origin]] for origin in origins]
        days = [np.full(len(f), o.toordinal()) for f, o in zip(frames, origins, strict=True)]
        came = [self.labels[o][target].to_numpy(float)[kept[o]] for o in origins]
        return TrainingSet(
            features=pd.concat(frames, ignore_index=True),
            target=np.concatenate(came),
            origin=np.concatenate(days),
            horizon_days=self.horizon_days,
        )


def learner_features(
    shop: Shop, as_of: datetime, only: Collection[int] | None = None
) -> pd.DataFrame:
    """float64 base features by customer_pk of everyone, or of some, with a purchase before then."""
    known = features_at(shop, as_of, FAMILIES, only)
    names = base_names(known.columns)
    numbers = known.select("customer_pk", *(pl.col(name).cast(pl.Float64) for name in names))
    return numbers.to_pandas().set_index("customer_pk")


def outcomes(shop: Shop, since: datetime, horizon_days: int, customers: pd.Index) -> pd.DataFrame:
    """Days with an order, money and churn of these customers in [since, since + horizon)."""
    lines = shop.purchases(since, since + timedelta(days=horizon_days))
    sums = lines.group_by("customer_pk").agg(
        pl.col("local_day").n_unique().alias(Target.ORDERS.value),
        (pl.col("amount_minor").sum() / shop.minor_per_major).alias(Target.SPEND.value),
    )
    frame = sums.collect().to_pandas().set_index("customer_pk").reindex(customers).fillna(0.0)
    frame[Target.CHURN.value] = (frame[Target.ORDERS.value] == 0).astype(float)
    return frame.astype(float)[list(LABELS)]


def history(
    shop: Shop,
    origins: Collection[datetime],
    horizon_days: int,
    *,
    known_until: datetime,
    whole: Collection[datetime] = (),
    most_rows: int = 400_000,
    labels: LabelsOf | None = None,
    campaigns: pl.DataFrame | None = None,
) -> History:
    """Features at every origin; labels where the horizon ended by ``known_until``.

    Nothing at or after ``known_until`` is looked at, not even which channels there are. Together
    the origins keep ``most_rows`` at most, the ``whole`` ones all their customers. ``labels`` are
    made of everybody at each origin; ``campaigns`` has OUTCOME_SCHEMA.
    """
    past = replace(shop, lines=shop.lines.filter(pl.col("local_at") < known_until))
    most = max(2_000, most_rows // max(1, len(origins)))
    features = {}
    for origin in sorted(origins):
        frame = labelled(learner_features(past, origin), past, origin, labels)
        features[origin] = frame if origin in whole else sampled(frame, most, origin.toordinal())
    over = [o for o in features if o + timedelta(days=horizon_days) <= known_until]
    came = {o: outcomes(past, o, horizon_days, features[o].index) for o in over}
    if campaigns is None:
        return History(features, came, horizon_days)
    seen = known_outcomes(campaigns, known_until)
    left_out = {o: treated_rows(seen, o, horizon_days, features[o].index) for o in over}
    return History(features, came, horizon_days, left_out, campaign_parameters(seen, left_out))


def labelled(
    frame: pd.DataFrame, shop: Shop, as_of: datetime, labels: LabelsOf | None
) -> pd.DataFrame:
    """Features with the segment labels of the same moment, where there is somebody to make them."""
    return frame if labels is None else frame.join(labels(shop, as_of))


def sampled(frame: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """At most so many rows, drawn by the seed, in their order."""
    if len(frame) <= most:
        return frame
    drawn = np.random.default_rng(seed).choice(len(frame), most, replace=False)
    return frame.iloc[np.sort(drawn)]
