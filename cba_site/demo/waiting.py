"""Following the worker's runs, as the terminal shows them."""

import time
from collections.abc import Callable

from core.errors import Refused
from runs.models import MOVING, Run, RunState

POLL_SECONDS = 0.2
# progress(title, share): called as often as there is news, share from 0 to 1.
Progress = Callable[[str, float], None]


class DemoFailed(Refused):
    code = "demo_failed"


def wait(run: Run, title: str, progress: Progress) -> None:
    """Follow the worker's progress until the run has ended well."""
    while run.state in MOVING:
        progress(title, min(run.progress, 0.99))
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    if run.state != RunState.SUCCEEDED:
        raise DemoFailed(f"{title}: {run.error or run.state}. Run {run.pk} has the details.")
    progress(title, 1.0)
