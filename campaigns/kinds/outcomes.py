from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from campaigns.shifted import MOVED, shift_of
from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    no_problems,
    with_all_columns,
)
from core.upsert import Upsert, turn_away
from customers.aliases import KNOWN_AS

LONGEST_KIND = 32

# What is wrong with a row, the first that applies: the column, the reason, the remedy.
WRONG = {
    "no_campaign": (
        "campaign", "no campaign has this name", "give the campaign's name or its short name",
    ),
    "two_campaigns": (
        "campaign", "several campaigns have this name", "give the campaign's short name",
    ),
    "no_customer": ("customer_id", "no customer of ours", "bring the customer in first"),
    "stranger": (
        "customer_id", "this customer is not in the campaign",
        "leave the row out: only whom the campaign treated or held back counts",
    ),
    "early": ("at", "before the campaign's launch", "give the true time, with its offset"),
}  # fmt: skip

JUDGED = f"""
    CREATE TEMPORARY TABLE judged_outcomes ON COMMIT DROP AS
    WITH named AS (
        SELECT s.campaign, (array_agg(c.id ORDER BY c.slug = s.campaign DESC))[1] AS id,
               count(*) > 1 AND NOT bool_or(c.slug = s.campaign) AS several
        FROM (SELECT DISTINCT campaign FROM {STAGING}) s
        JOIN campaigns_campaign c ON s.campaign IN (c.slug, c.name) GROUP BY s.campaign
    ), rows AS (
        SELECT s.row, n.id AS campaign_id, n.several, p.id AS customer_id, s.kind,
               {MOVED.format(column="s.at")} AS at, s.value_minor, c.launched_at, a.id AS assigned
        FROM {STAGING} s
        LEFT JOIN named n ON n.campaign = s.campaign
        LEFT JOIN campaigns_campaign c ON c.id = n.id
        LEFT JOIN {KNOWN_AS} p ON p.customer_id = s.customer_id
        LEFT JOIN campaigns_assignment a ON a.campaign_id = n.id AND a.customer_id = p.id
             AND a.decision <> 'excluded'
    )
    SELECT *, CASE WHEN campaign_id IS NULL THEN 'no_campaign'
                   WHEN several THEN 'two_campaigns'
                   WHEN customer_id IS NULL THEN 'no_customer'
                   WHEN assigned IS NULL THEN 'stranger'
                   WHEN launched_at IS NULL OR at < launched_at THEN 'early' END AS wrong
    FROM rows
"""


@dataclass(frozen=True)
class Outcomes(ImportKind):
    """What customers did with a campaign: opened, clicked, redeemed …"""

    key: ClassVar[str] = "outcomes"
    title: ClassVar[str] = "Campaign outcomes"
    table: ClassVar[str] = "campaigns_outcome"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("campaign", "text", "its name or short name", needed=True, longest=LONGEST_KEY),
        Column("customer_id", "text", "who did it", needed=True, longest=LONGEST_KEY),
        Column("kind", "text", "opened, clicked, redeemed …", needed=True, longest=LONGEST_KIND),
        Column("at", "timestamp", "when", needed=True),
        Column("value", "money", "what it was worth"),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).rename({"value": "value_minor"})
        return full.select("row", *self.staging_columns()), no_problems()

    def staging_columns(self) -> dict[str, str]:
        return {
            "campaign": "text",
            "customer_id": "text",
            "kind": "text",
            "at": "timestamptz",
            "value_minor": "bigint",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        cursor.execute(JUDGED, {"zone": context.shop_zone, "shift": shift_of(context.source)})
        wrong = turn_away(cursor, "judged_outcomes", WRONG)
        counts = Upsert(
            resolved="judged_outcomes",
            target=self.table,
            key=("campaign_id", "customer_id", "kind", "at"),
            values=("value_minor",),
            load_id=context.load_id,
            named_by="customer_id",
            person="t.customer_id",
        ).run(cursor)
        # No feature looks at outcomes: nobody has to be scored anew.
        return counts.entered(wrong)

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute("DELETE FROM campaigns_outcome WHERE load_id = %s", [load_id])
        return {self.table: cursor.rowcount}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return None
