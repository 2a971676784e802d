"""Rejected rows: downloaded, put right in the page, and brought back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.downloads import csv_download
from core.toasts import refusal_told
from ingestion.corrections import bring_back, fix_and_try, load_corrected, rejects_csv
from ingestion.drafts import try_draft
from ingestion.models import Load, Reject
from ingestion.reject_pages import example_tables
from ingestion.services import load_numbered

FIX = "fix-"


@require_GET
@requires(Capability.IMPORT_DATA)
def rejects(request: HttpRequest, number: int) -> HttpResponse:
    """The rejected rows under the file's own headers, to be put right and brought back."""
    load = load_numbered(number)
    return csv_download(rejects_csv(load), f"rejected-rows-of-import-{load.pk}")


@requires(Capability.IMPORT_DATA)
def examples(request: HttpRequest, number: int) -> HttpResponse:
    """A few rows of each sort that a dry run found."""
    load = load_numbered(number)
    context = {"load": load, "tables": example_tables(load)}
    return render(request, "ingestion/examples.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def fixes(request: HttpRequest, number: int) -> HttpResponse:
    """What was typed beside rejected values: a dry run reads again, a load takes the rows in."""
    load = load_numbered(number)
    said = _said(request, load)
    if not said:
        messages.error(request, "Nothing was typed beside a rejected value.")
        return redirect("ingestion:load", number)
    verb = fix_and_try if load.dry_run else load_corrected
    with refusal_told(request):
        return redirect("ingestion:load", verb(load=load, fixes=said, actor=request.user).pk)
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def corrections(request: HttpRequest, number: int) -> HttpResponse:
    """The corrected file of an import's rejected rows: tried with the same mapping."""
    load = load_numbered(number)
    file = request.FILES.get("file")
    if file is None or file.file is None:
        messages.error(request, "Choose the corrected file first.")
        return redirect("ingestion:load", number)
    with refusal_told(request):
        draft = bring_back(
            load=load, upload=file.file, file_name=str(file.name), actor=request.user
        )
        return redirect("ingestion:load", try_draft(draft=draft, actor=request.user).pk)
    return redirect("ingestion:load", number)


def _said(request: HttpRequest, load: Load) -> dict[str, dict[str, str]]:
    """{column: {rejected value: what to read instead}} of the fields that were filled."""
    typed = {
        int(name.removeprefix(FIX)): value.strip()
        for name, value in request.POST.items()
        if name.startswith(FIX) and name.removeprefix(FIX).isdecimal() and value.strip()
    }
    found: dict[str, dict[str, str]] = {}
    for reject in Reject.objects.filter(load=load, pk__in=typed):
        found.setdefault(reject.column, {})[reject.value] = typed[reject.pk]
    return found
