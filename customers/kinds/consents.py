from dataclasses import dataclass
from typing import ClassVar

import polars as pl

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
from core.upsert import Upsert
from customers.aliases import KNOWN_AS
from customers.kinds.about_customers import add_unknown_customers, take_out
from customers.models import Channel
from customers.services import rows_of_others


@dataclass(frozen=True)
class Consents(ImportKind):
    """Who agreed to what, when and where; the newest statement holds."""

    key: ClassVar[str] = "consents"
    title: ClassVar[str] = "Consents"
    table: ClassVar[str] = "customers_consent"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer",)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "whose consent it is", needed=True, longest=LONGEST_KEY),
        Column("channel", "text", "email, sms, phone or post", needed=True),
        Column("granted", "boolean", "yes or no", needed=True),
        Column("at", "timestamp", "when it was given or withdrawn", needed=True),
        Column("purpose", "text", "what for; marketing where it is not said", longest=32),
        Column("source", "text", "where it was given"),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(
            pl.col("channel").str.to_lowercase(),
            pl.col("purpose").fill_null("marketing"),
            pl.col("source").fill_null(context.source),
        )
        unknown = full.filter(~pl.col("channel").is_in(Channel.values))
        known = ", ".join(Channel.values)
        found = problems(unknown, "channel", "no channel of ours", f"use one of {known}")
        good = full.join(found.select("row"), on="row", how="anti")
        return good.select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "customer_id": "text",
            "channel": "text",
            "purpose": "text",
            "at": "timestamptz",
            "granted": "boolean",
            "source": "text",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        unknown = add_unknown_customers(cursor, context.load_id)
        cursor.execute(
            "CREATE TEMPORARY TABLE resolved_consents ON COMMIT DROP AS SELECT s.row,"
            " c.id AS customer_id, s.channel, s.purpose, s.at, s.granted, s.source"
            f" FROM {STAGING} s JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id"
        )
        counts = Upsert(
            resolved="resolved_consents",
            target=self.table,
            key=("customer_id", "channel", "purpose", "at"),
            values=("granted", "source"),
            load_id=context.load_id,
            named_by="customer_id",
            person="t.customer_id",
        ).run(cursor)
        cursor.execute(
            "SELECT DISTINCT customer_id FROM customers_consent WHERE load_id = %s",
            [context.load_id],
        )
        return counts.entered(
            customers=sorted(row[0] for row in cursor.fetchall()),
            notes={"unknown_customers": unknown},
        )

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return take_out(cursor, self.table, load_id)

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return rows_of_others(load_id=load_id)
