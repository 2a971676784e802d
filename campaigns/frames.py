"""The one door from campaigns to a dataframe."""

from datetime import datetime

import polars as pl

from campaigns.models import SIMULATED_PURCHASE, CampaignState, Decision, Origin
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

ASSIGNED_SCHEMA = {
    "customer_pk": pl.Int64(),
    "group": pl.String(),
    "variant": pl.String(),
}

# Everybody in the comparison, as assigned; whoever was left out at the launch is not in it.
ASSIGNED = """
    SELECT a.customer_id, a.decision, v.name FROM campaigns_assignment a
    LEFT JOIN campaigns_variant v ON v.id = a.variant_id
    WHERE a.campaign_id = %(campaign)s AND a.decision <> %(excluded)s
"""

PURCHASE_SCHEMA = {
    "customer_pk": pl.Int64(),
    "day": pl.Int64(),
    "orders": pl.Int64(),
    "revenue": pl.Float64(),
}

# Returned lines and lines without a piece count on neither side, as in every feature. What the
# customers of a simulated campaign are said to have bought counts as orders of their own.
PURCHASES = """
    WITH compared AS NOT MATERIALIZED (
        SELECT a.campaign_id, a.customer_id FROM campaigns_assignment a
        WHERE a.campaign_id = %(campaign)s AND a.decision <> %(excluded)s
    ), bought AS (
        SELECT o.customer_id, o.occurred_at AS at, o.id AS order_id, l.amount_minor
        FROM compared c
        JOIN transactions_order o ON o.customer_id = c.customer_id
        JOIN transactions_orderline l ON l.order_id = o.id
        WHERE coalesce(l.quantity, 1) > 0 AND NOT l.returned
      UNION ALL
        SELECT u.customer_id, u.at, -u.id, coalesce(u.value_minor, 0)
        FROM compared c
        JOIN campaigns_campaign s ON s.id = c.campaign_id AND s.origin = %(simulated)s
        JOIN campaigns_outcome u ON u.campaign_id = s.id AND u.customer_id = c.customer_id
        WHERE u.kind = %(purchase)s
    )
    SELECT customer_id, floor(extract(epoch FROM at - %(since)s) / 86400)::bigint,
           count(DISTINCT order_id), sum(amount_minor)::float8 / %(minor_per_major)s
    FROM bought WHERE at >= %(since)s AND at < %(until)s
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def assigned_frame(campaign_pk: int) -> pl.DataFrame:
    """Who is compared: columns of ASSIGNED_SCHEMA; ``group`` is treated or control."""
    values = {"campaign": campaign_pk, "excluded": Decision.EXCLUDED}
    return read_query(ASSIGNED, ASSIGNED_SCHEMA, values)


def purchases_frame(campaign_pk: int, since: datetime, until: datetime) -> pl.DataFrame:
    """What they bought in [since, until), one row per customer and 24 hours from ``since`` on.

    Columns of PURCHASE_SCHEMA; revenue is money in major units.
    """
    values = {
        "campaign": campaign_pk,
        "excluded": Decision.EXCLUDED,
        "simulated": Origin.SIMULATED,
        "purchase": SIMULATED_PURCHASE,
        "since": since,
        "until": until,
        "minor_per_major": minor_per_major(organisation().currency),
    }
    return read_query(PURCHASES, PURCHASE_SCHEMA, values)


TREATED = """
    SELECT a.customer_id, c.slug, c.launched_at AT TIME ZONE 'UTC',
           o.kind, o.at AT TIME ZONE 'UTC', o.value_minor::float8 / %(minor_per_major)s
    FROM campaigns_assignment a
    JOIN campaigns_campaign c ON c.id = a.campaign_id
    LEFT JOIN campaigns_outcome o
      ON o.campaign_id = a.campaign_id AND o.customer_id = a.customer_id
    WHERE a.decision = %(treated)s AND c.origin = %(own)s AND c.launched_at >= %(since)s
    ORDER BY c.launched_at, a.id, o.id
"""


def treated_frame(since: datetime) -> pl.DataFrame:
    """Everybody treated by a campaign launched here from ``since`` on, with each outcome.

    Columns of OUTCOME_SCHEMA; ``kind``, ``at`` and ``value`` are null for whoever did nothing, so
    that nobody is chosen by what they did. Campaigns that were targeted or simulated are not in it.
    """
    values = {
        "treated": Decision.TREATED,
        "own": Origin.OWN,
        "minor_per_major": minor_per_major(organisation().currency),
        "since": since,
    }
    return read_query(TREATED, OUTCOME_SCHEMA, values)


ELSEWHERE = """
    SELECT DISTINCT a.customer_id FROM campaigns_assignment a
    JOIN campaigns_campaign c ON c.id = a.campaign_id
    WHERE c.state = %(running)s AND a.decision = %(treated)s
      AND c.id IS DISTINCT FROM %(campaign)s
"""


def treated_elsewhere(campaign_pk: int | None) -> pl.Series:
    """customer_pk of everybody whom another running campaign treats."""
    values = {
        "running": CampaignState.RUNNING, "treated": Decision.TREATED, "campaign": campaign_pk,
    }  # fmt: skip
    return read_query(ELSEWHERE, {"customer_pk": pl.Int64()}, values)["customer_pk"]


RECEIPT_SCHEMA = {
    "customer_pk": pl.Int64(),
    "decision": pl.String(),
    "reason": pl.String(),
    "variant": pl.String(),
}

RECEIPT = """
    SELECT a.customer_id, a.decision, a.reason, v.name FROM campaigns_assignment a
    LEFT JOIN campaigns_variant v ON v.id = a.variant_id
    WHERE a.campaign_id = %(campaign)s ORDER BY a.customer_id
"""


def receipt_frame(campaign_pk: int) -> pl.DataFrame:
    """Everybody whom the launch decided about: columns of RECEIPT_SCHEMA."""
    return read_query(RECEIPT, RECEIPT_SCHEMA, {"campaign": campaign_pk})


LIST_SCHEMA = {"customer_pk": pl.Int64(), "variant": pl.String()}

LISTED = """
    SELECT m.customer_id, v.name FROM campaigns_message m
    LEFT JOIN campaigns_variant v ON v.id = m.variant_id
    WHERE m.campaign_id = %(campaign)s AND m.state = 'sent' ORDER BY m.customer_id
"""


def list_frame(campaign_pk: int) -> pl.DataFrame:
    """Who is on a list that was handed over: columns of LIST_SCHEMA."""
    return read_query(LISTED, LIST_SCHEMA, {"campaign": campaign_pk})
