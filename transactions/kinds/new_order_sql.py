"""What is asked of the tables and written into them for orders that nobody knows yet."""

from datetime import timedelta

import polars as pl

from core.bulk import copy_frames, copy_in, read_query
from core.bulk_indexes import foreign_keys_known, indexes_built_after
from core.contracts.import_kind import Cursor, Entered, LoadContext
from core.spool import Spool
from customers.aliases import KNOWN_AS
from transactions.kinds.new_orders import LINE_COLUMNS, ORDER_COLUMNS, Met, NewOrders, met_in
from transactions.kinds.order_sql import MOVED, add_customers_and_products
from transactions.models import Source
from transactions.services import mark_mirror_stale, source_of_load

LINES, ORDERS = "transactions_orderline", "transactions_order"
PEOPLE, PRODUCTS = "customers_customer", "transactions_product"


def enter_new_orders(
    cursor: Cursor, staged: Spool, context: LoadContext, most_named: int
) -> tuple[Entered, Spool]:
    """Write every order that the record does not know; the rows of the others remain."""
    met = met_in(staged)
    source = source_of_load(
        name=context.source,
        time_zone=context.source_zone,
        shop_zone=context.shop_zone,
        newest=met.newest,
        shift=bool(context.options.get("shift")),
        now=context.now,
    )
    notes = _add_people_and_products(cursor, met, context.load_id)
    # Nobody else takes numbers of orders, or enters the same order, before this load ends.
    cursor.execute(f"LOCK TABLE {ORDERS}, {LINES} IN SHARE ROW EXCLUSIVE MODE")
    flagged = met.flagged(_known_orders(cursor, met, source))
    many = met.orders["order_id"].n_unique()
    new = NewOrders(
        people=_numbers_of(KNOWN_AS, "customer_id", "met_people", "customer_pk"),
        products=_numbers_of(PRODUCTS, "sku", "met_products", "product_id"),
        flagged=flagged,
        load_id=context.load_id,
        next_pk=_take_numbers(cursor, many),
    )
    loaded = _write(cursor, new, staged, source, context)
    mark_mirror_stale(load_ids=[context.load_id], products=notes["unknown_products"] > 0)
    entered = Entered(
        loaded=loaded,
        changed=0,
        identical=0,
        duplicate=new.duplicate,
        conflicts=pl.concat(new.problems),
        record_sum=_sum_of(cursor, context.load_id),
        duplicate_sum=new.duplicate_sum,
        customers=new.customers(most_named),
        notes=notes,
    )
    return entered, new.rest


def _write(
    cursor: Cursor, new: NewOrders, staged: Spool, source: Source, context: LoadContext
) -> int:
    with foreign_keys_known(PEOPLE, PRODUCTS) as known:
        with indexes_built_after(table=LINES, rows=staged.rows if known else 0):
            loaded = copy_frames(table=LINES, columns=LINE_COLUMNS, frames=new.lines(staged))
        orders = new.orders
        with orders, indexes_built_after(table=ORDERS, rows=orders.rows if known else 0):
            _write_orders(cursor, orders, source, context)
    return loaded


def _write_orders(cursor: Cursor, orders: Spool, source: Source, context: LoadContext) -> None:
    cursor.execute(
        "CREATE TEMPORARY TABLE new_orders (id bigint, order_id text, customer_id bigint,"
        " occurred_at timestamptz, store text, channel text) ON COMMIT DROP"
    )
    copy_frames(table="new_orders", columns=ORDER_COLUMNS, frames=orders)
    cursor.execute(
        f"INSERT INTO {ORDERS}"
        " (id, source_id, order_id, customer_id, occurred_at, store, channel, load_id)"
        f" SELECT id, %(source)s, order_id, customer_id, {MOVED.format('occurred_at')}, store,"
        " channel, %(load)s FROM new_orders",
        {
            "source": source.pk,
            "load": context.load_id,
            "zone": context.shop_zone,
            "shift": timedelta(days=source.shift_days),
        },
    )


def _add_people_and_products(cursor: Cursor, met: Met, load_id: int) -> dict[str, int]:
    cursor.execute(
        "CREATE TEMPORARY TABLE met_people (customer_id text, region text) ON COMMIT DROP"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE met_products (sku text, product_name text, category text)"
        " ON COMMIT DROP"
    )
    copy_in(table="met_people", frame=met.people.select("customer_id", "region"))
    copy_in(table="met_products", frame=met.products.select("sku", "product_name", "category"))
    cursor.execute("ANALYZE met_people, met_products")
    return add_customers_and_products(cursor, load_id, people="met_people", products="met_products")


def _numbers_of(table: str, name: str, met: str, number: str) -> pl.DataFrame:
    """The surrogate keys of everyone and everything that the file speaks of."""
    return read_query(
        f"SELECT t.{name}, t.id FROM {table} t JOIN {met} m USING ({name})",
        {name: pl.String(), number: pl.Int64()},
    )


def _known_orders(cursor: Cursor, met: Met, source: Source) -> pl.Series:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {ORDERS} WHERE source_id = %s)", [source.pk])
    (any_known,) = cursor.fetchone()
    if not any_known:
        return pl.Series(dtype=pl.String)
    cursor.execute("CREATE TEMPORARY TABLE met_orders (order_id text) ON COMMIT DROP")
    copy_in(table="met_orders", frame=met.orders.select("order_id").unique())
    cursor.execute("ANALYZE met_orders")
    return read_query(
        f"SELECT order_id FROM {ORDERS} JOIN met_orders USING (order_id) WHERE source_id = %s",
        {"order_id": pl.String()},
        [source.pk],
    )["order_id"]


def _take_numbers(cursor: Cursor, many: int) -> int:
    """The first of so many numbers of orders that nobody else gets."""
    cursor.execute(
        "SELECT setval(s, nextval(s) + %s) - %s FROM pg_get_serial_sequence(%s, 'id') s",
        [many, many, ORDERS],
    )
    (first,) = cursor.fetchone()
    return int(first)


def _sum_of(cursor: Cursor, load_id: int) -> int:
    """Read back from the table, not from the file."""
    cursor.execute(
        f"SELECT coalesce(sum(amount_minor), 0) FROM {LINES} WHERE load_id = %s", [load_id]
    )
    (total,) = cursor.fetchone()
    return int(total)
