"""A process for each stream that is to be followed, kept by a supervisor."""

import sys
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from cba_site.local.child import Child
from cba_site.local.supervisor import Supervisor
from ingestion.selectors import streams_to_follow

# Names of the children that follow a stream begin so; how often it is asked which ones there are.
FOLLOWS, STREAMS_SECONDS = "follow-", 5.0


class Followers:
    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._looked = 0.0

    def look_after(self, supervisor: Supervisor) -> None:
        """Start what lacks and stop what is not wanted; while the database is away all stays."""
        if time.monotonic() - self._looked <= STREAMS_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            streams = list(streams_to_follow())
        except (OperationalError, InterfaceError):
            connections.close_all()
            return
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "consume", "--keep-trying"]
        wanted = [
            Child(f"{FOLLOWS}{one.pk}", [*manage, "--", one.name], self._env) for one in streams
        ]
        supervisor.keep(wanted, prefix=FOLLOWS)
