"""Alive and ready, and the truth about both."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, JsonResponse

from features.frames import current, frame_of


class NotReady(Exception):
    """Why a part cannot be used, in one line."""


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Every part that a request may need was just used; 503 names the ones that failed."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    response = JsonResponse(
        {"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )
    response["X-CBA-Instance"] = settings.CBA_INSTANCE
    return response


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except (NotReady, Error, OSError, redis.RedisError) as error:
        return f"{type(error).__name__}: {error}".strip()[:200]
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReady(f"{len(waiting)} migrations wait")


def _broker() -> None:
    if not settings.REDIS_URL:
        raise NotReady("REDIS_URL is not set")
    redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()


def _snapshot() -> None:
    published = current()
    if published is not None:
        frame_of(published).head(1).collect()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "snapshot": _snapshot,
}
