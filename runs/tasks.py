"""Celery's side of runs: an id comes in, a service is called, a second delivery does nothing."""

from collections.abc import Callable
from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from runs import services
from runs.models import Run
from runs.work import Work
from runs.worker import note_worker


def run_task(job: Callable[[Work], dict[str, Any]]) -> Task:
    """Make a Celery task of a job: it claims the run, beats, and finishes or fails it."""

    def carry_out(run_pk: int) -> None:
        services.perform(run=Run.objects.get(pk=run_pk), job=job)

    return shared_task(carry_out, name=f"{job.__module__}.{job.__name__}", acks_late=True)


@shared_task
def reap() -> int:
    note_worker(timezone.now())
    return services.reap()
