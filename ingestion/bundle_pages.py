"""What pages say of a dropped file that holds several tables."""

from typing import Any

from django.urls import reverse
from django.utils.text import get_text_list

from core.formats import spelt
from ingestion.draft_pages import draft_row, size_words
from ingestion.known_kinds import kind_named
from ingestion.models import Bundle, Draft
from ingestion.pages import kind_title
from ingestion.proposals import proposals
from ingestion.selectors import drafts_of, load_of_draft, open_drafts

MOST_NAMED = 8


def bundle_words(bundle: Bundle) -> dict[str, Any]:
    """The finding, and a row for each table: what it is like, and where it goes on."""
    rows = [_row(draft) for draft in drafts_of(bundle)]
    waiting = sum(not row["loaded"] for row in rows)
    holds = f"{bundle.file_name} holds {_tables(len(rows))}"
    if waiting == len(rows):
        finding = f"{holds}: choose the one to begin with."
    elif waiting:
        finding = f"{holds}: {spelt(waiting)} {'waits' if waiting == 1 else 'wait'} for you."
    else:
        finding = f"{holds}, and all are loaded."
    if len(rows) == 1:
        finding = f"{bundle.file_name} holds one table that can be read."
    return {
        "here": bundle.file_name,
        "finding": finding,
        "lede": "They are kept here, each goes its own way through the steps, and none has to be"
        " brought in again.",
        "rows": rows,
        "waiting": waiting,
        "unread": bundle.unread,
    }


def _tables(many: int) -> str:
    return f"{spelt(many)} {'table' if many == 1 else 'tables'}"


def _row(draft: Draft) -> dict[str, Any]:
    load = load_of_draft(draft)
    url = reverse("ingestion:load", args=[load.pk]) if load else draft_row(draft)["url"]
    named = [header for header in draft.headers if header]
    more = " …" if len(named) > MOST_NAMED else ""
    return {
        "name": draft.table,
        "size": "" if draft.table_options else size_words(draft.size),
        "what": _likely(draft, named),
        "columns": ", ".join(named[:MOST_NAMED]) + more,
        "state": f"import {load.pk}, {load.state}" if load else draft_row(draft)["state"],
        "loaded": load is not None,
        "url": url,
    }


def _likely(draft: Draft, named: list[str]) -> str:
    """By the names of the columns: a note among the tables looks like none of the kinds."""
    known = proposals(kind_named(draft.kind), {name: [] for name in named})
    return kind_title(draft.kind) if known else "nothing known"


def further_words(draft: Draft | None) -> dict[str, Any]:
    """After one table of a bundle: those that wait, each a press away. Empty where none does."""
    if draft is None or draft.bundle is None:
        return {}
    waiting = list(open_drafts().filter(bundle=draft.bundle).exclude(pk=draft.pk).order_by("pk"))
    if not waiting:
        return {}
    wait = "waits" if len(waiting) == 1 else "wait"
    more = f"{spelt(len(waiting)).capitalize()} more {'table' if len(waiting) == 1 else 'tables'}"
    return {
        "words": f"{more} of {draft.bundle.file_name} {wait}:"
        f" {get_text_list([one.table for one in waiting[:MOST_NAMED]], 'and')}.",
        "next": waiting[0].table,
        "url": draft_row(waiting[0])["url"],
        "all_url": reverse("ingestion:bundle", args=[draft.bundle.pk]),
    }
