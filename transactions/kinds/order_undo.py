"""Taking a load of order lines out again, and what stands in the way of that."""

from core.contracts.import_kind import Cursor
from customers.services import remove_customers, rows_of_others
from transactions.services import mark_mirror_stale

REFERRING = (
    (
        "SELECT count(DISTINCT o.id) FROM transactions_orderline l JOIN transactions_order o"
        " ON o.id = l.order_id WHERE l.load_id = %(load)s AND o.load_id > %(load)s",
        "a later load changed {n} of its orders",
    ),
    (
        "SELECT count(*) FROM transactions_orderline l JOIN transactions_order o"
        " ON o.id = l.order_id WHERE o.load_id = %(load)s AND l.load_id <> %(load)s",
        "{n} lines of another load belong to orders that this load brought in",
    ),
    (
        "SELECT count(*) FROM transactions_orderline l JOIN transactions_product p"
        " ON p.id = l.product_id WHERE p.load_id = %(load)s AND l.load_id <> %(load)s",
        "{n} lines of another load name products that this load brought in",
    ),
)


def undo(cursor: Cursor, load_id: int) -> dict[str, int]:
    """Delete the load's lines, orders, and the customers and products that only it knows."""
    restored = {}
    for table in ("transactions_orderline", "transactions_order"):
        cursor.execute(f"DELETE FROM {table} WHERE load_id = %s", [load_id])
        restored[table] = cursor.rowcount
    cursor.execute("DELETE FROM transactions_product WHERE load_id = %s", [load_id])
    restored["transactions_product"] = cursor.rowcount
    restored["customers_customer"] = remove_customers(load_id=load_id)
    mark_mirror_stale(load_ids=[load_id], products=True)
    return restored


def undo_blocked_by(cursor: Cursor, load_id: int) -> str | None:
    for query, words in REFERRING:
        cursor.execute(query, {"load": load_id})
        count = cursor.fetchone()[0]
        if count:
            return words.format(n=f"{count:,}")
    return rows_of_others(load_id=load_id)
