"""Locks by name in Postgres, for what no row stands for; released at the end of the transaction."""

from django.db import connection


def hold_lock(name: str, *, shared: bool = False) -> None:
    """Wait for whoever holds it; holders that share it wait only for one that does not."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
