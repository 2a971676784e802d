"""From base features to the columns of a model: logs, and ratios such as silence ÷ usual gap.

Every column is worked out from base features, so that moving a base feature moves all its columns.
While a customer is silent only ``recency_days`` grows and the windows shrink; that is why no column
knows the tenure, which grows too, and ``active_days`` stands in its place.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
WINDOWS = (7, 14, 30, 60, 90, 180)
COUNTS = ("purchase_frequency", "order_days", "line_count", "distinct_products",
          "distinct_categories")  # fmt: skip
MONEY = ("purchase_monetary_value", "average_order_value")
DAYS = ("active_days", "gap_days_mean", "gap_days_std", "gap_days_median", "gap_days_longest")
SHARES = ("discount_share", "return_rate")
ORDER_WINDOWS = tuple(f"orders_{days}d" for days in WINDOWS)
SPEND_WINDOWS = tuple(f"spend_{days}d" for days in WINDOWS)
DAYS_OF_ORDERS = (14, 30, 60, 90, 180)
DAY_WINDOWS = tuple(f"order_days_{days}d" for days in DAYS_OF_ORDERS)
SPANS = (2, 3, 5)
SPAN_DAYS = tuple(f"span_days_{k}" for k in SPANS)
ALL_WINDOWS = (*ORDER_WINDOWS, *DAY_WINDOWS, *SPEND_WINDOWS)
BASE = ("recency_days", *COUNTS, *MONEY, *DAYS, *SPAN_DAYS, *ALL_WINDOWS, *SHARES)
CHANNEL = "channel_share_"
# Segment labels as of the same day, where a shop's models use them. Group and cluster are places
# in the order of how long ago their customers bought on average, 0 the latest.
LABEL = "label_"
LABELS = tuple(
    f"{LABEL}{name}"
    for name in ("recency_score", "frequency_score", "monetary_score", "group", "cluster")
)
# Columns that grow with silence and with nothing else: more of them never means less churn.
SILENCE = (
    "log_recency",
    "silence_per_gap",
    "silence_per_longest",
    "silence_per_rate",
    *(f"days_since_{k}_ago" for k in SPANS),
    f"{LABEL}group",
    f"{LABEL}cluster",
)
# Columns that shrink with silence: less of them never means less churn.
RECENT = (*(f"log_{name}" for name in ALL_WINDOWS), f"{LABEL}recency_score")


def base_names(columns: list[str]) -> list[str]:
    """The columns that learners look at, in a fixed order."""
    channels = sorted(name for name in columns if name.startswith(CHANNEL))
    return [name for name in BASE if name in columns] + channels


def usual_gap(features: pd.DataFrame) -> Floats:
    """Days between orders as far as known, shrunk towards 30 days; defined after one order too."""
    orders = _values(features, "purchase_frequency", 1.0)
    active = _values(features, "active_days", 0.0)
    return (active + 30.0) / np.maximum(orders, 1.0)


def designed(features: pd.DataFrame) -> pd.DataFrame:
    """The model's columns, float64 with NaN for unknown, by the index of ``features``."""
    recency = np.maximum(_values(features, "recency_days", np.nan), 0.0)
    orders = np.maximum(_values(features, "purchase_frequency", 1.0), 1.0)
    gap = usual_gap(features)
    columns = {
        "log_recency": np.log1p(recency),
        "silence_per_gap": np.log1p(recency / gap),
        "silence_per_longest": np.log1p(recency / (_values(features, "gap_days_longest", 0) + 7)),
        "silence_per_rate": np.log1p(recency * orders / (_values(features, "active_days", 0) + 7)),
        "log_usual_gap": np.log(gap),
        "one_order": (orders <= 1).astype(float),
    }
    for k in SPANS:
        # Who has fewer order days is as one whose earlier ones lie two months further back.
        span = _values(features, f"span_days_{k}", np.nan)
        span = np.where(np.isnan(span), _values(features, "active_days", 0.0) + 60.0, span)
        columns[f"days_since_{k}_ago"] = np.log1p(recency + span)
    for name in (*COUNTS, *MONEY, *DAYS, *ALL_WINDOWS):
        columns[f"log_{name}"] = np.log1p(np.maximum(_values(features, name, np.nan), 0.0))
    for name in features.columns:
        if name in (*SHARES, *LABELS) or str(name).startswith(CHANNEL):
            columns[str(name)] = features[name].to_numpy(dtype=float)
    columns["gap_spread"] = columns["log_gap_days_std"] - columns["log_gap_days_mean"]
    return pd.DataFrame(columns, index=features.index)


def _values(features: pd.DataFrame, name: str, missing: float) -> Floats:
    """A base feature as an array; ``missing`` where the column or the value is absent."""
    if name not in features.columns:
        return np.full(len(features), missing, dtype=float)
    values = features[name].to_numpy(dtype=float)
    return np.where(np.isnan(values), missing, values)
