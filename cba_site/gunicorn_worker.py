"""Gunicorn's settings file: what its workers do beside requests, wherever they run."""

from threading import Event, Thread
from typing import Any


def post_worker_init(worker: Any) -> None:
    """What pages send enters each second."""
    # The master reads this file and loads no application: nothing of ours lives across a fork.
    from ingestion.posted_queue import keep_entering

    Thread(target=keep_entering, args=[Event()], name="posted rows", daemon=True).start()
