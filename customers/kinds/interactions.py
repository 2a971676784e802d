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
from customers.kinds.about_customers import (
    add_unknown_customers,
    changed_customers,
    protected,
    take_out,
)
from customers.services import rows_of_others

LONGEST_CHANNEL = 32
TEXTS = ("subject", "text")


@dataclass(frozen=True)
class Interactions(ImportKind):
    """Support requests and other contacts. Subject and text are encrypted before any table."""

    key: ClassVar[str] = "interactions"
    title: ClassVar[str] = "Support requests and contacts"
    table: ClassVar[str] = "customers_interaction"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer",)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "whose request it is", needed=True, longest=LONGEST_KEY),
        Column("channel", "text", "email, phone, chat …", needed=True, longest=LONGEST_CHANNEL),
        Column("opened_at", "timestamp", "when it began", needed=True),
        Column("closed_at", "timestamp", "when it was settled; empty while it is open"),
        Column("subject", "text", "what it is about, kept encrypted", personal=True),
        Column("text", "text", "what was said, kept encrypted", personal=True),
        Column("outcome", "text", "how it ended: solved, refunded …"),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(
            pl.col("channel").str.to_lowercase()
        )
        early = full.filter(pl.col("closed_at") < pl.col("opened_at"))
        found = problems(
            early, "closed_at", "closed before it was opened", "give both times as they were"
        )
        good = full.join(found.select("row"), on="row", how="anti")
        return protected(good, TEXTS).select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "customer_id": "text",
            "channel": "text",
            "opened_at": "timestamptz",
            "closed_at": "timestamptz",
            "outcome": "text",
            **dict.fromkeys(TEXTS, "bytea"),
            "personal_marks": "jsonb",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        unknown = add_unknown_customers(cursor, context.load_id)
        cursor.execute(
            "CREATE TEMPORARY TABLE resolved_interactions ON COMMIT DROP AS SELECT s.row,"
            " c.id AS customer_id, s.channel, s.opened_at, s.closed_at, s.outcome, s.subject,"
            f" s.text, s.personal_marks FROM {STAGING} s"
            f" JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id"
        )
        synthetic = ("is_synthetic", "true" if context.options.get("synthetic") else "false")
        counts = Upsert(
            resolved="resolved_interactions",
            target=self.table,
            key=("customer_id", "channel", "opened_at"),
            values=("closed_at", "outcome", "personal_marks"),
            merged=("personal_marks",),
            unseen=TEXTS,
            load_id=context.load_id,
            named_by="opened_at",
            person="t.customer_id",
            on_insert=(synthetic,),
            on_change=(synthetic,),
        ).run(cursor)
        return counts.entered(
            customers=changed_customers(cursor, self.table, context.load_id),
            notes={"unknown_customers": unknown},
        )

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return take_out(cursor, self.table, load_id)

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return rows_of_others(load_id=load_id)
