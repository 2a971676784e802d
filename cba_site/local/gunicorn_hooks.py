"""Gunicorn's settings file under the supervisor: its workers die with their master, too."""

import os
from typing import Any

from cba_site.gunicorn_worker import post_worker_init
from cba_site.local.tied import die_with

__all__ = ["post_fork", "post_worker_init"]


def post_fork(server: Any, worker: Any) -> None:
    die_with(os.getppid())
