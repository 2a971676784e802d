from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    COUNTS_IN,
    LARGEST_MONEY,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    minor_units,
    problems,
    with_all_columns,
)
from core.spool import Spool
from core.upsert import Upsert
from customers.kinds.about_customers import MOST_NAMED_CUSTOMERS
from transactions.kinds import order_sql, order_undo
from transactions.kinds.new_order_sql import enter_new_orders
from transactions.services import mark_mirror_stale, source_of_load

# The first unit price that numeric(14,4) cannot hold.
LARGEST_PRICE = 1e10


@dataclass(frozen=True)
class OrderLines(ImportKind):
    """Purchases, one row per order line. Unknown customers and products are created and marked."""

    # Fewer rows all go by the staging table.
    straight_from: int = 20_000

    key: ClassVar[str] = "order_lines"
    title: ClassVar[str] = "Order lines"
    table: ClassVar[str] = "transactions_orderline"
    further_tables: ClassVar[tuple[str, ...]] = (
        "transactions_order",
        "transactions_product",
        "customers_customer",
    )
    known_by: ClassVar[tuple[str, ...]] = ("order_id", "customer_id")
    sum_column: ClassVar[str] = "amount"
    sum_factors: ClassVar[tuple[str, ...]] = ("quantity", "unit_price")
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "whose order it is", needed=True, longest=LONGEST_KEY),
        Column("occurred_at", "timestamp", "when it was bought", needed=True),
        Column("amount", "money", "what was paid for the line, after discount"),
        Column(
            "order_id", "text", "lines with the same order_id are one order", longest=LONGEST_KEY
        ),
        Column("sku", "text", "which product", longest=LONGEST_KEY),
        Column("quantity", "decimal", "pieces; a minus is a return"),
        Column("unit_price", "decimal", "price of one piece"),
        Column("line_number", "integer", "place of the line in its order"),
        Column("discount", "money", "what was taken off"),
        Column("currency", "text", "ISO code; must be the organisation's"),
        Column("store", "text", "where it was bought"),
        Column("channel", "text", "how it was bought: web, store …"),
        Column("returned", "boolean", "the line was given back"),
        Column("product_name", "text", "completes a product that has no name yet"),
        Column("category", "text", "completes a product that has no category yet"),
        Column("region", "text", "completes a customer who has no region yet"),
    )
    needed_one_of: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = (
        (("amount",), ("quantity", "unit_price")),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = with_all_columns(rows, self.columns)
        price = pl.col("quantity") * pl.col("unit_price")
        rows = rows.with_columns(
            pl.coalesce("amount", minor_units(price, context.minor_per_major)).alias(
                "amount_minor"
            ),
            pl.col("discount").fill_null(0).abs().alias("discount_minor"),
            (
                pl.col("returned").fill_null(value=False) | (pl.col("quantity").fill_null(0) < 0)
            ).alias("returned"),
            pl.coalesce(
                "order_id", pl.concat_str("customer_id", pl.lit("@"), "occurred_at__source")
            ).alias("order_id"),
            _unit_price(context),
        )
        found = _problems(rows, context)
        good = rows.filter(~pl.col("row").is_in(found["row"].implode())) if found.height else rows
        return good.select(
            "row", *(c for c in self.staging_columns() if c != "source_time"),
            pl.col("occurred_at__source").alias("source_time"),
        ), found  # fmt: skip

    def staging_columns(self) -> dict[str, str]:
        return {
            "order_id": "text",
            "customer_id": "text",
            "occurred_at": "timestamptz",
            "source_time": "text",
            "sku": "text",
            "line_number": "bigint",
            "quantity": "numeric(14,3)",
            "unit_price": "numeric(14,4)",
            "amount_minor": "bigint",
            "discount_minor": "bigint",
            "returned": "boolean",
            "store": "text",
            "channel": "text",
            "product_name": "text",
            "category": "text",
            "region": "text",
        }

    def enter_straight(
        self, cursor: Cursor, staged: Spool, context: LoadContext
    ) -> tuple[Entered, Spool] | None:
        if staged.rows < max(1, self.straight_from):
            return None
        return enter_new_orders(cursor, staged, context, MOST_NAMED_CUSTOMERS)

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        source = source_of_load(
            name=context.source,
            time_zone=context.source_zone,
            shop_zone=context.shop_zone,
            newest=order_sql.newest_time(cursor),
            shift=bool(context.options.get("shift")),
            now=context.now,
        )
        notes = order_sql.add_customers_and_products(cursor, context.load_id)
        if source.shift_days:
            notes["shift_days"] = source.shift_days
        strangers = order_sql.orders_of_two_customers(cursor)
        changed_orders = order_sql.enter_orders(cursor, source, context)
        numbered = order_sql.resolve_lines(cursor, source.pk)
        counts = Upsert(
            resolved="resolved_lines",
            target=self.table,
            key=("order_id", "line_key"),
            values=order_sql.LINE_VALUES,
            load_id=context.load_id,
            named_by="line_number",
            person=order_sql.WHOSE_LINE,
            key_is_unique=not numbered,
        ).run(cursor)
        stale = order_sql.stale_loads(cursor, changed_orders, context.load_id)
        mark_mirror_stale(load_ids=stale, products=notes["unknown_products"] > 0)
        return Entered(
            loaded=counts.loaded,
            changed=counts.changed,
            identical=counts.identical,
            duplicate=counts.duplicate,
            conflicts=pl.concat([strangers, counts.conflicts]),
            record_sum=order_sql.record_sum(cursor),
            duplicate_sum=order_sql.duplicate_sum(cursor) if numbered else 0,
            customers=order_sql.changed_customers(cursor, context.load_id, MOST_NAMED_CUSTOMERS),
            notes=notes,
        )

    def before_undo(self, cursor: Cursor, load_id: int) -> None:
        order_undo.before_undo(cursor, load_id)

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return order_undo.undo(cursor, load_id)

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return order_undo.undo_blocked_by(cursor, load_id)


def _problems(rows: pl.DataFrame, context: LoadContext) -> pl.DataFrame:
    foreign = rows.filter(pl.col("currency").str.to_uppercase() != context.currency)
    unpaid = rows.filter(pl.col("amount_minor").is_null())
    computed = (pl.col("quantity") * pl.col("unit_price")).is_not_null()
    return pl.concat(
        [
            problems(
                foreign,
                "currency",
                f"{COUNTS_IN} {context.currency}",
                f"convert the amounts to {context.currency}",
            ),
            problems(
                unpaid.filter(~computed),
                "amount",
                "no amount, and none can be computed",
                "give the amount, or quantity and unit_price",
            ),
            problems(
                unpaid.filter(computed),
                "amount",
                f"quantity times unit_price is {LARGEST_MONEY:,} or more",
                "give the true quantity and unit_price",
            ),
        ]
    )


def _unit_price(context: LoadContext) -> pl.Expr:
    """The given price, or amount ÷ quantity; none where the quantity is 0 or not known.

    A merely derived price that the record cannot hold is not known either.
    """
    pieces = pl.when(pl.col("quantity") != 0).then(pl.col("quantity"))
    derived = (pl.col("amount") / context.minor_per_major / pieces).round(4)
    held = pl.when(derived.abs() < LARGEST_PRICE).then(derived)
    return pl.coalesce(pl.col("unit_price").round(4), held).alias("unit_price")
