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
from core.formats import whole
from core.upsert import Upsert
from customers.aliases import KNOWN_AS
from customers.kinds.about_customers import MOST_NAMED_CUSTOMERS, add_unknown_customers
from customers.selectors import customers_of_load
from customers.services import remove_customers, rows_of_others
from transactions.kinds.visitor_sql import changed_customers, join_events, touch_visitors
from transactions.models import Event

LONGEST_KIND = 64
LONGEST_URL = 2_000
COPIED = ("visitor_id", "kind", "at", "sku", "url", "properties")

# The key says who, what and when: the visitor where there is one, so that the same event with its
# customer's name added meets the one without.
RESOLVED = f"""
    CREATE TEMPORARY TABLE resolved_events ON COMMIT DROP AS
    SELECT s.row, c.id AS customer_id, c.id IS NOT NULL AS identified,
           s.visitor_id, s.kind, s.at, s.sku, s.url, s.properties,
           md5(jsonb_build_array(
               CASE WHEN s.visitor_id IS NULL THEN jsonb_build_array(s.customer_id)
                    ELSE to_jsonb(s.visitor_id) END,
               s.kind, extract(epoch FROM s.at), s.sku, s.url, s.properties
           )::text)::uuid AS event_key
    FROM {STAGING} s LEFT JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id
"""


@dataclass(frozen=True)
class Events(ImportKind):
    """What customers and visitors did on the web and in the app, one row per event."""

    key: ClassVar[str] = "events"
    title: ClassVar[str] = "Web and app events"
    table: ClassVar[str] = "transactions_event"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer",)
    known_by: ClassVar[tuple[str, ...]] = ("visitor_id", "kind", "at")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "who did it, where that is known", longest=LONGEST_KEY),
        Column("visitor_id", "text", "the browser's or the app's own id", longest=LONGEST_KEY),
        Column("kind", "text", "visit, product_view, search …", needed=True, longest=LONGEST_KIND),
        Column("at", "timestamp", "when", needed=True),
        Column("sku", "text", "which product it is about", longest=LONGEST_KEY),
        Column("url", "text", "which page", longest=LONGEST_URL),
        Column("properties", "object", "anything else, as a JSON object"),
    )
    needed_one_of: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = (
        (("customer_id",), ("visitor_id",)),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(
            pl.col("kind").str.to_lowercase(), pl.col("properties").fill_null("{}")
        )
        nobody = full.filter(pl.col("customer_id").is_null() & pl.col("visitor_id").is_null())
        found = problems(
            nobody, "visitor_id", "neither a customer nor a visitor", "give one of both ids"
        )
        good = full.join(found.select("row"), on="row", how="anti")
        return good.select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "customer_id": "text",
            **dict.fromkeys(COPIED, "text"),
            "at": "timestamptz",
            "properties": "jsonb",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        unknown = add_unknown_customers(cursor, context.load_id)
        touch_visitors(cursor, STAGING)
        cursor.execute(RESOLVED)
        synthetic = ("is_synthetic", "true" if context.options.get("synthetic") else "false")
        counts = Upsert(
            resolved="resolved_events",
            target=self.table,
            key=("event_key",),
            values=("customer_id",),
            load_id=context.load_id,
            named_by="at",
            person="t.customer_id",
            on_insert=(
                *((name, f"r.{name}") for name in (*COPIED, "identified")),
                synthetic,
            ),
            on_change=(("identified", "true"), synthetic),
            differs_too="r.identified AND NOT t.identified",
        ).run(cursor)
        joined = join_events(cursor)
        return counts.entered(
            customers=changed_customers(cursor, context.load_id, MOST_NAMED_CUSTOMERS),
            notes={"unknown_customers": unknown, "joined_events": joined},
        )

    def before_undo(self, cursor: Cursor, load_id: int) -> None:
        touch_visitors(cursor, self.table, f"load_id = {load_id:d}")

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute(f"DELETE FROM {self.table} WHERE load_id = %s", [load_id])
        rows = cursor.rowcount
        # Before the customers go: what had joined them is nobody's again, and stays.
        join_events(cursor)
        return {self.table: rows, "customers_customer": remove_customers(load_id=load_id)}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        named = Event.objects.filter(customer__in=customers_of_load(load_id), identified=True)
        count = named.exclude(load_id=load_id).count()
        if count:
            return f"{whole(count)} events of other loads name customers that it brought in"
        return rows_of_others(load_id=load_id, aside=Event)
