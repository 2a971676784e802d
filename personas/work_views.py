"""Work lists as pages: the list of them, one of them, and what is done by one press."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import NotAllowed, Refused
from core.formats import counted
from core.paging import pager
from core.services import record_audit
from personas import work_forms
from personas.work_list import work_list_page
from personas.work_lists import PARTS, list_rows, list_tabs, listed, lists_words, local_day
from personas.work_sources import Named, carried, named_source
from segmentation.models import WorkList
from segmentation.services import (
    change_work_list,
    close_work_list,
    create_work_list,
    finish_entry,
    note_entry,
    reopen_entry,
    reopen_work_list,
    take_work_list,
)
from segmentation.work import OPEN, entry_of, on_open_lists, tallies, work_list_with_id

PAGE_ROWS = 20
BEGIN = "begin"


@requires(Capability.VIEW_CUSTOMERS)
@require_safe
def work_lists_page(request: HttpRequest) -> HttpResponse:
    """Narrowed and paged by the address; what is due first stands first."""
    asked, today = request.GET.get("show", ""), local_day(timezone.now())
    part = asked if asked in PARTS else OPEN
    found = tallies(owner_id=request.user.pk, today=today)
    page = Paginator(listed(part, request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        **lists_words(found),
        **pager(request, page),
        "rows": list_rows(page.object_list, request.user, today),
        "tabs": list_tabs(found, part),
        "any": found["open"] + found["closed"],
    }
    return render(request, "personas/work_lists.html", context)


@requires(Capability.VIEW_CUSTOMERS)
@require_safe
def work_list_one(request: HttpRequest, pk: int) -> HttpResponse:
    work_list = work_list_with_id(pk)
    if request.user.can(Capability.VIEW_PERSONAL_DATA):
        record_audit(actor=request.user, verb="view_work_list", subject=f"work list {pk}")
    today = local_day(timezone.now())
    context: dict[str, Any] = {
        "page": work_list_page(request, work_list, request.user, today),
        "form": work_forms.of_list(work_list),
    }
    return render(request, "personas/work_list.html", context)


@requires(Capability.VIEW_CUSTOMERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_work_list(request: HttpRequest) -> HttpResponse:
    """Of whom: as the address says, or as the audience builder sends its rule along."""
    begins = request.POST.get("do", "") == BEGIN
    said = (request.POST if request.method == "POST" else request.GET).dict()
    named = named_source(said)
    if request.method == "POST" and not begins:
        return _made(request, named, said)
    return _form(request, named, said, work_forms.fresh(name=named.name, user=request.user))


def _made(request: HttpRequest, named: Named, said: dict[str, str]) -> HttpResponse:
    form = work_forms.WorkListForm(request.POST)
    if not form.is_valid():
        return _form(request, named, said, form, status=400)
    try:
        work_list = create_work_list(
            source=named.source, actor=request.user, at=timezone.now(), **form.cleaned_data
        )
    except Refused as refusal:
        form.add_error(next((n for n in refusal.fields if n in form.fields), None), refusal.message)
        return _form(request, named, said, form, status=refusal.status)
    owner = f"{work_list.owner} has it" if work_list.owner else "Whoever works with customers"
    done = "." if work_list.owner else " can take it."
    messages.success(request, f"The list {work_list.name} is made. {owner}{done}")
    return redirect("worklists:one", work_list.pk)


def _form(
    request: HttpRequest,
    named: Named,
    said: dict[str, str],
    form: work_forms.WorkListForm,
    status: int = 200,
) -> HttpResponse:
    total = len(named.source.customer_pks)
    twice = on_open_lists(named.source.customer_pks)
    context = {
        "form": form,
        "origin": named.source.origin,
        "finding": f"{counted(total, 'customer')} on a list, to be contacted one by one.",
        "twice": f"{counted(twice, 'customer is', 'customers are')} on an open list already, and"
        " will be called from there."
        if twice
        else "Nobody of them is on an open list.",
        "carried": carried(said),
    }
    return render(request, "personas/work_list_new.html", context, status=status)


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def work_entry(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Done, not done after all, or a note; then the same place of the same page."""
    work_list = work_list_with_id(pk)
    action = request.POST.get("do", "")

    def done() -> str:
        entry = entry_of(work_list, number)
        if action == "done":
            finish_entry(entry=entry, actor=request.user, at=timezone.now())
        elif action == "undo":
            reopen_entry(entry=entry, actor=request.user)
        elif action == "note":
            note_entry(entry=entry, note=request.POST.get("note", ""), actor=request.user)
        return ""

    return _told(request, work_list, done, f"entry-{number}")


@require_POST
@requires(Capability.VIEW_CUSTOMERS)
def change_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it, change it, close it, or open it again."""
    work_list, now = work_list_with_id(pk), timezone.now()
    action = request.POST.get("do", "")

    def done() -> str:
        if action == "take":
            take_work_list(work_list=work_list, actor=request.user)
            return f"You have {work_list.name} now."
        if action == "close":
            close_work_list(work_list=work_list, actor=request.user, at=now)
            return f"{work_list.name} is closed. Its customers are free for other lists."
        if action == "reopen":
            reopen_work_list(work_list=work_list, actor=request.user)
            return f"{work_list.name} is open again."
        return _changed(request, work_list)

    return _told(request, work_list, done)


def _changed(request: HttpRequest, work_list: WorkList) -> str:
    form = work_forms.WorkListForm(request.POST)
    if not form.is_valid():
        raise Refused(" ".join(error for errors in form.errors.values() for error in errors))
    values = {name: form.cleaned_data[name] for name in ("name", "owner", "due_on")}
    change_work_list(work_list=work_list, actor=request.user, **values)
    return "Saved."


def _told(
    request: HttpRequest, work_list: WorkList, verb: Callable[[], str], place: str = ""
) -> HttpResponse:
    """Do it, and say on the list's page, as it was narrowed and sorted, what became of it."""
    refused = False
    try:
        if words := verb():
            messages.success(request, words)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
        refused = True
    # Read and written again: an address has no line breaks.
    back = QueryDict(request.POST.get("back", "")).urlencode()
    query, anchor = f"?{back}" if back else "", f"#{place}" if place else ""
    url = f"{reverse('worklists:one', args=[work_list.pk])}{query}{anchor}"
    # A part of the page is swapped in place; what is refused is told on a whole one.
    return HttpResponseClientRedirect(url) if refused and request.htmx else redirect(url)
