"""Hears of finished runs. A lost wake-up costs nothing: the sweep finds the run."""

import logging
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from pipelines import tasks
from runs.signals import run_finished

log = logging.getLogger(__name__)


@receiver(run_finished)
def wake_up(run_pk: int, **_: Any) -> None:
    if not settings.REDIS_URL:
        return
    try:
        tasks.follow_up.apply_async(args=[run_pk], retry=False)
    except OperationalError as error:
        log.warning("The broker is away; the sweep will follow up run %s: %s", run_pk, error)
