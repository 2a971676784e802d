from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import NotFound, Refused
from core.toasts import done_with_undo
from segmentation.group_table import newest_table
from segmentation.group_table_form import Draft, draft_of, sent_draft
from segmentation.group_table_page import group_table_page
from segmentation.models import GroupTable
from segmentation.rankings import promoted_rfm
from segmentation.services import restore_group_table, save_group_table

TABLE = "segmentation:group_table"


@requires(Capability.EDIT_SEGMENTS)
def edit_group_table(request: HttpRequest) -> HttpResponse:
    """Which scores make which group. Each change is answered with what it would move."""
    if request.method != "POST":
        return _page(request, _opened(request))
    draft = sent_draft(request.POST)
    # What would move is asked for with the button along that somebody last stood on.
    if request.htmx or request.POST.get("do") != "save":
        return _page(request, draft)
    try:
        cells, cuts = draft.checked()
        table = save_group_table(
            cells=cells, cuts=cuts, rerank=draft.rerank, based_on=draft.based_on,
            actor=request.user,
        )  # fmt: skip
    except Refused as wrong:
        kept = replace(draft, problem=wrong.message, fields=wrong.fields)
        return _page(request, kept, status=wrong.status)
    done_with_undo(
        request,
        f"Saved as version {table.version}. The next refresh uses it.",
        url=reverse("segmentation:restore_group_table"),
        fields={"version": str(table.version - 1)},
    )
    return redirect(TABLE)


@require_POST
@requires(Capability.EDIT_SEGMENTS)
def go_back(request: HttpRequest) -> HttpResponse:
    """Repeat an older version as the newest."""
    before = newest_table().version
    table = restore_group_table(version=_number(request.POST.get("version")), actor=request.user)
    done_with_undo(
        request,
        f"Version {table.restores} holds again, as version {table.version}.",
        url=reverse("segmentation:restore_group_table"),
        fields={"version": str(before)},
    )
    return redirect(TABLE)


def _page(request: HttpRequest, draft: Draft, status: int = 200) -> HttpResponse:
    return render(request, "segmentation/table.html", group_table_page(draft), status=status)


def _opened(request: HttpRequest) -> Draft:
    """The version that holds, or the older one that the address names, to begin with."""
    newest, asked = newest_table(), request.GET.get("version")
    table = GroupTable.objects.filter(version=_number(asked)).first() if asked else newest
    if table is None:
        raise NotFound(f"There is no version {asked} of the group table.")
    now = promoted_rfm()
    return draft_of(table, based_on=newest.version, shown=now.thresholds if now else {})


def _number(text: str | None) -> int:
    if not text or not text.isdecimal() or len(text) > 8:
        raise NotFound("A version is a number.")
    return int(text)
