"""A table that is narrowed, sorted and paged by its address.

The one way for long tables: above it templates/cotton/narrow.html, whose selects are made by
``choice`` and which keeps whatever else the address says (``kept``); head, rows and foot are
templates/cotton/listing.html.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join

from core.paging import pager
from core.sorting import sorted_headers

OPTION = '<option value="{}"{}>{}</option>'


def choice(
    name: str, label: str, options: Iterable[tuple[str, str]], chosen: str
) -> dict[str, Any]:
    """One select: its name in the address, its label, and (value, label) of each option.

    ``drawn`` are the options as they stand on the page: there may be hundreds, which a template
    would take longest of all its parts to write.
    """
    offered = [
        {"value": value, "label": words, "chosen": value == chosen} for value, words in options
    ]
    drawn = format_html_join(
        "", OPTION, ((o["value"], " selected" if o["chosen"] else "", o["label"]) for o in offered)
    )
    return {"name": name, "label": label, "options": offered, "drawn": drawn}


def kept(query: QueryDict, own: Collection[str]) -> list[dict[str, str]]:
    """What else stands in the address; another choice begins again at the first page."""
    return [
        {"name": name, "value": value}
        for name, values in query.lists()
        for value in values
        if value and name != "page" and name not in own
    ]


def asked_sort(request: HttpRequest, names: Mapping[str, str], usual: str) -> str:
    """A name of ``names``, with a minus downwards; ``usual`` where the address has none of them."""
    asked = request.GET.get("sort", "")
    return asked if asked.removeprefix("-") in names else usual


def listing(
    request: HttpRequest,
    page: Page[Any],
    *,
    sort: str,
    columns: Mapping[str, str],
    css: Mapping[str, str],
) -> dict[str, Any]:
    """``columns`` are labels by the names that the address sorts by, in their order."""
    return {**pager(request, page), "columns": sorted_headers(request, sort, columns, css)}
