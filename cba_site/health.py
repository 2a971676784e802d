"""Alive and ready, and the truth about both."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from core.health import NotReady, outcome, use_broker, use_database
from features.frames import current, frame_of


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Every part that a request may need was just used; 503 names the ones that failed."""
    checks = {name: outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    response = JsonResponse(
        {"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )
    response["X-CBA-Instance"] = settings.CBA_INSTANCE
    return response


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReady(f"{len(waiting)} migrations wait")


def _snapshot() -> None:
    published = current()
    if published is not None:
        frame_of(published).head(1).collect()


CHECKS: dict[str, Callable[[], None]] = {
    "database": use_database,
    "migrations": _migrations,
    "broker": use_broker,
    "snapshot": _snapshot,
}
