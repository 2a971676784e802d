"""A claimed run while it works: its steps, its progress and its heartbeat."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from core.errors import Refused
from runs.models import Run, RunState

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0


class Superseded(Exception):
    """Another worker has taken the run over, or somebody cancelled it: stop without a trace."""


class OnHold(Exception):
    """The job changed nothing and waits for somebody's word; ``result`` is what it found."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result)
        self.result = result


class Step:
    """One named part of a run; ``wrote`` is also the place where tests hold a worker."""

    def __init__(self, work: "Work", record: dict[str, Any]) -> None:
        self._work = work
        self._record = record

    def wrote(self, rows: int, *, of: int | None = None) -> None:
        """Say that ``rows`` rows of ``of`` are done in this step so far, in all."""
        self._record.update(rows=rows, of=of)
        self._work.report(share=rows / of if of else 0.0)
        self._hold_for_a_test(rows, of)

    def point(self, name: str, *, rows: int, of: int) -> None:
        """A named place between two rows, where tests hold a worker in any attempt."""
        held, _, least = settings.HOLD_AT.partition(":")
        if name == held and int(least or 1) <= rows < of:
            log.warning("Held at %s", settings.HOLD_AT)
            while True:
                time.sleep(0.1)

    def part(self) -> "Step":
        """For a part of this step that counts in rows of its own: it keeps the run alive."""
        return Part(self._work, self._record)

    def _hold_for_a_test(self, rows: int, of: int | None) -> None:
        first = self._work.run.attempt == 1
        while first and self._record["step"] == settings.HOLD_AT and 0 < rows < (of or 0):
            time.sleep(0.1)


class Part(Step):
    """A part reports to nobody; it only notices that the run was taken over or cancelled."""

    def wrote(self, rows: int, *, of: int | None = None) -> None:
        self._work.check()


class Work:
    """What a running job holds. ``listen`` is told of each report (progress in a terminal)."""

    def __init__(self, run: Run, listen: Callable[[Run], None] | None = None) -> None:
        self.run = run
        self._listen = listen
        self._planned = 1
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, daemon=True)

    def plan(self, steps: int) -> None:
        """How many steps there will be, so that progress is a share of the whole."""
        self._planned = max(1, steps)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        self.check()
        record: dict[str, Any] = {"step": name, "state": "running", "seconds": 0.0, "rows": 0}
        self.run.steps.append(record)
        self.run.step = name
        self.report(share=0.0)
        began = time.monotonic()
        try:
            yield Step(self, record)
        except BaseException:
            record["state"] = "failed"
            raise
        finally:
            record["seconds"] = round(time.monotonic() - began, 3)
        record["state"] = "succeeded"
        self.report(share=1.0)

    def report(self, *, share: float) -> None:
        """Show progress. Inside a transaction the heartbeat shows it, from its own connection."""
        done = sum(record["state"] == "succeeded" for record in self.run.steps)
        running = 0.0 if done == len(self.run.steps) else min(1.0, share)
        self.run.progress = min(1.0, (done + running) / max(self._planned, len(self.run.steps)))
        self.check()
        if not connection.in_atomic_block and not self._save():
            self._lost.set()
            self.check()
        if self._listen:
            self._listen(self.run)

    def check(self) -> None:
        if self._lost.is_set():
            raise Superseded(str(self.run))

    def hold(self) -> None:
        """Before a commit: whoever stops the run from here on waits until it is done.

        Raises Superseded where somebody has stopped it already.
        """
        ours = Run.objects.select_for_update().filter(pk=self.run.pk, attempt=self.run.attempt)
        if ours.filter(state=RunState.RUNNING).first() is None:
            raise Superseded(str(self.run))

    @contextmanager
    def beating(self) -> Iterator["Work"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()

    def _save(self) -> bool:
        return bool(
            Run.objects.filter(
                pk=self.run.pk, attempt=self.run.attempt, state=RunState.RUNNING
            ).update(
                step=self.run.step,
                steps=[_shown(record) for record in self.run.steps],
                progress=self.run.progress,
                heartbeat_at=timezone.now(),
            )
        )

    def _beat_until_stopped(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS):
                if not self._save() and Run.objects.filter(pk=self.run.pk).exists():
                    self._lost.set()
                    return
        finally:
            connections.close_all()


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in ("step", "state", "seconds", "rows")}


class RunFailed(Refused):
    """A run ended badly; said by whoever waited for it."""

    code = "run_failed"
    status = 500
