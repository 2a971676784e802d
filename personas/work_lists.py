"""What the list of work lists says: what is due, what nobody has taken, how far each is."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, money, short_day, spelt, whole
from core.localtime import local_wall
from core.selectors import organisation_zone
from segmentation.models import WorkList
from segmentation.work import CLOSED, OPEN, ListFigures, list_figures, work_lists

PARTS = {OPEN: "Open", "mine": "Mine", CLOSED: "Closed"}


def local_day(moment: datetime) -> date:
    return local_wall(moment, organisation_zone()).date()


def lists_words(tallies: dict[str, int]) -> dict[str, str]:
    """Two lists are due today, one has no owner."""
    if not tallies[OPEN]:
        finding = "No work list is open." if tallies[CLOSED] else "There is no work list yet."
        return {"finding": finding, "lede": "A list is made from a segment, a rule or a move."}
    opened = f"{_said(tallies[OPEN], 'list')} {'is' if tallies[OPEN] == 1 else 'are'} open"
    return {
        "finding": f"{_capital(due_words(tallies))}.",
        "lede": f"{_capital(opened)}; a customer on two lists is called once.",
    }


def due_words(tallies: dict[str, int]) -> str:
    """two lists are due today, one has no owner."""
    late, due = tallies["overdue"], tallies["due"] - tallies["overdue"]
    parts = []
    if late:
        parts.append(f"{_said(late, 'list')} {'is' if late == 1 else 'are'} overdue")
    if due:
        verb = "is" if due == 1 else "are"
        parts.append(f"{_said(due, '' if parts else 'list')} {verb} due today")
    if not parts:
        parts.append("nothing is due today")
    if tallies["unowned"]:
        verb = "has" if tallies["unowned"] == 1 else "have"
        parts.append(f"{_said(tallies['unowned'], '')} {verb} no owner")
    return ", ".join(parts)


def list_tabs(tallies: dict[str, int], part: str) -> list[dict[str, Any]]:
    return [
        {"part": key, "label": label, "count": whole(tallies[key]), "current": key == part}
        for key, label in PARTS.items()
    ]


def listed(part: str, user: User) -> Any:
    """The lists of one part of PARTS."""
    if part == "mine":
        return work_lists(OPEN).filter(owner=user)
    return work_lists(part if part in PARTS else OPEN)


def list_rows(lists: Sequence[WorkList], user: User, today: date) -> list[dict[str, Any]]:
    figures = list_figures(lists)
    may_take = user.can(Capability.EDIT_CUSTOMERS)
    return [_row(one, figures[one.pk], today, may_take=may_take) for one in lists]


def _row(
    work_list: WorkList, figures: ListFigures, today: date, *, may_take: bool
) -> dict[str, Any]:
    share = figures.done / figures.customers if figures.customers else 0.0
    return {
        "pk": work_list.pk,
        "name": work_list.name,
        "url": reverse("worklists:one", args=[work_list.pk]),
        "origin": origin_words(work_list),
        "customers": whole(figures.customers),
        "spent": money(figures.spent),
        "width": f"{share * 100:.1f}",
        "done": f"{whole(figures.done)} of {whole(figures.customers)}",
        "elsewhere": f"{whole(figures.elsewhere)} on other lists" if figures.elsewhere else "",
        "owner": str(work_list.owner) if work_list.owner else "",
        **due_of(work_list, today),
        "takeable": may_take and work_list.owner_id is None and work_list.closed_at is None,
    }


def origin_words(work_list: WorkList) -> str:
    """from segment At risk; handed over by mara, 23 Nov 2026."""
    made = short_day(work_list.created_at)
    if work_list.created_by_id in (None, work_list.owner_id):
        return f"from {work_list.origin}, {made}"
    return f"from {work_list.origin}, handed over by {work_list.created_by}, {made}"


def due_of(work_list: WorkList, today: date) -> dict[str, str]:
    due = work_list.due_on
    if work_list.closed_at is not None:
        return {"due": f"closed {short_day(work_list.closed_at)}", "due_css": "dim"}
    if due is None:
        return {"due": "no day", "due_css": "dim"}
    if due < today:
        return {"due": f"{counted((today - due).days, 'day')} overdue", "due_css": "worse"}
    if due == today:
        return {"due": "today", "due_css": ""}
    return {"due": f"{due:%a} {due.day} {due:%b}", "due_css": ""}


def _said(number: int, noun: str) -> str:
    shown = spelt(number)
    return f"{shown} {noun}{'' if number == 1 else 's'}" if noun else shown


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
