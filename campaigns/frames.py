"""The one door from campaigns to a dataframe."""

from datetime import datetime

import polars as pl

from campaigns.models import Decision
from core.bulk import read_query
from core.money import minor_per_major
from core.selectors import organisation

OUTCOME_SCHEMA = {
    "customer_pk": pl.Int64(),
    "campaign": pl.String(),
    "treated_at": pl.Datetime("us"),
    "kind": pl.String(),
    "at": pl.Datetime("us"),
    "value": pl.Float64(),
}

OUTCOMES = """
    SELECT o.customer_id, c.slug,
           CASE WHEN a.decision = %(treated)s THEN c.launched_at AT TIME ZONE 'UTC' END,
           o.kind, o.at AT TIME ZONE 'UTC', o.value_minor::float8 / %(minor_per_major)s
    FROM campaigns_outcome o
    JOIN campaigns_campaign c ON c.id = o.campaign_id
    JOIN campaigns_assignment a ON a.campaign_id = o.campaign_id AND a.customer_id = o.customer_id
    WHERE o.at >= %(since)s ORDER BY o.at, o.id
"""


def outcomes_frame(since: datetime) -> pl.DataFrame:
    """What customers did with campaigns from ``since`` on, the oldest first.

    Columns of OUTCOME_SCHEMA; times are UTC, ``value`` is money in major units. ``treated_at`` is
    the launch, null for a customer of the control group.
    """
    values = {
        "treated": Decision.TREATED,
        "minor_per_major": minor_per_major(organisation().currency),
        "since": since,
    }
    return read_query(OUTCOMES, OUTCOME_SCHEMA, values)
