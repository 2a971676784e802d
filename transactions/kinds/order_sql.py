"""How staged order lines become customers, products, orders and lines: set-based SQL."""

from datetime import datetime, timedelta

import polars as pl

from core.bulk import read_query
from core.contracts.import_kind import PROBLEM_SCHEMA, STAGING, Cursor, LoadContext
from core.undo import keep_before
from customers.aliases import KNOWN_AS
from transactions.models import Source

STRANGER = "an earlier line of this order names another customer"
STRANGER_REMEDY = "give each order one customer_id"
LINE_VALUES = (
    "product_id", "quantity", "unit_price", "amount_minor", "discount_minor", "returned",
)  # fmt: skip
# The customer of a line t, as SQL.
WHOSE_LINE = "(SELECT w.customer_id FROM transactions_order w WHERE w.id = t.order_id)"
# A time moved on by a source's whole weeks, by the shop's wall clock.
MOVED = "({} AT TIME ZONE %(zone)s + %(shift)s) AT TIME ZONE %(zone)s"


def newest_time(cursor: Cursor) -> datetime | None:
    cursor.execute(f"SELECT max(occurred_at) FROM {STAGING}")
    newest: datetime | None = cursor.fetchone()[0]
    return newest


def add_customers_and_products(
    cursor: Cursor, load_id: int, *, people: str = STAGING, products: str = STAGING
) -> dict[str, int]:
    """Create whoever and whatever these tables name and is not known yet, marked.

    Most are known: to look for them first costs a twentieth of trying to insert them. In the order
    of their ids, so that the same file makes the same rows.
    """
    cursor.execute(
        "INSERT INTO customers_customer (customer_id, region, is_placeholder, load_id)"
        f" SELECT customer_id, min(region), true, %s FROM {people} p WHERE NOT EXISTS"
        " (SELECT FROM customers_customer k WHERE k.customer_id = p.customer_id)"
        " GROUP BY customer_id ORDER BY customer_id ON CONFLICT (customer_id) DO NOTHING",
        [load_id],
    )
    unknown_customers = cursor.rowcount
    cursor.execute(
        "INSERT INTO transactions_product (sku, name, category, is_placeholder, load_id)"
        " SELECT sku, coalesce(min(product_name), ''), min(category), true, %s"
        f" FROM {products} p WHERE sku IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM transactions_product k WHERE k.sku = p.sku)"
        " GROUP BY sku ORDER BY sku ON CONFLICT (sku) DO NOTHING",
        [load_id],
    )
    unknown_products = cursor.rowcount
    return {"unknown_customers": unknown_customers, "unknown_products": unknown_products}


def orders_of_two_customers(cursor: Cursor) -> pl.DataFrame:
    """Lines whose order began with another customer leave the staging table as problems."""
    cursor.execute(
        "CREATE TEMPORARY TABLE strangers ON COMMIT DROP AS SELECT s.row, s.customer_id FROM"
        " (SELECT row, customer_id, first_value(customer_id)"
        f"  OVER (PARTITION BY order_id ORDER BY row) AS first FROM {STAGING}) s"
        " WHERE s.customer_id <> s.first"
    )
    cursor.execute(f"DELETE FROM {STAGING} s USING strangers x WHERE s.row = x.row")
    rows = read_query(
        "SELECT row, customer_id FROM strangers ORDER BY row",
        {"row": pl.Int64(), "value": pl.String()},
    )
    return rows.select(
        "row",
        pl.lit("customer_id").alias("column"),
        "value",
        pl.lit(STRANGER).alias("reason"),
        pl.lit(STRANGER_REMEDY).alias("remedy"),
    ).cast(PROBLEM_SCHEMA)


def enter_orders(cursor: Cursor, source: Source, context: LoadContext) -> int:
    """Insert or correct the orders; returns how many known ones changed.

    Times move on by the source's whole weeks, by the shop's wall clock. Postgres reads a wall time
    that does not exist as an hour later; no order moves to another day.
    """
    _stage_orders(cursor, source, context)
    changed = _correct_orders(cursor, source.pk, context.load_id)
    cursor.execute(
        "INSERT INTO transactions_order"
        " (source_id, order_id, customer_id, occurred_at, store, channel, load_id)"
        " SELECT %s, order_id, customer_id, occurred_at, store, channel, %s FROM staged_orders"
        " ON CONFLICT (source_id, order_id) DO NOTHING",
        [source.pk, context.load_id],
    )
    return changed


def _correct_orders(cursor: Cursor, source_pk: int, load_id: int) -> int:
    """Let known orders say what the file says of them; leaves ``changed_orders``."""
    differs = (
        "o.customer_id <> s.customer_id OR o.occurred_at <> s.occurred_at"
        " OR o.store IS DISTINCT FROM coalesce(s.store, o.store)"
        " OR o.channel IS DISTINCT FROM coalesce(s.channel, o.channel)"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE changed_orders ON COMMIT DROP AS SELECT o.id,"
        " o.customer_id AS customer_before, s.customer_id, s.occurred_at, s.store, s.channel"
        " FROM staged_orders s"
        f" JOIN transactions_order o ON o.source_id = %s AND o.order_id = s.order_id"
        f" WHERE {differs}",
        [source_pk],
    )
    changed: int = cursor.rowcount
    keep_before(
        cursor,
        table="transactions_order",
        rows="SELECT id FROM changed_orders",
        load_id=load_id,
        person="t.customer_id",
    )
    cursor.execute(
        "UPDATE transactions_order o SET customer_id = s.customer_id,"
        " occurred_at = s.occurred_at, store = coalesce(s.store, o.store),"
        " channel = coalesce(s.channel, o.channel), load_id = %s"
        " FROM changed_orders s WHERE o.id = s.id",
        [load_id],
    )
    return changed


def _stage_orders(cursor: Cursor, source: Source, context: LoadContext) -> None:
    """One row per order of the file; its time is that of its first line."""
    cursor.execute(
        "CREATE TEMPORARY TABLE staged_orders ON COMMIT DROP AS SELECT s.order_id,"
        f" c.id AS customer_id, {MOVED.format('min(s.occurred_at)')} AS occurred_at,"
        " min(s.store) AS store,"
        f" min(s.channel) AS channel FROM {STAGING} s"
        f" JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id GROUP BY s.order_id, c.id",
        {"zone": context.shop_zone, "shift": timedelta(days=source.shift_days)},
    )


def resolve_lines(cursor: Cursor, source_pk: int) -> bool:
    """Staged lines with their surrogate keys; True when some are known by a line number.

    Without a number a line is known by a hash of what it says, and of the occurrence of that in the
    order, in file order.
    """
    cursor.execute(f"SELECT count(*) FROM {STAGING} WHERE line_number IS NOT NULL")
    numbered = cursor.fetchone()[0] > 0
    identity = "coalesce(s.sku, '') || '|' || s.amount_minor || '|' || s.source_time"
    cursor.execute(
        "CREATE TEMPORARY TABLE resolved_lines ON COMMIT DROP AS"
        " SELECT s.row, o.id AS order_id, coalesce(s.line_number, hashtextextended("
        f"  {identity} || '|' || row_number() OVER (PARTITION BY s.order_id, s.sku,"
        "    s.amount_minor, s.source_time ORDER BY s.row), 0)) AS line_key,"
        " p.id AS product_id, s.quantity, s.unit_price, s.amount_minor, s.discount_minor,"
        f" s.returned FROM {STAGING} s"
        " JOIN transactions_order o ON o.source_id = %s AND o.order_id = s.order_id"
        " LEFT JOIN transactions_product p ON p.sku = s.sku",
        [source_pk],
    )
    cursor.execute("ANALYZE resolved_lines")
    return numbered


def stale_loads(cursor: Cursor, changed_orders: int, load_id: int) -> list[int]:
    """Loads whose mirror files no longer equal the record; this load is always one."""
    cursor.execute("SELECT DISTINCT load_id FROM upsert_met WHERE differs")
    found = {row[0] for row in cursor.fetchall()}
    if changed_orders:
        cursor.execute(
            "SELECT DISTINCT l.load_id FROM transactions_orderline l"
            " JOIN changed_orders o ON o.id = l.order_id"
        )
        found |= {row[0] for row in cursor.fetchall()}
    return sorted(found | {load_id})


def record_sum(cursor: Cursor) -> int:
    """What the record holds for the accepted rows: read back from the table, not from the file."""
    cursor.execute(
        "SELECT coalesce(sum(l.amount_minor), 0) FROM resolved_lines r"
        " JOIN transactions_orderline l ON l.order_id = r.order_id AND l.line_key = r.line_key"
    )
    return int(cursor.fetchone()[0])


def duplicate_sum(cursor: Cursor) -> int:
    cursor.execute(
        f"SELECT coalesce(sum(s.amount_minor), 0) FROM {STAGING} s"
        " JOIN upsert_later l ON l.row = s.row AND l.same"
    )
    return int(cursor.fetchone()[0])


def changed_customers(cursor: Cursor, load_id: int, most: int) -> list[int] | None:
    """Whose lines this load wrote, or whose orders it took; None for more than ``most``."""
    cursor.execute(
        "SELECT DISTINCT o.customer_id FROM transactions_orderline l"
        " JOIN transactions_order o ON o.id = l.order_id WHERE l.load_id = %s"
        " UNION SELECT customer_id FROM transactions_order WHERE load_id = %s"
        " UNION SELECT customer_before FROM changed_orders LIMIT %s",
        [load_id, load_id, most + 1],
    )
    found = sorted(row[0] for row in cursor.fetchall())
    return None if len(found) > most else found
