"""Another shop's database on the tests' own server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from django.conf import settings


@dataclass(frozen=True)
class Database:
    """``url`` is without the password, as a source has it."""

    url: str
    password: str
    words: dict[str, Any]

    def run(self, statement: str) -> None:
        with _connected(**self.words) as connection, connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def other_database(name: str) -> Iterator[Database]:
    ours = settings.DATABASES["default"]
    words = {
        "host": ours["HOST"],
        "port": ours["PORT"],
        "user": ours["USER"],
        "password": ours["PASSWORD"],
    }
    # Workers of pytest-xdist share the server.
    name = f"{name}_{ours['NAME']}"
    with _connected(**words, dbname="postgres") as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    at = f"{words['user']}@{words['host']}:{words['port']}"
    yield Database(f"postgresql://{at}/{name}", words["password"], {**words, "dbname": name})
    with _connected(**words, dbname="postgres") as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _connected(**words: Any) -> Iterator[Any]:
    connection = psycopg2.connect(**words)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()
