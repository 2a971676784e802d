"""Whether the parts that everything stands on work: for /readyz and for the admin's home."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.db import connection
from django.db.utils import Error
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.formats import whole

# From this share of a disk on somebody should look at it.
NEARLY_FULL = 0.9
GB = 1024**3


class NotReady(Exception):
    """Why a part cannot be used, in one line."""


@dataclass(frozen=True)
class Part:
    """One part, whether it answers, and what is to know about it."""

    name: str
    ok: bool
    says: str
    detail: str = ""


def outcome(check: Callable[[], object]) -> str:
    """ "ok", or why not in one line."""
    try:
        check()
    except (NotReady, Error, OSError, redis.RedisError) as error:
        return f"{type(error).__name__}: {error}".strip()[:200]
    return "ok"


def part(name: str, ask: Callable[[], Part]) -> Part:
    """What a part says of itself, or why it does not answer."""
    told: list[Part] = []
    said = outcome(lambda: told.append(ask()))
    return told[0] if told else Part(name, False, "does not answer", said)


def use_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def use_broker() -> None:
    _broker().ping()


def database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return Part("Database", True, f"{size / GB:.1f} GB")


def broker() -> Part:
    waiting = sum(_broker().llen(queue.name) for queue in settings.CELERY_TASK_QUEUES)
    return Part("Broker", True, f"{whole(waiting)} messages wait")


def disk() -> Part:
    """The disk that everything local lies on."""
    usage = shutil.disk_usage(settings.CBA_HOME)
    used = usage.used / usage.total
    says = f"{usage.used / GB:.0f} of {usage.total / GB:.0f} GB"
    return Part("Disk", used < NEARLY_FULL, says, f"{used * 100:.0f} of 100 used")


def _broker() -> redis.Redis:
    if not settings.REDIS_URL:
        raise NotReady("REDIS_URL is not set")
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    """Its connections are kept, and a broker that is gone is not waited for."""
    return redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
