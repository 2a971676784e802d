"""The Celery application as the supervisor starts it: pool processes die with their master.

An orphan would go on with its job beside the worker that has taken the job over.
"""

import os
from typing import Any

from celery.signals import worker_process_init

from cba_site.celery import app
from cba_site.local.tied import die_with

__all__ = ["app"]


@worker_process_init.connect
def tie(**_: Any) -> None:
    die_with(os.getppid())
