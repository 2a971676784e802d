"""Rows of a table or a query of a database, by one server-side cursor a sitting."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from hashlib import blake2b
from itertools import takewhile
from typing import TYPE_CHECKING, Any, ClassVar

from core.contracts.connector import (
    SAMPLE_ROWS,
    Batch,
    Connector,
    Cursor,
    Found,
    Reach,
    SourceRefused,
    asked,
    secret,
)
from ingestion.tables import table_of

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

CONNECT_SECONDS, LOOK_SECONDS = 10, 20
LOOKED_AT = 5
# Of one value of the cursor column; what was read of it stands in the cursor.
MOST_TIES = 20_000
TABLES = {"postgresql": "postgresql+psycopg2", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
# Further words of an address could make a driver read files of this machine.
KNOWN_WORDS = {"sslmode", "charset"}
EXAMPLE = "postgresql://reader@db.example.com/shop"


@dataclass(frozen=True)
class Sql(Connector):
    key: ClassVar[str] = "sql"
    title: ClassVar[str] = "Database"
    says: ClassVar[str] = "A table or a query of PostgreSQL, MySQL or MariaDB"
    place: ClassVar[tuple[str, ...]] = ("table", "query", "cursor_column")

    url: str = asked(label="Address", help=f"Without the password: {EXAMPLE}")
    table: str = asked("", label="Table", help="Its name, or schema.name")
    query: str = asked("", label="Or a query", help="A SELECT in place of a table", long=True)
    cursor_column: str = asked(
        "",
        label="Column that only grows",
        help="When a row was changed, or its number; empty: all rows are read each time",
    )
    password: str = secret(label="Password")
    batch_rows: int = asked(50_000, label="Rows at a time", least=1, most=500_000)
    timeout_seconds: int = asked(
        300, label="Patience in seconds", help="How long an answer may take", least=1, most=3600
    )

    def test(self, reach: Reach) -> Found:
        with self._connected(LOOK_SECONDS) as connection:
            names, rows = _looked(connection, f"SELECT * FROM {self._from(connection)} LIMIT 5")
            self._refuse_unknown(names)
        what = "The query answers" if self.query else f"The table {self.table} is there"
        more = f"{LOOKED_AT} or more rows" if len(rows) == LOOKED_AT else f"{len(rows)} rows"
        return Found(f"{what}, with {len(names)} columns and {more}.", names)

    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        place = _Place.at(cursor)
        with self._connected(self.timeout_seconds) as connection:
            statement, values = self._statement(connection, place)
            stream = connection.execution_options(
                stream_results=True, max_row_buffer=self.batch_rows, no_parameters=not values
            ).exec_driver_sql(statement, values or None)
            names = tuple(stream.keys())
            self._refuse_unknown(names)
            at = names.index(self.cursor_column) if self.cursor_column else -1
            for rows in stream.partitions(self.batch_rows):
                fresh = place.beyond(rows, at) if self.cursor_column else rows
                if fresh:
                    table = table_of(names, fresh)
                    yield Batch(cursor=place.as_cursor(), name=self._name(len(fresh)), table=table)

    def sample(self, reach: Reach) -> Batch | None:
        """As the server gives them out: to sort a large table takes long."""
        with self._connected(LOOK_SECONDS) as connection:
            statement = f"SELECT * FROM {self._from(connection)} LIMIT {SAMPLE_ROWS}"
            names, rows = _looked(connection, statement)
            self._refuse_unknown(names)
        table = table_of(names, rows)
        return Batch(cursor={}, name=self._name(len(rows)), table=table) if rows else None

    def _name(self, rows: int) -> str:
        return f"{rows:,} {'row' if rows == 1 else 'rows'} of {self.table or 'a query'}"

    def _statement(self, connection: Connection, place: _Place) -> tuple[str, tuple[Any, ...]]:
        rows = f"SELECT * FROM {self._from(connection)}"
        if not self.cursor_column:
            return rows, ()
        self._refuse_unknown(_looked(connection, f"{rows} LIMIT 0")[0])
        column = _quoted(connection, self.cursor_column)
        if place.value is None:
            return f"{rows} WHERE {column} IS NOT NULL ORDER BY {column}", ()
        # With values, a driver takes a percent sign for one of its own.
        rows, column = rows.replace("%", "%%"), column.replace("%", "%%")
        return f"{rows} WHERE {column} >= %s ORDER BY {column}", (place.value,)

    def _from(self, connection: Connection) -> str:
        if bool(self.table) == bool(self.query):
            raise SourceRefused("Name a table or write a query, one of the two.")
        if self.query:
            return f"({self.query.strip().rstrip(';')}) AS rows_read"
        return ".".join(_quoted(connection, part) for part in self.table.split("."))

    def _refuse_unknown(self, names: tuple[str, ...]) -> None:
        if len(set(names)) < len(names):
            raise SourceRefused("The query has two columns of one name. Give each its own: a AS b.")
        if self.cursor_column and self.cursor_column not in names:
            near = get_close_matches(self.cursor_column, names, n=1, cutoff=0.3)
            hint = f"The nearest is {near[0]!r}" if near else f"There are: {', '.join(names)}"
            raise SourceRefused(f"There is no column {self.cursor_column!r}. {hint}.")

    @contextmanager
    def _connected(self, patience: int) -> Iterator[Connection]:
        from sqlalchemy.exc import SQLAlchemyError

        engine = self._engine(min(patience, self.timeout_seconds))
        try:
            with engine.connect() as connection:
                try:
                    if engine.name == "mysql":
                        # The server waits for us while a batch is entered.
                        connection.exec_driver_sql("SET SESSION net_write_timeout = 3600")
                    yield connection
                except BaseException:
                    _leave(connection)
                    raise
        except SQLAlchemyError as error:
            raise SourceRefused(f"The database says: {_words(error)}") from error
        finally:
            engine.dispose()

    def _engine(self, patience: int) -> Engine:
        from sqlalchemy import NullPool, create_engine

        url = self._checked_url()
        settings: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS}
        if url.get_backend_name() == "postgresql":
            settings["options"] = (
                f"-c statement_timeout={patience * 1000} -c default_transaction_read_only=on"
                " -c idle_in_transaction_session_timeout=0"
            )
        else:
            settings["read_timeout"] = settings["write_timeout"] = patience
            settings["init_command"] = "SET SESSION TRANSACTION READ ONLY"
        return create_engine(url, poolclass=NullPool, connect_args=settings)

    def _checked_url(self) -> URL:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self.url.strip())
        except (ArgumentError, ValueError) as error:
            raise SourceRefused(f"This is no address of a database. One is: {EXAMPLE}") from error
        if url.drivername not in TABLES:
            raise SourceRefused(f"An address begins with {', '.join(TABLES)}, like {EXAMPLE}")
        if url.password:
            raise SourceRefused("Write the password in its own field, where it is kept encrypted.")
        if odd := set(url.query) - KNOWN_WORDS:
            known = " and ".join(sorted(KNOWN_WORDS))
            raise SourceRefused(f"An address may say {known}, and not {sorted(odd)[0]}.")
        return url.set(drivername=TABLES[url.drivername], password=self.password or None)


@dataclass
class _Place:
    """The last value of the cursor column, and which rows of that value were read already.

    Rows that come later with the same value are so read too, and none twice.
    """

    value: Any = None
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, cursor: Cursor) -> _Place:
        return cls(_revived(cursor["value"]), dict(cursor["seen"])) if cursor else cls()

    def as_cursor(self) -> Cursor:
        return (
            {"value": _stored(self.value), "seen": dict(self.seen)}
            if self.value is not None
            else {}
        )

    def beyond(self, rows: Any, at: int) -> list[Any]:
        """The rows that were not read before; the place moves on to the last of them."""
        last = rows[-1][at]
        fresh = [row for row in rows if not self._was_read(row, row[at])]
        if last != self.value:
            self.value, self.seen = last, {}
        # In the order of the column: only rows of the last value can meet others of it later.
        for row in takewhile(lambda row: row[at] == last, reversed(fresh)):
            mark = _mark(row)
            self.seen[mark] = self.seen.get(mark, 0) + 1
        if len(self.seen) > MOST_TIES:
            raise SourceRefused(
                f"More than {MOST_TIES:,} rows have the same {_stored(self.value)!r} in the column"
                " that grows. Name one that tells rows apart, like their number, or none."
            )
        return fresh

    def __post_init__(self) -> None:
        self._first, self._before = self.value, dict(self.seen)

    def _was_read(self, row: Any, value: Any) -> bool:
        """Each row that was read of the first value counts for one like it."""
        if value != self._first or not self._before:
            return False
        mark = _mark(row)
        left = self._before.get(mark, 0)
        self._before[mark] = left - 1
        return left > 0


def _mark(row: Any) -> str:
    return blake2b(repr(tuple(row)).encode(), digest_size=8).hexdigest()


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    return value if isinstance(value, int | float | str) else str(value)


def _revived(stored: Any) -> Any:
    if not isinstance(stored, dict):
        return stored
    ((kind, text),) = stored.items()
    revive: dict[str, Any] = {
        "moment": datetime.fromisoformat,
        "day": date.fromisoformat,
        "number": Decimal,
    }
    return revive[kind](text)


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _leave(connection: Connection) -> None:
    """Close, without waiting for what is still on its way: MySQL's driver would read it all."""
    dbapi = connection.connection.dbapi_connection
    unread = getattr(dbapi, "_result", None)
    if unread is not None:
        unread.unbuffered_active = False
    connection.invalidate()


def _looked(connection: Connection, statement: str) -> tuple[tuple[str, ...], list[Any]]:
    found = connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    return tuple(found.keys()), list(found)


def _words(error: Any) -> str:
    """The driver's own words, without the statement; they never hold the password."""
    said = getattr(error, "orig", None) or error
    text = said.args[-1] if said.args else said
    return " ".join(str(text).split())[:300].rstrip(".") + "."
