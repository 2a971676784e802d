"""What campaigns did to customers, and so which rows say nothing of their natural behaviour."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from core.formats import whole

# One row a treated customer and outcome; times by the shop's wall clock. ``kind``, ``at`` and
# ``value`` (money in major units) are null for whoever was treated and did nothing.
OUTCOME_SCHEMA: dict[str, Any] = {
    "customer_pk": pl.Int64(),
    "treated_at": pl.Datetime("us"),
    "kind": pl.String(),
    "at": pl.Datetime("us"),
    "value": pl.Float64(),
}
# An origin that would keep a smaller share of its customers than this keeps all of them.
LEAST_LEFT = 0.1

Mask = npt.NDArray[np.bool_]


def known_outcomes(outcomes: pl.DataFrame, known_until: datetime) -> pl.DataFrame:
    """Treatments before ``known_until``, with the outcomes that were known by then."""
    came = pl.col("at").is_null() | (pl.col("at") < known_until)
    return outcomes.filter(pl.col("treated_at") < known_until, came)


def treated_rows(
    outcomes: pl.DataFrame, origin: datetime, horizon_days: int, customers: pd.Index
) -> Mask:
    """Whose next ``horizon_days`` overlap those after a treatment: what came was not natural."""
    span = timedelta(days=horizon_days)
    at = pl.col("treated_at")
    touched = outcomes.filter(at < origin + span, at > origin - span)["customer_pk"]
    found: Mask = np.asarray(customers.isin(touched.to_list()), dtype=bool)
    return found if found.mean() <= 1 - LEAST_LEFT else np.zeros(len(found), bool)


def campaign_parameters(outcomes: pl.DataFrame, left_out: dict[datetime, Mask]) -> dict[str, int]:
    """For ModelVersion: what was seen, and how many rows were not learnt from."""
    return {
        "outcomes": outcomes["kind"].count(),
        "treated_customers": outcomes["customer_pk"].n_unique(),
        "rows_left_out": int(sum(mask.sum() for mask in left_out.values())),
        "rows": int(sum(len(mask) for mask in left_out.values())),
    }


def campaign_words(seen: dict[str, int]) -> str:
    if not seen.get("rows_left_out"):
        return ""
    return (
        f" {whole(seen['rows_left_out'])} of {whole(seen['rows'])} rows were not learnt from: a"
        " campaign treated these customers then. They are judged like everybody."
    )
