"""Questions about background work."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.errors import NotFound
from runs.models import ModelVersion, Run, RunState


def runs() -> QuerySet[Run]:
    """All runs, the newest first."""
    return Run.objects.select_related("requested_by").order_by("-id")


def run_numbered(number: int) -> Run:
    found = runs().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no run {number}.")
    return found


def run_ahead(run: Run) -> Run | None:
    """The run that holds the lane of a queued one, so that a page can say what it waits for."""
    if run.state != RunState.QUEUED or not run.lane:
        return None
    # It may have been claimed since it was read: a run does not wait for itself.
    ahead = Run.objects.filter(lane=run.lane, state=RunState.RUNNING).exclude(pk=run.pk)
    return ahead.first()


def run_at_work(run: Run) -> Run | None:
    """The run that has been at work the longest where a queued one will be; two share the work."""
    working = Run.objects.filter(state=RunState.RUNNING).exclude(pk=run.pk)
    of_models = Q(task__in=list(settings.CELERY_TASK_ROUTES))
    there = of_models if run.task in settings.CELERY_TASK_ROUTES else ~of_models
    return working.filter(there).order_by("started_at").first()


def runs_before(run: Run) -> int:
    """How many of its lane are queued before a queued run."""
    before = Run.objects.filter(lane=run.lane, state=RunState.QUEUED, pk__lt=run.pk)
    return before.filter(not_before=None).count() if run.lane else 0


def failed_for_good(*, since: datetime) -> list[Run]:
    """Runs that failed since then and that no later one made good: of a file, each by itself.

    What was read from a source is read again from there, and told by its alert.
    """
    failed = runs().filter(state=RunState.FAILED, finished_at__gte=since)
    failed = failed.exclude(name="read_source").exclude(arguments__has_key="feed")
    better = Run.objects.filter(
        name=OuterRef("name"), state=RunState.SUCCEEDED, pk__gt=OuterRef("pk")
    )
    return list(failed.exclude(~Q(name="import") & Exists(better)))


def versions_of(name: str) -> QuerySet[ModelVersion]:
    """Every version of a model, the newest first."""
    return ModelVersion.objects.filter(name=name).order_by("-id")
