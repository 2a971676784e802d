"""Cleaned rows on their way into the tables: straight, or by the staging table."""

from django.db import connection

from core.bulk import copy_frames
from core.contracts.import_kind import STAGING, Cursor, Entered, ImportKind, LoadContext
from core.spool import Spool


def enter(kind: ImportKind, staged: Spool, context: LoadContext) -> Entered:
    """Hand the rows to the kind, inside the caller's transaction."""
    with connection.cursor() as cursor:
        # Statements that pass each row once are done before they would be compiled.
        cursor.execute("SET LOCAL jit = off")
        straight = kind.enter_straight(cursor, staged, context)
        if straight is None:
            return _enter_staged(cursor, kind, staged, context)
        entered, rest = straight
        with rest:
            if rest.rows:
                entered = entered.and_then(_enter_staged(cursor, kind, rest, context))
        return entered


def _enter_staged(cursor: Cursor, kind: ImportKind, rows: Spool, context: LoadContext) -> Entered:
    columns = {"row": "bigint", **kind.staging_columns()}
    wanted = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE {STAGING} ({wanted}) ON COMMIT DROP")
    copy_frames(table=STAGING, columns=list(columns), frames=rows)
    cursor.execute(f"ANALYZE {STAGING}")
    return kind.enter(cursor, context)
