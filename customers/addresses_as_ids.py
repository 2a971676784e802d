"""Customers whom a program knows by their e-mail address alone: their id is not the address.

An id stands in lists, files and addresses of pages for everybody to see; the address is kept beside
it like every personal field, encrypted and with its look-up. See docs/decisions/0076.
"""

import json
import re
from collections.abc import Iterable, Mapping

import polars as pl

from core.bulk import copy_in
from core.contracts.import_kind import Cursor
from core.encryption import blind_index, encrypt, fold
from customers.contact_indexes import email_index
from customers.kinds.about_customers import bytea
from customers.services import personal_mark

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PREFIX = "mail-"
LETTERS = 24
# So many are encrypted and written at a time.
AT_ONCE = 20_000


def id_of_address(address: str) -> str:
    """The same for each spelling of an address that a mail server takes for one."""
    return PREFIX + blind_index(f"customer|{fold(address)}").hex()[:LETTERS]


def ids_of_addresses(texts: Iterable[str]) -> dict[str, str]:
    """{address: id} for those of the texts that are addresses."""
    return {text: id_of_address(text) for text in texts if ADDRESS.fullmatch(text)}


def keep_addresses(*, cursor: Cursor, load_id: int, addresses: Mapping[str, str]) -> None:
    """Give the customers that a load has written, and whose address nobody has said, the one that
    its file calls them by; ``addresses``: {customer_id: address}.
    """
    if not addresses:
        return
    cursor.execute(
        "SELECT customer_id FROM customers_customer WHERE load_id = %s AND email IS NULL"
        " AND starts_with(customer_id, %s)",
        [load_id, PREFIX],
    )
    nameless = [number for (number,) in cursor.fetchall() if number in addresses]
    cursor.execute(
        "CREATE TEMPORARY TABLE said_addresses (customer_id text, email bytea, email_index bytea,"
        " personal_marks jsonb) ON COMMIT DROP"
    )
    for start in range(0, len(nameless), AT_ONCE):
        some = [_kept(number, addresses[number]) for number in nameless[start : start + AT_ONCE]]
        copy_in(table="said_addresses", frame=pl.DataFrame(some))
    cursor.execute(
        "UPDATE customers_customer c SET email = s.email, email_index = s.email_index,"
        " personal_marks = c.personal_marks || s.personal_marks"
        " FROM said_addresses s WHERE c.customer_id = s.customer_id"
    )


def _kept(customer_id: str, address: str) -> dict[str, str]:
    return {
        "customer_id": customer_id,
        "email": bytea(encrypt(address)),
        "email_index": bytea(email_index(address)),
        "personal_marks": json.dumps({"email": personal_mark(customer_id, "email", address)}),
    }
