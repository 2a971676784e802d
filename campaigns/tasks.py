from celery import shared_task

from campaigns.services import delivery
from campaigns.services import launch as launching
from runs.tasks import run_task
from runs.work import Work


@run_task
def launch(work: Work) -> dict:
    return launching.launch(work)


@run_task
def deliver(work: Work) -> dict:
    return delivery.deliver(work)


@shared_task
def sweep_delivery() -> int:
    return delivery.sweep()
