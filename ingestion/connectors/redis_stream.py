"""Entries of a stream of Redis or Valkey, in their order, each once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from core.contracts.connector import (
    Batch,
    Cursor,
    Found,
    Reach,
    SourceRefused,
    Stream,
    asked,
    secret,
)
from ingestion.tables import object_of

if TYPE_CHECKING:
    from redis import Redis

CONNECT_SECONDS = 10
WAIT_MS = 1_000
FIRST = "0-0"


@dataclass(frozen=True)
class RedisStream(Stream):
    key: ClassVar[str] = "redis_stream"
    title: ClassVar[str] = "Redis stream"
    says: ClassVar[str] = "A stream of Redis or Valkey, followed as entries come"
    place: ClassVar[tuple[str, ...]] = ("stream",)

    url: str = asked(label="Address", help="redis://events.example.com:6379/0, without a password")
    stream: str = asked(label="Stream", help="Its key")
    json_field: str = asked(
        "", label="Field that holds JSON", help="Empty: the fields of an entry are the columns"
    )
    password: str = secret(label="Password")
    batch_rows: int = asked(1_000, label="Entries at a time", least=1, most=50_000)

    def test(self, reach: Reach) -> Found:
        with self._connected() as server:
            many = server.xlen(self.stream)
            newest: Any = server.xrevrange(self.stream, count=1)
        if not newest:
            return Found(f"The server answers; the stream {self.stream} has no entry yet.")
        columns = tuple(self._row(newest[0][1]))
        return Found(f"The stream {self.stream} has {many:,} entries.", columns)

    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        for batch in self._entries(cursor, None):
            if batch is None:
                return
            yield batch

    def follow(self, cursor: Cursor, reach: Reach) -> Iterator[Batch | None]:
        return self._entries(cursor, WAIT_MS)

    def _entries(self, cursor: Cursor, wait_ms: int | None) -> Iterator[Batch | None]:
        last, read = cursor.get("last", FIRST), cursor.get("read")
        with self._connected() as server:
            while True:
                told, entries = self._looked(server, last)
                read = self._none_is_gone(told, last, read)
                if not entries:
                    if wait_ms is not None:
                        server.xread({self.stream: last}, count=1, block=wait_ms)
                    yield None
                    continue
                last = entries[-1][0].decode()
                read = None if read is None else read + len(entries)
                rows = tuple(self._row(fields) for _, fields in entries)
                many = f"{len(rows):,} {'entry' if len(rows) == 1 else 'entries'}"
                yield Batch({"last": last, "read": read}, f"{many} of {self.stream}", objects=rows)

    def _looked(self, server: Redis, last: str) -> tuple[dict[str, Any], list[Any]]:
        """What the server tells of the stream, and the entries after the last, at one moment."""
        with server.pipeline() as both:
            both.xinfo_stream(self.stream)
            both.xread({self.stream: last}, count=self.batch_rows)
            told, found = both.execute(raise_on_error=False)
        if isinstance(found, Exception):
            raise found
        return (told if isinstance(told, dict) else {}), (found[0][1] if found else [])

    def _none_is_gone(self, told: dict[str, Any], last: str, read: int | None) -> int | None:
        """How many of the entries that were ever added lie behind us; None: nobody can tell.

        Refuses where some were removed that were not read. What was gone before the first reading
        is not missed. Servers before Redis 7 do not count what was added.
        """
        added = told.get("entries-added")
        if added is None:
            return read
        there, first = told["length"], told["first-entry"]
        if first and _place(first[0].decode()) <= _place(last):
            return read
        if read is None:
            return int(added - there)
        gone = added - there - read
        if gone:
            many = f"{gone:,} {'entry' if gone == 1 else 'entries'}" if gone > 0 else "Entries"
            raise SourceRefused(
                f"{many} of {self.stream} were removed before they were read: the stream keeps too"
                " few. Let the source begin anew to read what is there."
            )
        return read

    def _row(self, fields: dict[bytes, bytes]) -> dict[str, Any]:
        if self.json_field:
            return object_of(fields.get(self.json_field.encode(), b""))
        return {_text(name): _text(value) for name, value in fields.items()}

    @contextmanager
    def _connected(self) -> Iterator[Redis]:
        import redis

        parts = urlsplit(self.url.strip())
        if parts.scheme not in ("redis", "rediss"):
            raise SourceRefused("An address begins with redis:// or rediss://.")
        if parts.password:
            raise SourceRefused("Write the password in its own field, where it is kept encrypted.")
        if parts.query:
            raise SourceRefused("An address ends with the number of the database, like /0.")
        try:
            with redis.Redis.from_url(
                self.url.strip(),
                password=self.password or None,
                socket_timeout=CONNECT_SECONDS,
                socket_connect_timeout=CONNECT_SECONDS,
            ) as server:
                yield server
        except (redis.RedisError, ValueError) as error:
            why = " ".join(str(error).split())[:300]
            raise SourceRefused(f"The server of the stream says: {why}") from error


def _place(number: str) -> tuple[int, int]:
    """Of an entry, by its number, to be compared."""
    moment, _, at = number.partition("-")
    return int(moment), int(at)


def _text(value: bytes) -> str:
    return value.decode(errors="replace").replace("\x00", "")
