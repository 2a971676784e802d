"""Hears of finished runs. A lost wake-up costs nothing: the sweep finds the run."""

import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from runs.signals import run_finished

log = logging.getLogger(__name__)
# By its name: every command hears of runs, and none needs what the task needs to begin.
FOLLOW_UP = "pipelines.tasks.follow_up"


@receiver(run_finished)
def wake_up(run_pk: int, **_: Any) -> None:
    if not settings.REDIS_URL:
        return
    try:
        current_app.send_task(FOLLOW_UP, args=[run_pk], retry=False)
    except OperationalError as error:
        log.warning("The broker is away; the sweep will follow up run %s: %s", run_pk, error)
