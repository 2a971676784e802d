from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from core.paging import pager
from runs.models import MOVING
from runs.pages import list_words, report_link, run_facts, run_row, run_words, steps, what
from runs.selectors import run_numbered, runs

PAGE_ROWS = 50


@requires(Capability.VIEW_OPERATIONS)
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs; while one works the list asks for itself every two seconds."""
    page = Paginator(runs(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [run_row(run) for run in page],
        "moving": any(run.state in MOVING for run in page),
        **list_words(runs()),
        **pager(request, page),
    }
    return render(request, "runs/list.html", context)


@requires(Capability.VIEW_OPERATIONS)
def run_page(request: HttpRequest, number: int) -> HttpResponse:
    """One run; while it works the page asks for itself each second."""
    run = run_numbered(number)
    context = {
        "run": run,
        "here": f"{what(run)}, run {run.pk}",
        "moving": run.state in MOVING,
        "steps": steps(run),
        "facts": run_facts(run),
        "report": report_link(run),
        **run_words(run),
    }
    return render(request, "runs/run.html", context)
