"""Many rows into a table that holds few: its indexes are built when all rows are there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg2 import sql

# Fewer rows are written into the indexes as they stand.
FEWEST = 50_000
# Indexes and unique constraints that no foreign key leans on; the primary key is the last.
REMOVABLE = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname,
           pg_get_constraintdef(c.oid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype <> 'f'
    WHERE i.indrelid = %s::regclass AND NOT EXISTS (
        SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
    ORDER BY i.indisprimary, i.indexrelid
"""
MAY_LEAVE_OUT_KEYS = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
# Many pages are written to the log as wholes, all of a new index and many of an old one: to pack
# them costs a third of what there is to do.
WRITE_AS_IT_IS = """
    SELECT set_config('wal_compression', 'off', true)
    WHERE has_parameter_privilege('wal_compression', 'SET')
"""


@contextmanager
def indexes_built_after(*, table: str, rows: int) -> Iterator[bool]:
    """Inside a transaction: nobody else reads or writes the table until that ends.

    Only where as many rows come as are there already; answers whether that is so.
    """
    with connection.cursor() as cursor:
        many = rows >= FEWEST and not _holds_more(table, rows)
        if not many:
            yield False
            return
        cursor.execute(WRITE_AS_IT_IS)
        cursor.execute(REMOVABLE, [table])
        found = cursor.fetchall()
        for index, _, constraint, _ in found:
            gone = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else ""
            cursor.execute(gone or f"DROP INDEX {index}")
        yield True
        for _, indexed, constraint, said in reversed(found):
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {said}" if constraint else indexed
            )
        cursor.execute(f"ANALYZE {table}")


@contextmanager
def foreign_keys_known(*tables: str) -> Iterator[bool]:
    """Do not look each key up again: the caller has just read them from these tables.

    Until the transaction ends nobody else changes those, so that no key can go. Triggers do not
    run meanwhile. A database user who may not ask for this has the keys looked up: False. A table
    cannot have its indexes built before that has been done.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAY_LEAVE_OUT_KEYS)
        (may,) = cursor.fetchone()
        if not may:
            yield False
            return
        cursor.execute(WRITE_AS_IT_IS)
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE MODE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield True
        cursor.execute("SET LOCAL session_replication_role = origin")


def _holds_more(table: str, rows: int) -> bool:
    counting = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT %s) AS first_rows").format(
        sql.Identifier(table)
    )
    with connection.cursor() as cursor:
        cursor.execute(counting.as_string(cursor.cursor), [rows + 1])
        (found,) = cursor.fetchone()
    return bool(found > rows)
