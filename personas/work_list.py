"""What the page of one work list says: who is to be contacted, why, how, and what came of it."""

from datetime import date
from typing import Any

import polars as pl
from django.http import HttpRequest

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import counted, moment_words, money, of_100, whole
from core.listing import asked_sort, listing
from core.paging import frame_page
from personas.calling import calling_rows, with_figures
from personas.doubt import churn_in_use
from personas.work_lists import due_of, origin_words
from segmentation.models import WorkEntry, WorkList
from segmentation.services.work_lists import may_manage
from segmentation.work import DONE, ELSEWHERE, STATES, TO_DO, entries

PAGE_ROWS = 40
TABS = {"all": "All", TO_DO: "To do", DONE: "Done", ELSEWHERE: "On another list"}
COLUMNS = {"silent": "Reason", "spent": "Spent", "risk": "Will not buy, of 100"}
LOOKS = {"silent": "wide", "spent": "num wide", "risk": "num"}
SORTS = {
    "silent": "recency_days", "spent": "purchase_monetary_value", "risk": "churn_probability",
}  # fmt: skip
ORDERS = {
    "-silent": "Who has been silent longest stands first",
    "silent": "Who bought last stands first",
    "-spent": "Who spent most stands first",
    "spent": "Who spent least stands first",
    "-risk": "Who is likeliest to leave stands first",
    "risk": "Who is least likely to leave stands first",
}


def work_list_page(
    request: HttpRequest, work_list: WorkList, user: User, today: date
) -> dict[str, Any]:
    """Narrowed, sorted and paged by the address."""
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    everybody = with_figures(entries([work_list]))
    asked, sort = request.GET.get("show", ""), asked_sort(request, COLUMNS, "")
    show = asked if asked in TABS else "all"
    chosen = _sorted(everybody if show == "all" else _of(everybody, show), sort)
    part, shown = frame_page(request, chosen, PAGE_ROWS)
    rows = _rows(work_list, part, personal=personal)
    sizes = {state: _of(everybody, state).height for state in STATES}
    return {
        "work_list": work_list,
        "finding": _finding(work_list, sizes),
        "lede": _lede(work_list, sizes, today),
        "figures": _figures(everybody, sizes),
        "tabs": _tabs(sizes, show),
        "show": show,
        **listing(request, shown, sort=sort, columns=COLUMNS, css=LOOKS),
        "sorted_by": ORDERS.get(sort, "Who is likely to leave and worth keeping stands first"),
        "note": _note(rows),
        "rows": rows,
        "may_work": user.can(Capability.EDIT_CUSTOMERS) and work_list.closed_at is None,
        "may_manage": may_manage(work_list, user),
        "may_take": user.can(Capability.EDIT_CUSTOMERS) and work_list.owner_id is None,
        "closed": work_list.closed_at is not None,
        "back": request.GET.urlencode(),
    }


def _of(frame: pl.DataFrame, state: str) -> pl.DataFrame:
    return frame.filter(pl.col("state") == state)


def _sorted(frame: pl.DataFrame, sort: str) -> pl.DataFrame:
    name = SORTS.get(sort.removeprefix("-"))
    if name is None:
        return frame
    down = sort.startswith("-")
    return frame.sort([name, "position"], descending=[down, False], nulls_last=True)


def _rows(work_list: WorkList, frame: pl.DataFrame, *, personal: bool) -> list[dict[str, Any]]:
    found = WorkEntry.objects.filter(pk__in=frame["entry"].to_list()).select_related("done_by")
    written = {entry.pk: entry for entry in found}
    held = WorkList.objects.select_related("owner").in_bulk(
        frame["held_by"].drop_nulls().unique().to_list()
    )
    rows = [row for row in calling_rows(frame, personal=personal) if row["entry"] in written]
    return [row | _state(row, written[row["entry"]], held, personal=personal) for row in rows]


def _state(
    row: dict[str, Any], entry: WorkEntry, held: dict[int, WorkList], *, personal: bool
) -> dict[str, Any]:
    other = held.get(row["held_by"] or 0)
    who = f" by {entry.done_by}" if entry.done_by else ""
    return {
        "done_words": f"{moment_words(entry.done_at)}{who}" if entry.done_at else "",
        "note": entry.note if personal else "",
        "has_note": bool(entry.note),
        "other": other if row["state"] == ELSEWHERE else None,
        "to_do": row["state"] == TO_DO,
    }


def _finding(work_list: WorkList, sizes: dict[str, int]) -> str:
    total = sum(sizes.values())
    if not total:
        return f"{work_list.name}: nobody is on it any more."
    if not sizes[TO_DO]:
        return f"{work_list.name}: nobody is left to contact."
    return f"{work_list.name}: {whole(sizes[DONE])} of {whole(total)} done."


def _lede(work_list: WorkList, sizes: dict[str, int], today: date) -> str:
    owner = f"{work_list.owner} has it" if work_list.owner else "Nobody has it yet"
    parts = [f"{owner}; {origin_words(work_list)}."]
    due = due_of(work_list, today)["due"]
    if work_list.closed_at is not None:
        parts.append(f"{due[:1].upper()}{due[1:]}.")
    elif work_list.due_on is not None:
        parts.append(f"It is {due}." if due.endswith("overdue") else f"Due {due}.")
    if sizes[ELSEWHERE]:
        verb = "is on another list" if sizes[ELSEWHERE] == 1 else "are on other lists"
        parts.append(f"{counted(sizes[ELSEWHERE], 'customer')} {verb}, and called from there.")
    return " ".join(parts)


def _figures(frame: pl.DataFrame, sizes: dict[str, int]) -> list[dict[str, str]]:
    total = frame.height
    spent = float(frame["purchase_monetary_value"].sum() or 0)
    figures = [
        {"label": "To do", "value": f"{whole(sizes[TO_DO])} of {whole(total)}"},
        {
            "label": "Spent",
            "of": "purchase_monetary_value",
            "value": money(spent),
            "note": "by everybody on the list",
        },
        {
            "label": "May be called",
            "of": "reachable",
            "value": whole(frame["reachable_phone"].sum() or 0),
        },
        {"label": "May be written to", "value": whole(frame["reachable_email"].sum() or 0)},
    ]
    scores, churn = frame["churn_probability"].drop_nulls(), churn_in_use()
    if len(scores):
        usual = f"; all customers {of_100(churn.mean)} of 100" if churn.mean is not None else ""
        expected = {
            "label": f"Will not buy in {churn.days} days" if churn.days else "Will not buy",
            "of": "churn_probability",
            "value": f"about {whole(float(scores.sum()))} of {whole(len(scores))}",
            "note": f"expected{usual}",
        }
        figures.insert(2, expected)
    return figures


def _tabs(sizes: dict[str, int], show: str) -> list[dict[str, Any]]:
    counts = {"all": sum(sizes.values()), **sizes}
    return [
        {"part": key, "label": label, "count": whole(counts[key]), "current": key == show}
        for key, label in TABS.items()
        if counts[key] or key in ("all", TO_DO, show)
    ]


def _note(rows: list[dict[str, Any]]) -> str:
    days = churn_in_use().days
    words = (
        f"Of 100 customers like this, so many will not buy in the next {days} days; the band is the"
        " 95 % range, the grey mark all customers."
        if days
        else "No model tells yet who will leave."
    )
    made_up = any(row["person"].is_synthetic for row in rows)
    return f"{words} Names are synthetic, purchases are real." if made_up else words
