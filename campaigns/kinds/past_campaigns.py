from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import polars as pl

from campaigns.models import Campaign, CampaignState, Origin
from campaigns.shifted import MOVED, shift_of
from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    problems,
    with_all_columns,
)
from core.formats import whole
from core.upsert import Upsert, turn_away
from customers.aliases import KNOWN_AS
from customers.models import Channel

LONGEST_NAME = 80
DAY = timedelta(days=1)

# One row per campaign of the file, by the first row that names it.
CAMPAIGNS = f"""
    SELECT DISTINCT ON (campaign) campaign, coalesce(name, campaign), coalesce(goal, ''), channel,
           {MOVED.format(column="starts_at")}, {MOVED.format(column="ends_at")}
    FROM {STAGING} ORDER BY campaign, row
"""

JUDGED = f"""
    CREATE TEMPORARY TABLE judged_members ON COMMIT DROP AS
    SELECT s.row, c.id AS campaign_id, p.id AS customer_id,
           CASE WHEN c.origin <> 'history' THEN 'ours'
                WHEN p.id IS NULL THEN 'no_customer' END AS wrong
    FROM {STAGING} s JOIN campaigns_campaign c ON c.slug = s.campaign
    LEFT JOIN {KNOWN_AS} p ON p.customer_id = s.customer_id
"""
WRONG = {
    "ours": ("campaign", "a campaign that was launched here has this name", "give another name"),
    "no_customer": ("customer_id", "no customer of ours", "bring the customer in first"),
}


@dataclass(frozen=True)
class PastCampaigns(ImportKind):
    """Who got which campaign before this product was there; targeted, so nothing is compared."""

    key: ClassVar[str] = "past_campaigns"
    title: ClassVar[str] = "Past campaigns"
    table: ClassVar[str] = "campaigns_assignment"
    further_tables: ClassVar[tuple[str, ...]] = ("campaigns_campaign",)
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "campaign", "text", "its short name: small letters, digits and hyphens", needed=True,
            longest=LONGEST_NAME,
        ),
        Column("customer_id", "text", "who got it", needed=True, longest=LONGEST_KEY),
        Column("starts_at", "timestamp", "when it began", needed=True),
        Column("ends_at", "timestamp", "when it ended", needed=True),
        Column("name", "text", "what people call it", longest=120),
        Column("goal", "text", "what it was for"),
        Column("channel", "text", "email, sms, phone or post; post where it is not said"),
    )  # fmt: skip

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(
            pl.col("channel").str.to_lowercase().fill_null(Channel.POST.value)
        )
        known = ", ".join(Channel.values)
        found = pl.concat(
            [
                problems(
                    full.filter(~pl.col("campaign").str.contains(r"^[a-z0-9_-]+$")),
                    "campaign", "no short name", "use small letters, digits and hyphens",
                ),
                problems(
                    full.filter(~pl.col("channel").is_in(Channel.values)),
                    "channel", "no channel of ours", f"use one of {known}",
                ),
                problems(
                    full.filter(pl.col("ends_at") <= pl.col("starts_at")),
                    "ends_at", "not after its start", "give the true days",
                ),
            ]
        )  # fmt: skip
        good = full.join(found.select("row"), on="row", how="anti")
        return good.select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "campaign": "text",
            "customer_id": "text",
            "starts_at": "timestamptz",
            "ends_at": "timestamptz",
            "name": "text",
            "goal": "text",
            "channel": "text",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        _add_campaigns(cursor, context)
        cursor.execute(JUDGED)
        wrong = turn_away(cursor, "judged_members", WRONG)
        counts = Upsert(
            resolved="judged_members",
            target=self.table,
            key=("campaign_id", "customer_id"),
            values=(),
            on_insert=(("decision", "'treated'"), ("reason", "''")),
            load_id=context.load_id,
            named_by="customer_id",
            person="t.customer_id",
        ).run(cursor)
        return counts.entered(wrong)

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute("DELETE FROM campaigns_assignment WHERE load_id = %s", [load_id])
        members = cursor.rowcount
        brought = Campaign.objects.filter(load_id=load_id)
        campaigns = brought.count()
        brought.delete()
        return {"campaigns_assignment": members, "campaigns_campaign": campaigns}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        for table, words in (
            ("campaigns_outcome", "outcomes"),
            ("campaigns_assignment", "customers"),
        ):
            cursor.execute(
                f"SELECT count(*) FROM {table} r JOIN campaigns_campaign c ON c.id = r.campaign_id"
                " WHERE c.load_id = %s AND r.load_id IS DISTINCT FROM %s",
                [load_id, load_id],
            )
            count = cursor.fetchone()[0]
            if count:
                return f"{whole(count)} {words} of other loads belong to its campaigns"
        return None


def _add_campaigns(cursor: Cursor, context: LoadContext) -> None:
    """The campaigns that nobody knew yet; a known one stays as it is."""
    cursor.execute(CAMPAIGNS, {"zone": context.shop_zone, "shift": shift_of(context.source)})
    told = cursor.fetchall()
    known = Campaign.objects.filter(slug__in=[row[0] for row in told])
    slugs = set(known.values_list("slug", flat=True))
    for slug, name, goal, channel, starts_at, ends_at in told:
        if slug not in slugs:
            Campaign.objects.create(
                slug=slug,
                name=name,
                goal=goal,
                definition={},
                channel=channel,
                control_share=0.0,
                horizon_days=max(round((ends_at - starts_at) / DAY), 1),
                origin=Origin.HISTORY,
                state=CampaignState.FINISHED,
                launched_at=starts_at,
                ends_at=ends_at,
                finished_at=min(ends_at, context.now),
                load_id=context.load_id,
            )
