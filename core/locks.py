"""Locks by name in Postgres, for what no row stands for; released at the end of the transaction."""

from django.db import connection


def hold_lock(name: str, *, shared: bool = False) -> None:
    """Wait for whoever holds it; holders that share it wait only for one that does not."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])


def try_session_lock(name: str) -> bool:
    """Hold it until this process ends, however it ends; False where another one has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (held,) = cursor.fetchone()
    return bool(held)


def leave_session_lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
