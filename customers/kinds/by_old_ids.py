"""Rows of a file of customers that describe somebody by an id that was merged away."""

import json

from core.contracts.import_kind import STAGING, Cursor
from core.encryption import decrypt
from customers.services import personal_mark

LED_ON = "led_on"
# Of two rows by old ids of one customer, those of the first; none where the file has the customer's
# own row as well: an export that still has both means the own row.
FOUND = f"""
    CREATE TEMPORARY TABLE {LED_ON} ON COMMIT DROP AS
    SELECT s.row, f.kept_id FROM (
        SELECT DISTINCT ON (k.customer_id) k.customer_id AS kept_id, s.customer_id AS old_id
        FROM {STAGING} s JOIN customers_customer o ON o.customer_id = s.customer_id
        JOIN customers_alias a ON a.customer_id = o.id
        JOIN customers_customer k ON k.id = a.kept_id
        WHERE NOT EXISTS (SELECT FROM {STAGING} own WHERE own.customer_id = k.customer_id)
        ORDER BY k.customer_id, s.row
    ) f JOIN {STAGING} s ON s.customer_id = f.old_id
"""


def lead_on(cursor: Cursor, personal: tuple[str, ...]) -> int:
    """Let staged rows by an old id describe who the customer is now; how many.

    The marks of their ``personal`` values, ciphertexts in the staging table, are salted by the id.
    """
    cursor.execute(FOUND)
    cursor.execute(
        f"SELECT s.row, l.kept_id, {', '.join(f's.{name}' for name in personal)}"
        f" FROM {STAGING} s JOIN {LED_ON} l ON l.row = s.row ORDER BY s.row"
    )
    found = cursor.fetchall()
    for row, kept_id, *said in found:
        marks = {
            name: personal_mark(kept_id, name, decrypt(value))
            for name, value in zip(personal, said, strict=True)
            if value is not None
        }
        cursor.execute(
            f"UPDATE {STAGING} SET customer_id = %s, personal_marks = %s WHERE row = %s",
            [kept_id, json.dumps(marks, sort_keys=True), row],
        )
    return len(found)
