"""A dropped file that holds several tables: which one is next."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.toasts import refusal_told
from ingestion.bundle_pages import bundle_words
from ingestion.bundles import bundle_numbered, discard_bundle
from ingestion.draft_pages import stages


@requires(Capability.IMPORT_DATA)
def bundle_page(request: HttpRequest, number: int) -> HttpResponse:
    """The tables of a file, each with what it is like and where it stands."""
    bundle = bundle_numbered(number)
    context = {"bundle": bundle, "stages": stages(0, None), **bundle_words(bundle)}
    return render(request, "ingestion/bundle.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def bundle_discard(request: HttpRequest, number: int) -> HttpResponse:
    bundle = bundle_numbered(number)
    with refusal_told(request):
        discard_bundle(bundle=bundle, actor=request.user)
        messages.success(request, f"What waited of {bundle.file_name} was thrown away.")
    return redirect("ingestion:new")
