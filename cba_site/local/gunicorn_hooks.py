"""Gunicorn's settings file: its workers die with their master."""

import os
from typing import Any

from cba_site.local.tied import die_with


def post_fork(server: Any, worker: Any) -> None:
    die_with(os.getppid())
