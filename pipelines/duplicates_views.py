from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.formats import counted, whole
from core.paging import pager
from core.services import record_audit
from core.toasts import done_with_undo
from customers.finding import look, pair_numbered, propose, reopen, save_matching
from customers.identity_models import Duplicate, PairState
from customers.matching import WORDS
from pipelines.deciding import decide, one_of
from pipelines.duplicates_page import list_words, pair_rows, pairs, tabs
from pipelines.forms import MatchingForm
from pipelines.pair_page import pair_page, usual_keep
from runs.models import MOVING, Run

PAGE_ROWS = 50


@requires(Capability.VIEW_CUSTOMERS)
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Pairs of customers who may be one person, or what was decided about them."""
    asked = request.GET.get("show", "")
    state = PairState(asked) if asked in PairState.values else PairState.OPEN
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    page = Paginator(pairs(state), PAGE_ROWS).get_page(request.GET.get("page"))
    if personal:
        record_audit(actor=request.user, verb="view_duplicates", detail={"shown": len(page)})
    context = {
        "rows": pair_rows(list(page), personal=personal),
        "tabs": tabs(state),
        "open": state == PairState.OPEN,
        "may_edit_rules": request.user.can(Capability.IMPORT_DATA),
        **list_words(state, page.paginator.count),
        **pager(request, page),
    }
    return render(request, "pipelines/duplicates.html", context)


@requires(Capability.VIEW_CUSTOMERS)
def duplicate(request: HttpRequest, number: int) -> HttpResponse:
    """What would become of two customers, or what became of them."""
    pair = pair_numbered(number)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    for customer in (pair.first, pair.second) if personal else ():
        record_audit(actor=request.user, verb="view_customer", subject=customer.customer_id)
    keep = pair.kept or one_of(pair, request.GET.get("keep", "")) or usual_keep(pair)
    page = pair_page(pair, keep=keep, personal=personal)
    may_edit = request.user.can(Capability.EDIT_CUSTOMERS)
    return render(request, "pipelines/duplicate.html", {"page": page, "may_edit": may_edit})


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def merge(request: HttpRequest, number: int) -> HttpResponse:
    pair = pair_numbered(number)
    run = _said(request, pair, "merge")
    kept = request.POST.get("keep", "")
    other = next(one for one in (pair.first, pair.second) if one.customer_id != kept)
    words = f"Customer {other.customer_id} is customer {kept} now."
    return _shown(request, pair, run, words, undo=reverse("duplicates:take_back", args=[pair.pk]))


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    pair = pair_numbered(number)
    run = _said(request, pair, "take_back")
    words = f"{pair.first.customer_id} and {pair.second.customer_id} are two customers again."
    return _shown(request, pair, run, words)


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def keep_apart(request: HttpRequest, number: int) -> HttpResponse:
    """They are two people."""
    pair = pair_numbered(number)
    _said(request, pair, "apart")
    words = f"{pair.first.customer_id} and {pair.second.customer_id} are not proposed again."
    done_with_undo(request, words, url=reverse("duplicates:reopen", args=[pair.pk]))
    return redirect("duplicates:list")


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def propose_again(request: HttpRequest, number: int) -> HttpResponse:
    pair = pair_numbered(number)
    reopen(pair=pair, actor=request.user, at=timezone.now())
    return redirect("duplicates:pair", pair.pk)


@requires(Capability.IMPORT_DATA)
def matching_rules(request: HttpRequest) -> HttpResponse:
    """By what customers are matched, and what matches nobody; saved as a new version."""
    form = MatchingForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            save_matching(**form.said(), actor=request.user, at=timezone.now())
            messages.success(request, "Saved; what the rules find now is proposed.")
            return redirect("duplicates:rules")
        except Refused as refused:
            refusal = refused.message
    context = {"form": form, "refusal": refusal, **_rules_words()}
    return render(request, "pipelines/matching_rules.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def look_again(request: HttpRequest) -> HttpResponse:
    many = propose(at=timezone.now())
    messages.success(request, f"{counted(many, 'new pair')} found.")
    return redirect("duplicates:rules")


def _said(request: HttpRequest, pair: Duplicate, decision: str) -> Run | None:
    return decide(
        pair=pair, decision=decision, keep=request.POST.get("keep", ""), actor=request.user,
        at=timezone.now(),
    )  # fmt: skip


def _shown(
    request: HttpRequest, pair: Duplicate, run: Run | None, words: str, undo: str = ""
) -> HttpResponse:
    if run and run.state in MOVING:
        messages.success(request, f"Run {run.pk} does it once the load before it has ended.")
    elif undo:
        done_with_undo(request, words, url=undo)
    else:
        messages.success(request, words)
    return redirect("duplicates:pair", pair.pk)


def _rules_words() -> dict[str, Any]:
    shared = look().shared
    many = Duplicate.objects.filter(state=PairState.OPEN).count()
    return {
        "finding": f"By these rules {counted(many, 'pair')} of customers may be one person.",
        "shared": [
            f"{whole(one.customers)} customers share one {WORDS[one.by]}: nobody is proposed by it."
            for one in shared
        ],
    }
