"""Django's own flush truncates every table and makes all permissions anew, after every test that
commits. Here only what was written is emptied, and what Django made itself stays."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# Deleted rows leave dead ones behind: from this size on a table is better made anew.
SMALL_BYTES = 128 * 1024


class Command(BaseCommand):
    help = "Empty what a test has written."
    # The options that Django's test case gives to its own command.
    stealth_options = (
        "allow_cascade", "database", "inhibit_post_migrate", "interactive", "reset_sequences",
    )  # fmt: skip

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        tables = sorted(set(connection.introspection.table_names()) - KEPT)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            # As a truncation does: whoever still writes is waited for.
            cursor.execute(f"LOCK TABLE {', '.join(map(connection.ops.quote_name, tables))}")
            cursor.execute(" UNION ALL ".join(map(_size_where_written, tables)))
            sizes = dict(cursor.fetchall())
            # In any order, and past triggers that keep the audit from being changed.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, size in sizes.items():
                cursor.execute(
                    f'DELETE FROM "{table}"'
                    if size <= SMALL_BYTES
                    else f'TRUNCATE "{table}" CASCADE'
                )


def _size_where_written(table: str) -> str:
    return (
        f"SELECT '{table}', pg_relation_size('\"{table}\"') WHERE EXISTS (SELECT FROM \"{table}\")"
    )
