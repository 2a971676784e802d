from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import LoadContext, problems, with_all_columns
from transactions.kinds.events import LONGEST_KIND, LONGEST_URL, Events

RESPONSES = ("sent", "delivered", "opened", "clicked", "redeemed", "unsubscribed")
USUAL_CHANNEL = "email"


@dataclass(frozen=True)
class CampaignResponses(Events):
    """What became of messages: a row is one thing that happened to one, as a mail service says.

    They are events that name their campaign by value, whoever ran it. What belongs to a campaign of
    ours and its result are outcomes.
    """

    key: ClassVar[str] = "campaign_responses"
    title: ClassVar[str] = "Responses to campaigns"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "who it was sent to", needed=True, longest=LONGEST_KEY),
        Column("campaign", "text", "which campaign", needed=True, longest=LONGEST_KEY),
        Column("kind", "text", ", ".join(RESPONSES), needed=True, longest=LONGEST_KIND),
        Column("at", "timestamp", "when", needed=True),
        Column("channel", "text", "email, where it is not said", longest=LONGEST_KIND),
        Column("url", "text", "which link was clicked", longest=LONGEST_URL),
    )
    needed_one_of: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = ()

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(
            pl.col("kind").str.to_lowercase(),
            pl.col("channel").str.to_lowercase().fill_null(USUAL_CHANNEL),
        )
        other = full.filter(~pl.col("kind").is_in(RESPONSES))
        found = problems(
            other, "kind", "no response to a campaign",
            f"write {', '.join(RESPONSES[:-1])} or {RESPONSES[-1]}",
        )  # fmt: skip
        good = full.join(found.select("row"), on="row", how="anti").with_columns(
            pl.lit(None, dtype=pl.String).alias("visitor_id"),
            pl.lit(None, dtype=pl.String).alias("sku"),
            pl.struct("campaign", "channel").struct.json_encode().alias("properties"),
        )
        return good.select("row", *self.staging_columns()), found
