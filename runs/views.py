from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from core.formats import counted, whole
from core.paging import pager
from runs.models import Run, RunState
from runs.selectors import run_ahead, run_numbered, runs

WHAT = {
    "import": "Import of a file",
    "undo_import": "Undo of an import",
    "refresh": "Refresh of features and segments",
    "clusters": "Clusters of chosen features",
    "update_customers": "Update of changed customers",
}
PAGE_ROWS = 50


@requires(Capability.VIEW_OPERATIONS)
def run_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(runs(), PAGE_ROWS).get_page(request.GET.get("page"))
    failed = runs().filter(state=RunState.FAILED).count()
    working = runs().filter(state__in=[RunState.QUEUED, RunState.RUNNING]).count()
    finding = f"{counted(failed, 'run')} failed." if failed else "Every run so far ended well."
    if not page.paginator.count:
        finding = "Nothing has run yet."
    lede = (
        f"{counted(working, 'run')} at work or waiting." if working else "Nothing is at work now."
    )
    rows = [{"run": run, "what": what(run), "seconds": seconds(run)} for run in page]
    context = {"rows": rows, "finding": finding, "lede": lede, **pager(request, page)}
    return render(request, "runs/list.html", context)


@requires(Capability.VIEW_OPERATIONS)
def run_page(request: HttpRequest, number: int) -> HttpResponse:
    """One run; while it works the page asks for itself each second."""
    run = run_numbered(number)
    context = {
        "run": run,
        "what": f"{what(run)}, run {run.pk}",
        "moving": run.state in (RunState.QUEUED, RunState.RUNNING),
        "percent": round(run.progress * 100),
        "steps": [_step(step) for step in run.steps],
        **_words(run),
    }
    return render(request, "runs/run.html", context)


def what(run: Run) -> str:
    return WHAT.get(run.name, run.name)


def seconds(run: Run) -> str:
    if not (run.started_at and run.finished_at):
        return "–"
    return f"{(run.finished_at - run.started_at).total_seconds():.1f}"


def _step(step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "rows_text": whole(step["rows"]), "seconds_text": f"{step['seconds']:.2f}"}


def _words(run: Run) -> dict[str, str]:
    tried = f"It was started {run.attempt} times." if run.attempt > 1 else ""
    if run.state == RunState.RUNNING:
        return {"finding": f"{what(run)} is at work: {run.step or 'starting'}.", "lede": tried}
    if run.state == RunState.QUEUED:
        ahead = run_ahead(run)
        waits = f"It waits behind run {ahead.pk}." if ahead else "A worker takes it in a moment."
        return {"finding": f"{what(run)} is queued.", "lede": waits}
    took = seconds(run)
    endings = {
        RunState.SUCCEEDED: f"{what(run)} ended well in {took} s.",
        RunState.FAILED: f"{what(run)} failed after {took} s. What was there before stays.",
        RunState.CANCELLED: f"{what(run)} was cancelled.",
    }
    return {"finding": endings[RunState(run.state)], "lede": tried}
