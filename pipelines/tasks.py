from threading import Thread
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_process_init
from django.conf import settings
from django.db import connections
from django.utils import timezone

import predictions.changed
from pipelines import erasure, flow, measuring, merging, services, training
from runs.tasks import run_task
from runs.work import Work


@worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Beside the first tasks: a process that takes long to begin is taken for dead."""
    queue = settings.CELERY_TASK_ROUTES[refresh.name]["queue"]
    if queue in current_app.amqp.queues.consume_from:
        Thread(target=_read_models, daemon=True).start()


def _read_models() -> None:
    try:
        predictions.changed.warm_up()
    finally:
        connections.close_all()


@run_task
def refresh(work: Work) -> dict:
    return services.refresh(work)


@run_task
def update_customers(work: Work) -> dict:
    return services.update_customers(work)


@run_task
def measure(work: Work) -> dict:
    return measuring.measure(work)


@run_task
def train(work: Work) -> dict:
    return training.train(work)


@run_task
def erase(work: Work) -> dict:
    return erasure.erase(work)


@run_task
def merge(work: Work) -> dict:
    return merging.work_on(work)


@shared_task
def erase_returned() -> int:
    return len(erasure.erase_returned())


@shared_task
def follow_up(run_pk: int) -> bool:
    return flow.follow_up(run_pk=run_pk)


@shared_task
def sweep() -> int:
    return flow.sweep()


@shared_task
def strike() -> None:
    flow.strike(now=timezone.now())
