"""A search for words in everything that an installation keeps: tables with decrypted columns, all
files of its home decoded, and the cache."""

import email
import email.policy
import gzip
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import redis
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection

from core.encryption import decrypt

# Postgres' own files are searched as tables; a broker's as keys and values, and as its log.
AS_TABLES = "postgres"
BYTES = re.compile(r"\\x((?:[0-9a-f]{2}){20,})")


def places_of(words: dict[str, str]) -> dict[str, set[str]]:
    """{name: where its word stands}, whatever its case; every name is there."""
    found: dict[str, set[str]] = {name: set() for name in words}
    for place, text in kept_texts():
        folded = text.casefold()
        for name, word in words.items():
            if word.casefold() in folded:
                found[name].add(place)
    return found


def kept_texts() -> Iterator[tuple[str, str]]:
    yield from _tables()
    yield from _files()
    yield from _cache()


def _tables() -> Iterator[tuple[str, str]]:
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield f"table {table}", " ".join(map(_cell, row))


def _cell(value: Any) -> str:
    if isinstance(value, memoryview | bytes):
        data = bytes(value)
        try:
            return f"{decrypt(data)} {data.hex()}"
        except (InvalidTag, ValueError):
            return data.hex()
    if isinstance(value, list):
        return " ".join(map(_cell, value))
    if isinstance(value, str):
        # Bytes inside JSON, as Postgres writes them there.
        return " ".join([value, *(_cell(bytes.fromhex(data)) for data in BYTES.findall(value))])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _files() -> Iterator[tuple[str, str]]:
    for path in settings.CBA_HOME.rglob("*"):
        place = path.relative_to(settings.CBA_HOME)
        if path.is_file() and (place.parts[0] != AS_TABLES or path.suffix == ".log"):
            for text in _decoded(path):
                yield f"file {place.parent}", text


def _decoded(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    yield data.decode("latin-1")
    yield data.decode("utf-8", "ignore")
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data).decode("utf-8", "ignore")
    # A file that another test cut in half has no end to decode; its bytes were searched above.
    if data[:4] == data[-4:] == b"PAR1":
        yield pl.read_parquet(path).cast(pl.String, strict=False).write_csv()
    if data[:6] == b"ARROW1":
        frame = pl.read_ipc(BytesIO(data))
        flat = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
        yield frame.select(pl.col(flat).cast(pl.String)).write_csv()
        yield str(frame.select(pl.exclude(flat)).rows())
    if path.parent.name == "outbox":
        for part in email.message_from_bytes(data, policy=email.policy.default).walk():
            yield " ".join(f"{name}: {value}" for name, value in part.items())
            if not part.is_multipart():
                yield (part.get_payload(decode=True) or b"").decode("utf-8", "ignore")


def _cache() -> Iterator[tuple[str, str]]:
    server = redis.Redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter():
        kind = server.type(key)
        value = {
            b"string": lambda key=key: [server.get(key)],
            b"hash": lambda key=key: [*server.hgetall(key), *server.hvals(key)],
            b"list": lambda key=key: server.lrange(key, 0, -1),
            b"set": lambda key=key: server.smembers(key),
            b"zset": lambda key=key: server.zrange(key, 0, -1),
        }[kind]()
        texts = [part.decode("utf-8", "ignore") for part in (key, *value) if part is not None]
        yield "cache", " ".join(texts)
