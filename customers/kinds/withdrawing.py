"""Consent that is withdrawn by rows which are no statements themselves: somebody unsubscribed."""

from core.contracts.import_kind import Cursor
from core.undo import keep_before
from customers.aliases import KNOWN_AS
from customers.models import Channel

TABLE = "customers_consent"
WITHDRAWN = "withdrawn_consents"
SAME = (
    "t.customer_id = w.customer_id AND t.channel = w.channel AND t.at = w.at"
    " AND t.purpose = 'marketing'"
)


def withdraw(cursor: Cursor, *, said: str, load_id: int, source: str) -> list[int]:
    """Write down a no for each row of ``said``, a query for customer_id (a shop's id), channel and
    at; whose consent changed. A no at the moment of a yes is stronger.
    """
    cursor.execute(
        f"CREATE TEMPORARY TABLE {WITHDRAWN} ON COMMIT DROP AS"
        f" SELECT DISTINCT c.id AS customer_id, s.channel, s.at FROM ({said}) s"
        f" JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id WHERE s.channel = ANY(%s)",
        [Channel.values],
    )
    yes = f"SELECT t.id FROM {TABLE} t JOIN {WITHDRAWN} w ON {SAME} WHERE t.granted"
    keep_before(cursor, table=TABLE, rows=yes, load_id=load_id, person="t.customer_id")
    cursor.execute(
        f"UPDATE {TABLE} t SET granted = false, source = %s, load_id = %s"
        f" WHERE t.id IN ({yes}) RETURNING customer_id",
        [source, load_id],
    )
    changed = {row[0] for row in cursor.fetchall()}
    cursor.execute(
        f"INSERT INTO {TABLE} (customer_id, channel, purpose, granted, at, source, load_id)"
        f" SELECT w.customer_id, w.channel, 'marketing', false, w.at, %s, %s FROM {WITHDRAWN} w"
        f" WHERE NOT EXISTS (SELECT FROM {TABLE} t WHERE {SAME}) RETURNING customer_id",
        [source, load_id],
    )
    return sorted(changed | {row[0] for row in cursor.fetchall()})


def take_withdrawn_out(cursor: Cursor, load_id: int) -> dict[str, int]:
    """Delete the statements that a load brought in; those that it changed are put back before."""
    cursor.execute(f"DELETE FROM {TABLE} WHERE load_id = %s", [load_id])
    return {TABLE: cursor.rowcount}
