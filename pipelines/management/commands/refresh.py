import math
import time
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

import transactions.selectors
from core.commands import ProductCommand, TerminalProgress
from core.localtime import parse_when
from core.selectors import organisation_zone
from pipelines.services import refresh, request_refresh
from pipelines.steps import GROUPS
from runs.models import MOVING, Run, RunState
from runs.selectors import run_ahead
from runs.services import perform, reap

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
NO_WORKER = (
    "No worker has taken run {} yet; it waits until one does. Start one: manage.py up."
    " Or stop here with Ctrl-C and refresh without --queue."
)


class Command(ProductCommand):
    help = "Turn the record into features, groups and memberships, as of one moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", nargs="+", default=[], choices=list(GROUPS), metavar="STEP")
        parser.add_argument("--as-of", default="", metavar="WHEN", help="date, timestamp, last_day")
        parser.add_argument("--rerank", action="store_true", help="make the RFM thresholds anew")
        parser.add_argument(
            "--frequency-unit",
            default="orders",
            choices=["orders", "lines"],
            help="what RFM counts",
        )
        parser.add_argument("--queue", action="store_true", help="let a worker do it, and wait")

    def answer(self, **options: Any) -> dict[str, Any]:
        as_of = _moment(options["as_of"])
        progress = TerminalProgress()
        run = request_refresh(
            as_of=as_of,
            only=options["only"],
            rerank=options["rerank"],
            frequency_unit=options["frequency_unit"],
            send=options["queue"],
        )
        alone_after = time.monotonic() + PATIENCE_SECONDS
        while run.state in MOVING:
            if options["queue"] and time.monotonic() > alone_after and _waits_for_a_worker(run):
                self.stderr.write(NO_WORKER.format(run.pk))
                alone_after = math.inf
            run = _follow(run, progress) if options["queue"] else _carry_out(run, progress)
        progress.close()
        return {
            "as_of": run.arguments["as_of"],
            "run": run.pk,
            "state": run.state,
            "steps": run.steps,
            **({"error": run.error, "remedy": run.remedy} if run.error else {}),
        }

    def say(self, answer: dict[str, Any]) -> str:
        steps = [
            f"  {s['step']:<10}{s['rows']:>9,} rows {s['seconds']:>8.2f} s" for s in answer["steps"]
        ]
        ending = [answer[word] for word in ("error", "remedy") if answer.get(word)]
        head = f"Refresh {answer['run']} as of {answer['as_of']}: {answer['state']}"
        return "\n".join([head, *steps, *ending])


def _moment(text: str) -> datetime:
    return parse_when(
        text,
        organisation_zone(),
        now=timezone.now(),
        last_order=transactions.selectors.last_order_at(),
    )


def _waits_for_a_worker(run: Run) -> bool:
    """Nobody has taken it, though nothing stands before it."""
    return run.state == RunState.QUEUED and run_ahead(run) is None


def _follow(run: Run, progress: TerminalProgress) -> Run:
    """Look once at a run that a worker does."""
    time.sleep(POLL_SECONDS)
    run.refresh_from_db()
    progress(run)
    return run


def _carry_out(run: Run, progress: TerminalProgress) -> Run:
    """Do the run here; where another holds it or its lane, look, and bring back the dead."""
    run = perform(run=run, job=refresh, listen=progress)
    if run.state in MOVING:
        reap()
        return _follow(run, progress)
    return run
