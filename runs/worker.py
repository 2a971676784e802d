"""Whether a worker is there: each time one looks for lost runs, it leaves the time."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from core.formats import whole
from core.health import Part
from runs.models import Run, RunState

SEEN = "runs.worker-seen-at"
# Workers look every ten seconds; a long step of a single one may take its turn.
SILENT_AFTER = timedelta(minutes=3)


def note_worker(at: datetime) -> None:
    cache.set(SEEN, at.isoformat(), timeout=None)


def worker_part() -> Part:
    now, text = timezone.now(), cache.get(SEEN)
    going = Run.objects.filter(state=RunState.RUNNING).count()
    waiting = Run.objects.filter(state=RunState.QUEUED).count()
    says = f"{whole(going)} at work, {whole(waiting)} {'waits' if waiting == 1 else 'wait'}"
    if text is None:
        return Part("Worker", False, says, "none was seen yet")
    silent = now - datetime.fromisoformat(text)
    return Part("Worker", silent < SILENT_AFTER, says, f"seen {_ago(silent)} ago")


def _ago(silent: timedelta) -> str:
    seconds = int(silent.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{whole(seconds // 60)} min"
