from celery import shared_task

from pipelines import services, training
from runs.tasks import run_task
from runs.work import Work


@run_task
def refresh(work: Work) -> dict:
    return services.refresh(work)


@run_task
def update_customers(work: Work) -> dict:
    return services.update_customers(work)


@run_task
def train(work: Work) -> dict:
    return training.train(work)


@shared_task
def follow_up(run_pk: int) -> bool:
    return services.follow_up(run_pk=run_pk)


@shared_task
def sweep() -> int:
    return services.sweep()
