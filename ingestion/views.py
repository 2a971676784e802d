from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.paging import pager
from core.toasts import refusal_told
from ingestion.bundle_pages import further_words
from ingestion.draft_pages import stages
from ingestion.foreign_money import foreign_in_load
from ingestion.holding import accept_load, refuse_load
from ingestion.pages import list_words, load_row
from ingestion.reports import report
from ingestion.selectors import comes_no_more, listed_loads, problems
from ingestion.services import load_numbered, request_undo, stop_load
from ingestion.trials import load_tried
from runs.models import MOVING

PAGE_ROWS = 50


@requires(Capability.IMPORT_DATA)
def load_list(request: HttpRequest) -> HttpResponse:
    """All imports but those of web pages, or the imports of a source; while one moves the list asks
    for itself every two seconds."""
    found = listed_loads(request.GET.get("source", ""))
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [load_row(load) for load in page],
        "moving": any(load.run.state in MOVING for load in page),
        **list_words(found),
        **pager(request, page),
    }
    return render(request, "ingestion/list.html", context)


@requires(Capability.IMPORT_DATA)
def load_page(request: HttpRequest, number: int) -> HttpResponse:
    """The report of one load; while it moves the page asks for itself each second."""
    load = load_numbered(number)
    column = request.GET.get("column", "")
    page = Paginator(problems(load, column), PAGE_ROWS).get_page(request.GET.get("page"))
    at = 2 if load.dry_run else 4 if load.run.finished_at else 3
    context = {
        "report": report(load, list(page), column),
        "stages": stages(at, load.draft) if load.draft else [],
        "foreign": foreign_in_load(load),
        "fetchable": comes_no_more(load),
        "further": further_words(load.draft) if at == 4 else {},
        **pager(request, page),
    }
    return render(request, "ingestion/load.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def load_for_good(request: HttpRequest, number: int) -> HttpResponse:
    """After a dry run: load the file that was tried, without choosing it again."""
    with refusal_told(request):
        load = load_tried(load=load_numbered(number), actor=request.user)
        return redirect("ingestion:load", load.pk)
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop an import that waits or works; nothing of it is in the record then."""
    load = load_numbered(number)
    with refusal_told(request):
        stop_load(load=load, actor=request.user)
        messages.success(request, f"{load.file_name} was stopped. Nothing was changed.")
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def accept(request: HttpRequest, number: int) -> HttpResponse:
    """Somebody has looked: a held load enters, and models may learn from a poor one."""
    with refusal_told(request):
        load = accept_load(load=load_numbered(number), actor=request.user)
        enters = "it is being loaded" if load.run.state in MOVING else "models may learn from it"
        messages.success(request, f"Import {number} is accepted; {enters}.")
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    """A held load does not enter."""
    with refusal_told(request):
        refuse_load(load=load_numbered(number), actor=request.user)
        messages.success(request, f"Import {number} is refused. Nothing was changed.")
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    load = load_numbered(number)
    if request.POST.get("sure", "").strip() != str(load.pk):
        messages.error(request, f"To undo it, type its number: {load.pk}. Nothing was changed.")
        return redirect("ingestion:load", load.pk)
    with refusal_told(request):
        run = request_undo(load=load, actor=request.user)
        messages.success(request, f"Import {load.pk} is being undone, run {run.pk}.")
    return redirect("ingestion:load", load.pk)
