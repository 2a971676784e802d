"""Traces of a person that no table of an app holds: logs, messages in the outbox, cached values."""

import email
import email.policy
import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import redis
from django.conf import settings

from customers.selectors import Identity

# As Django's file backend parts its messages.
BETWEEN_MESSAGES = b"-" * 79 + b"\n"
# A shorter id is a word like any other: it counts only where it says what it is.
TELLING_LETTERS = 6
BEFORE_AN_ID = (b"customers/", b"customer_id=", b"customer=", b"search=", b"(customer_id)=(",
                b"customer '", b"customer &#x27;")  # fmt: skip
AFTER_AN_ID = rb"(?=[/?&'\"\s);,]|%2F|$)"
LEAST_LETTERS = 3


def pattern_of(person: Identity) -> re.Pattern[bytes]:
    """What names the person in a text: the id, and every personal value as it may be written."""
    words = {text for text in person.texts if len(text) >= LEAST_LETTERS}
    before = b"|".join(rb"(?<=%b)" % re.escape(prefix) for prefix in BEFORE_AN_ID)
    ids = b"|".join(map(re.escape, _written([person.customer_id])))
    found = rb"(?:%b)(?:%b)%b" % (before, ids, AFTER_AN_ID)
    if len(person.customer_id) >= TELLING_LETTERS:
        words |= {person.customer_id}
    if words:
        either = b"|".join(map(re.escape, _written(words)))
        found = rb"%b|(?<!\w)(?:%b)(?!\w)" % (found, either)
    return re.compile(found, re.IGNORECASE)


def _written(words: Iterable[str]) -> list[bytes]:
    """Plain, and as addresses and JSON write them; the longest first."""
    forms = {
        form
        for word in words
        for form in (word, quote(word), quote(word, safe=""), quote_plus(word),
                     word.encode("unicode_escape").decode())
    }  # fmt: skip
    return sorted((form.encode() for form in forms), key=lambda form: (-len(form), form))


def scrub_logs(pattern: re.Pattern[bytes]) -> int:
    """Overwrite what names the person, where it stands: whoever writes the log goes on writing."""
    return sum(_scrub(path, pattern) for path in _log_files())


def _log_files() -> Iterator[Path]:
    for folder in settings.LOG_FOLDERS:
        yield from (path for path in folder.glob("*.log*") if path.stat().st_size)


def _scrub(path: Path, pattern: re.Pattern[bytes]) -> int:
    found = 0
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as text:
        for match in pattern.finditer(text):
            start, end = match.span()
            text[start:end] = b"x" * (end - start)
            found += 1
    return found


def drop_messages(pattern: re.Pattern[bytes]) -> int:
    """Take the messages that go to the person, or name them, out of the outbox."""
    dropped = 0
    for path in settings.EMAIL_FILE_PATH.glob("*"):
        messages = [part for part in path.read_bytes().split(BETWEEN_MESSAGES) if part.strip()]
        kept = [one for one in messages if not pattern.search(_readable(one))]
        if len(kept) == len(messages):
            continue
        dropped += len(messages) - len(kept)
        if kept:
            draft = path.with_name(f".{path.name}.draft")
            draft.write_bytes(b"".join(one + BETWEEN_MESSAGES for one in kept))
            draft.replace(path)
        else:
            path.unlink()
    return dropped


def _readable(message: bytes) -> bytes:
    """A message with its headers and texts decoded."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    headers = [f"{name}: {value}" for name, value in parsed.items()]
    texts = [p.get_payload(decode=True) or b"" for p in parsed.walk() if not p.is_multipart()]
    return b"\n".join([message, "\n".join(headers).encode(), *texts])


def drop_cached(pattern: re.Pattern[bytes]) -> int:
    """Delete cached values that name the person. The broker's own queues carry ids of runs only."""
    if not settings.REDIS_URL:
        return 0
    server = redis.Redis.from_url(settings.REDIS_URL)
    dropped = 0
    for key in server.scan_iter(count=1000, _type="string"):
        if pattern.search(key) or pattern.search(server.get(key) or b""):
            dropped += int(server.delete(key))
    if dropped:
        # Its append-only file still holds what was set.
        server.bgrewriteaof()
    return dropped


def delete_demo_files() -> int:
    """The demo's made-up people as files; a load has copied them, and makes them when it must."""
    files = list((settings.CBA_HOME / "demo").glob("*.parquet"))
    for path in files:
        path.unlink()
    return len(files)
