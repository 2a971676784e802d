"""The body of a request that brings rows: inflated, of bounded size, and understood as JSON.

An array is read whole, so that a batch is refused whole. Lines that are too many to be looked at
while somebody waits are left to the load, which tells what is wrong with each.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from core.errors import Refused
from core.sent_json import keepable

# Up to here rows are looked at, and up to so many enter, before the answer.
AT_ONCE_BYTES = 2 * 1024**2
AT_ONCE_ROWS = 1_000
MOST_ARRAY_BYTES = 10 * 1024**2
MOST_BYTES = 50 * 1024**2
CHUNK_BYTES = 1 << 16
UNREAD = object()
ELSEWHERE = "Send more of them as a file by POST /api/v1/imports/."
AS_LINES = "Send more of them as lines (Content-Type: application/x-ndjson)."


class TooManyRows(Refused):
    code = "too_many_rows"
    status = 413


class BadBody(Refused):
    code = "bad_body"


@dataclass(frozen=True)
class Posted:
    """``rows`` with their places, as the report counts them; None where they are too many."""

    file: IO[bytes]
    format: str
    rows: list[tuple[int, Any]] | None
    # Lines that are no objects: a load tells what is wrong with each.
    unread: tuple[str, ...] = ()

    @property
    def enters_at_once(self) -> bool:
        return self.rows is not None and len(self.rows) <= AT_ONCE_ROWS and not self.is_large

    @property
    def is_large(self) -> bool:
        return size_of(self.file) > AT_ONCE_BYTES


def posted_array(rows: Any) -> Posted:
    """What is no array is refused where its rows are looked at."""
    places = list(enumerate(rows, start=1)) if isinstance(rows, list) else [(0, rows)]
    return Posted(BytesIO(json.dumps(rows).encode()), "json", places)


def posted_lines(body: IO[bytes]) -> Posted:
    if size_of(body) > AT_ONCE_BYTES:
        return Posted(body, "jsonl", None)
    lines = body.read().split(b"\n")
    body.seek(0)
    read = [(place, line, _row(line)) for place, line in enumerate(lines, start=1) if line.strip()]
    rows = [(place, row) for place, _, row in read if row is not UNREAD]
    unread = tuple(line.decode(errors="replace") for _, line, row in read if row is UNREAD)
    return Posted(body, "jsonl", rows, unread)


def inflated(stream: IO[bytes], headers: Mapping[str, str], most: int, remedy: str) -> IO[bytes]:
    """The body at its beginning; nothing of it is kept in memory beyond what enters at once."""
    coding = headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        raise BadBody(f"Content-Encoding is gzip or none, not {coding}.")
    source = gzip.GzipFile(fileobj=stream) if coding == "gzip" else stream
    body = cast(IO[bytes], SpooledTemporaryFile(AT_ONCE_BYTES))  # noqa: SIM115 - it is handed on
    try:
        while chunk := source.read(CHUNK_BYTES):
            body.write(chunk)
            if body.tell() > most:
                limit = most // 1024**2
                raise TooManyRows(f"One request holds at most {limit} MB of these. {remedy}")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadBody("The body is no whole gzip stream. Send it again, or plain.") from error
    body.seek(0)
    return body


def size_of(body: IO[bytes]) -> int:
    size = body.seek(0, 2)
    body.seek(0)
    return size


def _row(line: bytes) -> Any:
    """What is no JSON is left to the load, which says so of that line."""
    try:
        return keepable(lambda: json.loads(line, parse_constant=_no_number))
    except ValueError:
        return UNREAD


def _no_number(name: str) -> None:
    raise BadBody(f"{name} is no number in JSON. Leave it out, or write null.")
