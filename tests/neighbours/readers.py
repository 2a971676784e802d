"""Processes that read a source, to be killed where it hurts most."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg2
from django.conf import settings
from django.db import connection

from ingestion.models import Source

PATIENCE = 60


@contextmanager
def python(*words: str) -> Iterator[subprocess.Popen]:
    """Python on the tests' database."""
    at = connection.settings_dict
    address = f"{at['HOST']}:{at['PORT']}/{at['NAME']}"
    env = {
        **os.environ,
        "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{address}",
        "DJANGO_SETTINGS_MODULE": "cba_site.settings",
    }
    process = subprocess.Popen(
        [sys.executable, *words], env=env, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def standing_still(source: Source) -> Iterator[None]:
    """Whoever wants to move the source on waits, with the rows of the batch already written."""
    at = connection.get_connection_params()
    with closing(psycopg2.connect(**at)) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ingestion_source WHERE id = %s FOR NO KEY UPDATE", [source.pk]
        )
        yield


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND query LIKE '%%\"ingestion_source\"%%FOR NO KEY UPDATE'"
        )
        return cursor.fetchone() == (1,)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
