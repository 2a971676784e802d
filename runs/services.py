"""Background work: asked for, claimed, carried out once, and brought back when a worker dies."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from core.errors import Conflict, Refused
from runs.models import MOVING, Run, RunState
from runs.signals import run_finished
from runs.work import OnHold, Superseded, Work
from runs.workers import is_dead, this_worker

log = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=30)
RESEND_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 5
TURN_SECONDS = 0.2
GAVE_UP = "Its worker died each time. Look at the worker's log, then start it again."
UNEXPECTED = (
    "What was finished before stays as it was. Start it again; if it fails again, "
    "show the worker's log to whoever runs this installation."
)

Job = Callable[[Work], dict[str, Any]]


def request(
    *,
    name: str,
    task: str,
    arguments: dict[str, Any] | None = None,
    lane: str = "",
    actor: User | None = None,
    not_before: datetime | None = None,
    send: bool = True,
) -> Run:
    """Write the run down; the broker hears of it on commit. ``send=False``: the caller performs."""
    run = Run.objects.create(
        name=name,
        task=task,
        arguments=arguments or {},
        lane=lane,
        requested_by=actor,
        not_before=not_before,
    )
    if send and not_before is None:
        transaction.on_commit(lambda: enqueue(run=run))
    return run


def enqueue(*, run: Run) -> None:
    """Hand the id to the broker. Without one the run stays queued and the reaper sends it."""
    if not settings.REDIS_URL:
        return
    try:
        current_app.send_task(run.task, args=[run.pk], retry=False)
    except OperationalError as error:
        log.warning("The broker is away; run %s waits for the reaper: %s", run.pk, error)


def claim(*, run_pk: int) -> Run | None:
    """Take a queued run for this process, or None: another has it, or its lane is busy."""
    now = timezone.now()
    free = Run.objects.filter(pk=run_pk, state=RunState.QUEUED)
    try:
        with transaction.atomic():
            taken = free.filter(Q(not_before=None) | Q(not_before__lte=now)).update(
                state=RunState.RUNNING,
                attempt=F("attempt") + 1,
                worker=this_worker(),
                heartbeat_at=now,
                started_at=now,
                steps=[],
                progress=0.0,
            )
    except IntegrityError:
        return None
    return Run.objects.get(pk=run_pk) if taken else None


def perform(*, run: Run, job: Job, listen: Callable[[Run], None] | None = None) -> Run:
    """Claim the run and do the work in this process. Returns the run as it ended.

    A run that could not be claimed is returned as it stands.
    """
    claimed = claim(run_pk=run.pk)
    if claimed is None:
        run.refresh_from_db()
        return run
    try:
        with Work(claimed, listen).beating() as work:
            result = job(work)
        _end(run=claimed, state=RunState.SUCCEEDED, result=result, progress=1.0)
    except OnHold as hold:
        _end(run=claimed, state=RunState.HELD, result=hold.result, progress=1.0)
    except Superseded:
        log.warning("Run %s was taken over or cancelled", claimed.pk)
    except Refused as refusal:
        _end(run=claimed, state=RunState.FAILED, error=refusal.message, remedy=refusal.remedy)
    except Exception as error:
        log.exception("Run %s failed", claimed.pk)
        what = f"{claimed.step or claimed.name}: {type(error).__name__}: {error}"
        _end(run=claimed, state=RunState.FAILED, error=what[:2000], remedy=UNEXPECTED)
    claimed.refresh_from_db()
    return claimed


def perform_in_turn(*, run: Run, job: Job, listen: Callable[[Run], None] | None = None) -> Run:
    """Do the work here as soon as nothing stands before it; returns the run as it ended.

    Where a worker has it already, it is waited for, and brought back when that worker dies.
    """
    run = perform(run=run, job=job, listen=listen)
    while run.state in MOVING:
        time.sleep(TURN_SECONDS)
        reap()
        run = perform(run=run, job=job, listen=listen)
    return run


def cancel(*, run: Run) -> Run:
    """Stop a run. One that works notices at its next report and leaves nothing half done."""
    if not _leave(run=run, state=RunState.CANCELLED, states=[*MOVING, RunState.HELD]):
        raise Conflict("This run has ended already; there is nothing left to stop.")
    run.refresh_from_db()
    return run


@transaction.atomic
def release(*, run: Run, send: bool = True) -> None:
    """Let a held run do its work anew, in its turn. ``send=False``: the caller performs."""
    held = Run.objects.filter(pk=run.pk, state=RunState.HELD)
    if not held.update(
        state=RunState.QUEUED, finished_at=None, followed_up_at=None, result={}, progress=0.0
    ):
        raise Conflict("This run is not held.")
    run.refresh_from_db()
    if send:
        transaction.on_commit(lambda: enqueue(run=run))


def _end(*, run: Run, state: RunState, **values: Any) -> None:
    """End a run that this attempt still holds; a superseded attempt changes nothing."""
    values["steps"] = [
        {key: record[key] for key in ("step", "state", "seconds", "rows")} for record in run.steps
    ]
    _leave(run=run, state=state, states=[RunState.RUNNING], attempt=run.attempt, **values)


@transaction.atomic
def _leave(
    *,
    run: Run,
    state: RunState,
    states: Iterable[RunState],
    attempt: int | None = None,
    **values: Any,
) -> bool:
    held = Run.objects.filter(pk=run.pk, state__in=states)
    if attempt is not None:
        held = held.filter(attempt=attempt)
    ended = bool(held.update(state=state, finished_at=timezone.now(), **values))
    if ended:
        transaction.on_commit(lambda: run_finished.send(sender=Run, run_pk=run.pk), robust=True)
        transaction.on_commit(lambda: _send_next(lane=run.lane))
    return ended


def _send_next(*, lane: str) -> None:
    waiting = (
        Run.objects.filter(lane=lane, state=RunState.QUEUED, not_before=None) if lane else None
    )
    if waiting and (run := waiting.order_by("id").first()):
        enqueue(run=run)


def reap() -> int:
    """Bring back the runs of dead workers, and re-send what the broker lost. Returns how many."""
    now = timezone.now()
    brought_back = 0
    for run in Run.objects.filter(state=RunState.RUNNING):
        silent = run.heartbeat_at is None or now - run.heartbeat_at > SILENT_AFTER
        if silent or is_dead(run.worker):
            brought_back += _bring_back(run=run)
    lost = Run.objects.filter(state=RunState.QUEUED, created_at__lt=now - RESEND_AFTER)
    for run in lost.filter(Q(not_before=None) | Q(not_before__lte=now)).order_by("id"):
        enqueue(run=run)
    return brought_back


def _bring_back(*, run: Run) -> bool:
    if run.attempt >= MOST_ATTEMPTS:
        error = f"{run.step or run.name} was tried {run.attempt} times."
        _end_dead(run=run, error=error)
        return False
    same = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempt=run.attempt)
    if not same.update(state=RunState.QUEUED):
        return False
    enqueue(run=run)
    return True


def _end_dead(*, run: Run, error: str) -> None:
    _leave(
        run=run,
        state=RunState.FAILED,
        states=[RunState.RUNNING],
        attempt=run.attempt,
        error=error,
        remedy=GAVE_UP,
    )
