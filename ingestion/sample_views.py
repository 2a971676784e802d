"""Rows of a source: some that show how it is to be read, and those that were undone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.toasts import refusal_told
from ingestion.fetching import fetch_again
from ingestion.samples import take_sample, use_sample
from ingestion.services import load_numbered
from ingestion.sources import source_numbered


@require_POST
@requires(Capability.IMPORT_DATA)
def sample(request: HttpRequest, number: int) -> HttpResponse:
    """Look at some of its rows; the wizard proposes what is what."""
    with refusal_told(request):
        draft = take_sample(source=source_numbered(number), actor=request.user)
        return redirect("ingestion:draft", draft.pk)
    return redirect("sources:source", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def fetch(request: HttpRequest, number: int) -> HttpResponse:
    """``number``: an import that was undone; with ``whole`` all is fetched from the beginning."""
    load = load_numbered(number)
    with refusal_told(request):
        fetch_again(load=load, whole=bool(request.POST.get("whole")), actor=request.user)
        messages.success(request, f"{load.source} is fetched again; what is there stays as it is.")
        return redirect("sources:source", load.feed_id)
    return redirect("ingestion:load", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def use(request: HttpRequest, number: int) -> HttpResponse:
    """``number``: a dry run of a sample, by which the source is read from now on."""
    with refusal_told(request):
        source = use_sample(load=load_numbered(number), actor=request.user)
        messages.success(request, f"{source.name} is read in this way from now on.")
        return redirect("sources:source", source.pk)
    return redirect("ingestion:load", number)
