"""Taking a load of order lines out again, and what stands in the way of that."""

from core.contracts.import_kind import Cursor
from core.formats import counted
from core.undo import brought_in
from customers.services import remove_customers, rows_of_others
from transactions.services import mark_mirror_stale

LINES, ORDERS, PRODUCTS = "transactions_orderline", "transactions_order", "transactions_product"

# Whose mirror files hold lines that an undo puts back, or lines of orders that it puts back.
STALE = f"""
    SELECT load_before FROM core_rowbefore WHERE load_id = %(load)s AND of_table = '{LINES}'
    UNION SELECT l.load_id FROM {LINES} l JOIN core_rowbefore j ON j.row_id = l.order_id
    WHERE j.load_id = %(load)s AND j.of_table = '{ORDERS}'
"""


def before_undo(cursor: Cursor, load_id: int) -> None:
    cursor.execute(STALE, {"load": load_id})
    loads = {before for (before,) in cursor.fetchall()} | {load_id}
    mark_mirror_stale(load_ids=sorted(loads), products=True)


def undo(cursor: Cursor, load_id: int) -> dict[str, int]:
    """Delete the load's lines, orders, and the customers and products that only it knows."""
    restored = {}
    for table in (LINES, ORDERS, PRODUCTS):
        cursor.execute(f"DELETE FROM {table} WHERE load_id = %s", [load_id])
        restored[table] = cursor.rowcount
    restored["customers_customer"] = remove_customers(load_id=load_id)
    return restored


def undo_blocked_by(cursor: Cursor, load_id: int) -> str | None:
    cursor.execute(
        f"SELECT count(*) FROM {LINES} l JOIN {ORDERS} o ON o.id = l.order_id"
        f" WHERE {brought_in('o', ORDERS, load_id)} AND l.load_id <> %s",
        [load_id],
    )
    if count := cursor.fetchone()[0]:
        return f"{_lines(count, 'belongs', 'belong')} to orders that this load brought in"
    if count := lines_naming_products(cursor, load_id, but_its_own=True):
        return f"{_lines(count, 'names', 'name')} products that this load brought in"
    return rows_of_others(load_id=load_id)


def _lines(count: int, one: str, many: str) -> str:
    return f"{counted(count, 'line')} of another load {one if count == 1 else many}"


def lines_naming_products(cursor: Cursor, load_id: int, *, but_its_own: bool = False) -> int:
    """How many lines name products that a load brought in, or will again after a later undo."""
    own = load_id if but_its_own else 0
    brought = f"SELECT p.id FROM {PRODUCTS} p WHERE {brought_in('p', PRODUCTS, load_id)}"
    cursor.execute(
        f"SELECT (SELECT count(*) FROM {LINES} WHERE product_id IN ({brought}) AND load_id <> %s)"
        f" + (SELECT count(*) FROM core_rowbefore WHERE of_table = '{LINES}' AND load_id <> %s"
        f" AND (before->>'product_id')::bigint IN ({brought}))",
        [own, own],
    )
    count: int = cursor.fetchone()[0]
    return count
