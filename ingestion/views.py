from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.paging import pager
from ingestion.forms import UploadForm
from ingestion.pages import kinds_shown, list_words, load_row
from ingestion.reports import report
from ingestion.selectors import loads, problems
from ingestion.services import load_numbered, load_tried, receive_file, request_undo
from runs.models import MOVING

PAGE_ROWS = 50


@requires(Capability.IMPORT_DATA)
def load_list(request: HttpRequest) -> HttpResponse:
    """All imports; while one moves the list asks for itself every two seconds."""
    page = Paginator(loads(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [load_row(load) for load in page],
        "moving": any(load.run.state in MOVING for load in page),
        **list_words(loads()),
        **pager(request, page),
    }
    return render(request, "ingestion/list.html", context)


@requires(Capability.IMPORT_DATA)
def new_load(request: HttpRequest) -> HttpResponse:
    """The upload page; what is wrong with a file as a whole is said here, with the way out."""
    form = UploadForm(request.POST or None, request.FILES or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        file = values.pop("file")
        try:
            load = receive_file(
                upload=file.file,
                file_name=file.name,
                dry_run=bool(request.POST.get("dry_run")),
                actor=request.user,
                **values,
            )
            return redirect("ingestion:load", load.pk)
        except Refused as error:
            refusal = error.message
    context = {"form": form, "refusal": refusal, "kinds": kinds_shown()}
    return render(request, "ingestion/new.html", context, status=400 if refusal else 200)


@requires(Capability.IMPORT_DATA)
def load_page(request: HttpRequest, number: int) -> HttpResponse:
    """The report of one load; while it moves the page asks for itself each second."""
    load = load_numbered(number)
    column = request.GET.get("column", "")
    page = Paginator(problems(load, column), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"report": report(load, list(page), column), **pager(request, page)}
    return render(request, "ingestion/load.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def load_for_good(request: HttpRequest, number: int) -> HttpResponse:
    """After a dry run: load the file that was tried, without choosing it again."""
    try:
        load = load_tried(load=load_numbered(number), actor=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("ingestion:load", number)
    return redirect("ingestion:load", load.pk)


@require_POST
@requires(Capability.IMPORT_DATA)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    load = load_numbered(number)
    if request.POST.get("sure", "").strip() != str(load.pk):
        messages.error(request, f"To undo it, type its number: {load.pk}. Nothing was changed.")
        return redirect("ingestion:load", load.pk)
    try:
        run = request_undo(load=load, actor=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("ingestion:load", load.pk)
    messages.success(request, f"Import {load.pk} is being undone, run {run.pk}.")
    return redirect("ingestion:load", load.pk)
