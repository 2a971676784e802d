from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.paging import pager
from pipelines.erasure import certificate_of, erasure_numbered, erasures, request_erasure
from pipelines.erasure_page import erasure_row, erasure_words, person_facts
from pipelines.forms import ErasureForm, PersonForm
from pipelines.subject import subject_download
from runs.models import MOVING

PAGE_ROWS = 50


@requires(Capability.ERASE_CUSTOMERS)
def erasure_page(request: HttpRequest) -> HttpResponse:
    """Find a person by number, erase them after it was typed again; the certificates below.

    The number is posted, so that no log holds it.
    """
    shown: dict[str, Any] = {"find": PersonForm(), "erase": None, "facts": [], "refusal": ""}
    if request.method == "POST":
        try:
            if (run := _act(request, shown)) is not None:
                messages.success(request, f"Run {run.pk} erases the person.")
                return redirect("erasures:page")
        except Refused as refusal:
            shown["refusal"] = refusal.message
    page = Paginator(erasures(), PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [erasure_row(run) for run in page]
    moving = any(run.state in MOVING for run in page) and not shown["erase"]
    words = erasure_words(page.paginator.count)
    context = {"rows": rows, "moving": moving, **shown, **words, **pager(request, page)}
    return render(request, "pipelines/erasures.html", context)


def _act(request: HttpRequest, shown: dict[str, Any]) -> Any:
    """Look a person up, or ask for the erasure; the run where there is one."""
    if request.POST.get("verb") == "erase":
        form = ErasureForm(request.POST)
        if form.is_valid():
            return request_erasure(customer_id=form.cleaned_data["customer_id"], actor=request.user)
        shown["facts"] = person_facts(request.POST.get("customer_id", ""))
        shown["erase"] = form
        return None
    shown["find"] = find = PersonForm(request.POST)
    if find.is_valid():
        customer_id = find.cleaned_data["customer_id"]
        shown["facts"] = person_facts(customer_id)
        shown["erase"] = ErasureForm(initial={"customer_id": customer_id})
    return None


@require_POST
@requires(Capability.ERASE_CUSTOMERS)
def subject_zip(request: HttpRequest) -> HttpResponse:
    """Everything that is held about a person, to hand over to them."""
    return subject_download(request.POST.get("customer_id", ""), request.user)


@requires(Capability.ERASE_CUSTOMERS)
def certificate(request: HttpRequest, number: int) -> HttpResponse:
    """The certificate of one erasure as a file."""
    told = certificate_of(erasure_numbered(number))
    answer = JsonResponse(told, json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="erasure-{number}.json"'
    return answer
