"""What the kinds whose rows belong to a customer have in common."""

import json

import polars as pl

from core.contracts.import_kind import STAGING, Cursor
from core.encryption import encrypt
from customers.services import personal_mark, remove_customers

# A load that changed more customers than this is one that changed everybody.
MOST_NAMED_CUSTOMERS = 5_000


def add_unknown_customers(cursor: Cursor, load_id: int) -> int:
    """Create whoever the staged rows name and nobody knows yet, marked; how many."""
    cursor.execute(
        "INSERT INTO customers_customer (customer_id, is_placeholder, load_id)"
        f" SELECT DISTINCT customer_id, true, %s::bigint FROM {STAGING} s"
        " WHERE customer_id IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM customers_customer k WHERE k.customer_id = s.customer_id)"
        " ORDER BY customer_id ON CONFLICT (customer_id) DO NOTHING",
        [load_id],
    )
    return cursor.rowcount


def changed_customers(cursor: Cursor, table: str, load_id: int) -> list[int] | None:
    """Whose rows of a table a load wrote; None for more than MOST_NAMED_CUSTOMERS."""
    cursor.execute(
        f"SELECT DISTINCT customer_id FROM {table} WHERE load_id = %s LIMIT %s",
        [load_id, MOST_NAMED_CUSTOMERS + 1],
    )
    found = sorted(row[0] for row in cursor.fetchall())
    return None if len(found) > MOST_NAMED_CUSTOMERS else found


def take_out(cursor: Cursor, table: str, load_id: int) -> dict[str, int]:
    """Delete a load's rows, and the customers that only it knows."""
    cursor.execute(f"DELETE FROM {table} WHERE load_id = %s", [load_id])
    rows = cursor.rowcount
    return {table: rows, "customers_customer": remove_customers(load_id=load_id)}


def protected(rows: pl.DataFrame, fields: tuple[str, ...]) -> pl.DataFrame:
    """The rows with ciphertexts in place of these texts, and ``personal_marks`` of them."""
    said = [rows[field].to_list() for field in fields]
    whose = rows["customer_id"].to_list()
    unseen = {
        field: [bytea(encrypt(text)) if text else None for text in texts]
        for field, texts in zip(fields, said, strict=True)
    }
    marks = [
        json.dumps(
            {f: personal_mark(who, f, text) for f, text in zip(fields, texts, strict=True) if text}
        )
        for who, *texts in zip(whose, *said, strict=True)
    ]
    schema = dict.fromkeys((*fields, "personal_marks"), pl.String)
    kept = pl.DataFrame({**unseen, "personal_marks": marks}, schema=schema)
    return pl.concat([rows.drop(fields), kept], how="horizontal")


def bytea(data: bytes) -> str:
    """As Postgres reads it from text."""
    return "\\x" + data.hex()
