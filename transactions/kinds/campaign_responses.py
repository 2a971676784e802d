from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    LoadContext,
    problems,
    with_all_columns,
)
from customers.kinds.about_customers import MOST_NAMED_CUSTOMERS
from customers.kinds.withdrawing import take_withdrawn_out, withdraw
from transactions.kinds.events import LONGEST_KIND, LONGEST_URL, Events

RESPONSES = ("sent", "delivered", "opened", "clicked", "redeemed", "unsubscribed")
USUAL_CHANNEL = "email"
UNSUBSCRIBED = f"""
    SELECT customer_id, properties ->> 'channel' AS channel, at FROM {STAGING}
    WHERE kind = '{RESPONSES[-1]}'
"""


@dataclass(frozen=True)
class CampaignResponses(Events):
    """What became of messages: a row is one thing that happened to one, as a mail service says.

    They are events that name their campaign by value, whoever ran it. What belongs to a campaign of
    ours and its result are outcomes. Whoever unsubscribed has withdrawn their consent to that
    channel, from that moment.
    """

    key: ClassVar[str] = "campaign_responses"
    title: ClassVar[str] = "Responses to campaigns"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer", "customers_consent")
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

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        entered = super().enter(cursor, context)
        changed = withdraw(
            cursor, said=UNSUBSCRIBED, load_id=context.load_id, source=context.source
        )
        notes = {**entered.notes, "withdrawn_consents": len(changed)} if changed else entered.notes
        if entered.customers is None:
            return replace(entered, notes=notes)
        customers = sorted({*entered.customers, *changed})
        few = customers if len(customers) <= MOST_NAMED_CUSTOMERS else None
        return replace(entered, customers=few, notes=notes)

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return {**take_withdrawn_out(cursor, load_id), **super().undo(cursor, load_id)}
