from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability, Role
from core.errors import NotFound
from core.paging import pager
from core.services import record_audit
from customers.selectors import customer_with_id, person, search
from ingestion.selectors import anything_loaded
from personas.context import today_words
from personas.customer_list import customer_rows, customer_words
from personas.customer_page import missing_words, page_of
from personas.evidence import evidence
from personas.first_run import first_run
from personas.homes.by_role import HOMES
from personas.models_page import model_list
from pipelines.services import request_refresh, usual_as_of
from pipelines.training import promote_version, request_training

PAGE_ROWS = 50
# Of a row: what is longer is no number of ours.
LONGEST_NUMBER = 18


@requires(Capability.VIEW_RESULTS)
def home_page(request: HttpRequest) -> HttpResponse:
    today = today_words(timezone.now())
    if not anything_loaded():
        context = {"today": today, "page": first_run(request.user)}
        return render(request, "personas/first_run.html", context)
    role = Role(request.user.role)
    context = {"today": today, "home": HOMES[role](request.user, timezone.now())}
    return render(request, f"personas/homes/{role}.html", context)


@requires(Capability.VIEW_CUSTOMERS)
def customer_list(request: HttpRequest) -> HttpResponse:
    """Find a customer by number, and by name, e-mail or telephone where the role may see them."""
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    text = request.GET.get("search", "")
    page = Paginator(search(text, personal=personal), PAGE_ROWS).get_page(request.GET.get("page"))
    if personal:
        record_audit(actor=request.user, verb="search_customers", detail={"shown": len(page)})
    context = {
        "rows": customer_rows([person(customer, personal=personal) for customer in page]),
        "text": text,
        **customer_words(text, page.paginator.count, personal=personal),
        **pager(request, page),
    }
    return render(request, "personas/customers.html", context)


@requires(Capability.VIEW_CUSTOMERS)
def customer_page(request: HttpRequest, customer_id: str) -> HttpResponse:
    struck = request.GET.get("struck", "")
    try:
        customer = customer_with_id(customer_id)
    except NotFound:
        page = {"page": missing_words(customer_id)}
        return render(request, "personas/customer_missing.html", page, status=404)
    page = page_of(
        customer,
        user=request.user,
        struck=int(struck) if struck.isdecimal() and len(struck) < LONGEST_NUMBER else None,
    )
    return render(request, "personas/customer.html", page)


@require_POST
@requires(Capability.MANAGE_MODELS)
def refresh_now(request: HttpRequest) -> HttpResponse:
    """Ask for a refresh as of now; joins one that is at work already."""
    run = request_refresh(as_of=usual_as_of(timezone.now()), actor=request.user)
    messages.success(request, f"Run {run.pk} refreshes features and segments.")
    return redirect("runs:run", run.pk)


@requires(Capability.VIEW_RESULTS)
def models_page(request: HttpRequest) -> HttpResponse:
    context = {"page": model_list(), "may_train": request.user.can(Capability.MANAGE_MODELS)}
    return render(request, "personas/models.html", context)


@requires(Capability.VIEW_RESULTS)
def model_page(request: HttpRequest, name: str) -> HttpResponse:
    """The evidence of one model, and its versions."""
    context = {"page": evidence(name), "may_train": request.user.can(Capability.MANAGE_MODELS)}
    return render(request, "personas/model.html", context)


@require_POST
@requires(Capability.MANAGE_MODELS)
def train_models(request: HttpRequest, name: str = "") -> HttpResponse:
    """Train one model anew, or all of them; joins a training that is at work already."""
    run = request_training(models=[name] if name else [], actor=request.user)
    messages.success(request, f"Run {run.pk} trains and compares; the better version stays.")
    return redirect("runs:run", run.pk)


@require_POST
@requires(Capability.MANAGE_MODELS)
def promote_model(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Let another version answer; scores and lists follow at once."""
    run = promote_version(name=name, number=number, actor=request.user)
    messages.success(request, f"Version {number} answers now; run {run.pk} scores anew.")
    return redirect("model", name)
