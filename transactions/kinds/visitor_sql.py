"""Whose the events of a visitor are, who is known by a browser's or an app's id alone.

The rule: an event that names no customer belongs to the customer whom the same visitor names next,
at that moment or later; where none is named any more, to the one named last before. It looks at
the record as it stands, so that the order in which files come changes nothing, and what an undo
takes out takes its joins with it.
"""

from core.contracts.import_kind import Cursor

# Temporary tables: the visitors whose events are to be looked at, and whose events those that
# moved are now and were before.
TOUCHED, MOVED = "touched_visitors", "moved_events"
NAMED = """
    SELECT i.customer_id FROM transactions_event i
    WHERE i.visitor_id = e.visitor_id AND i.identified AND i.at {side} e.at
    ORDER BY i.at {way}, i.event_key LIMIT 1
"""
JOIN = f"""
    WITH moved AS (UPDATE transactions_event e SET customer_id = j.whose FROM (
        SELECT e.id, e.customer_id AS before, coalesce(({NAMED.format(side=">=", way="")}),
                              ({NAMED.format(side="<", way="DESC")})) AS whose
        FROM transactions_event e JOIN {TOUCHED} v ON v.visitor_id = e.visitor_id
        WHERE NOT e.identified
    ) j WHERE e.id = j.id AND e.customer_id IS DISTINCT FROM j.whose RETURNING j.whose, j.before)
    INSERT INTO {MOVED} SELECT whose, before FROM moved
"""
CHANGED = f"""
    SELECT customer_id FROM transactions_event WHERE load_id = %s AND customer_id IS NOT NULL
    UNION SELECT whose FROM {MOVED} WHERE whose IS NOT NULL
    UNION SELECT before FROM {MOVED} WHERE before IS NOT NULL LIMIT %s
"""


def touch_visitors(cursor: Cursor, rows: str, where: str = "true") -> None:
    """Note the visitors of some rows of a table, before they change or go."""
    cursor.execute(f"DROP TABLE IF EXISTS {TOUCHED}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {TOUCHED} ON COMMIT DROP AS SELECT DISTINCT visitor_id"
        f" FROM {rows} WHERE visitor_id IS NOT NULL AND {where}"
    )


def join_events(cursor: Cursor) -> int:
    """Give the touched visitors' events to whom they belong; how many moved."""
    cursor.execute(f"DROP TABLE IF EXISTS {MOVED}")
    cursor.execute(f"CREATE TEMPORARY TABLE {MOVED} (whose bigint, before bigint) ON COMMIT DROP")
    cursor.execute(JOIN)
    return cursor.rowcount


def changed_customers(cursor: Cursor, load_id: int, most: int) -> list[int] | None:
    """Whose events a load wrote, gave or took, after the join; None for more than ``most``."""
    cursor.execute(CHANGED, [load_id, most + 1])
    found = sorted(row[0] for row in cursor.fetchall())
    return None if len(found) > most else found
