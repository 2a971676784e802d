"""Segment labels as of any day, for models that may learn from them: fitted on that day's past."""

from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl

from analytics import rfm
from analytics.design import LABELS
from features.shop import Shop, features_at
from segmentation.algorithms.kmeans import KMeans

CLUSTERS = 3


def segment_labels(shop: Shop, as_of: datetime) -> pd.DataFrame:
    """RFM scores, and places of group and cluster, of everyone with a purchase before ``as_of``.

    A place is that among all groups, by how long ago their customers bought on average: so it means
    the same on every day, and silence moves nobody to the front.
    """
    known = features_at(shop, as_of, {"purchases"})
    numbers = known.select("customer_pk", *(pl.col(n).cast(pl.Float64) for n in rfm.DIMENSIONS))
    table = numbers.to_pandas().set_index("customer_pk")
    if table.empty:
        return pd.DataFrame(columns=list(LABELS), index=table.index, dtype=float)
    recency, frequency, money = (table[name].to_numpy() for name in rfm.DIMENSIONS)
    cuts = rfm.thresholds(recency, frequency, money)
    scored = rfm.score(recency, frequency, money, cuts, rfm.DEFAULT_GROUPS)
    # k is given: what speaks for it is looked at once, and not read.
    algorithm = KMeans(scaling="log", k=CLUSTERS, bootstraps=1, evidence_sample=100)
    columns = (
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        place(scored.group, recency),
        place(algorithm.cluster(table).labels.to_numpy(), recency),
    )
    named = dict(zip(LABELS, columns, strict=True))
    return pd.DataFrame(named, index=table.index).astype(float)


def place(group: np.ndarray, recency: np.ndarray) -> np.ndarray:
    """For each row the place of its group by mean recency, 0 for the latest."""
    _, number = np.unique(group, return_inverse=True)
    means = np.bincount(number, recency) / np.bincount(number)
    places: np.ndarray = np.argsort(np.argsort(means, kind="stable"))[number]
    return places
