"""Ordered checksums of the tables that a load writes and an undo restores."""

from django.db import connection

TABLES = (
    "customers_customer", "customers_consent", "customers_interaction", "customers_feedback",
    "transactions_product", "transactions_order",
    "transactions_orderline", "transactions_event", "features_importedfeatures",
)  # fmt: skip


def checksums() -> dict[str, tuple[int, str]]:
    """{table: (rows, hash over all rows in key order)}; only values, no matter who holds them."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY id)), '')"
                f" FROM {table} t"
            )
            found[table] = cursor.fetchone()
    return found


# What tells a row by its meaning: surrogate numbers and those of loads differ between two attempts.
MEANINGS = """
    SELECT 'customer', customer_id, region, is_placeholder::text FROM customers_customer
    UNION ALL SELECT 'product', sku, name, category FROM transactions_product
    UNION ALL SELECT 'order', o.order_id, c.customer_id, o.occurred_at::text
        FROM transactions_order o JOIN customers_customer c ON c.id = o.customer_id
    UNION ALL SELECT 'line', o.order_id || '/' || l.line_key, p.sku, l.amount_minor::text
        FROM transactions_orderline l JOIN transactions_order o ON o.id = l.order_id
        LEFT JOIN transactions_product p ON p.id = l.product_id
    ORDER BY 1, 2, 3, 4
"""


def contents() -> list[tuple[str, ...]]:
    """Customers, products, orders and lines as they would be read out to somebody."""
    with connection.cursor() as cursor:
        cursor.execute(MEANINGS)
        return cursor.fetchall()
