"""A table that is sorted, narrowed and paged by its address: cotton/listing.html shows it.

The one way for long tables: the head from ``sorted_headers``, the foot from ``pager``, and selects
that keep whatever else the address says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest

from core.paging import pager
from core.sorting import sorted_headers


@dataclass(frozen=True)
class Filter:
    """One choice above a table: its name in the address, its label, and {value: label}.

    The first option holds where the address names none of them.
    """

    name: str
    label: str
    options: Mapping[str, str]

    def chosen(self, request: HttpRequest) -> str:
        asked = request.GET.get(self.name, "")
        return asked if asked in self.options else next(iter(self.options), "")


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
    filters: Sequence[Filter] = (),
) -> dict[str, Any]:
    """``columns`` are labels by the names that the address sorts by, in their order."""
    shown = [_shown(request, one) for one in filters]
    narrowed = any(one.chosen(request) != next(iter(one.options), "") for one in filters)
    return {
        **pager(request, page),
        "columns": sorted_headers(request, sort, columns, css),
        "filters": shown,
        "kept": _kept(request, filters),
        "cleared": request.path if narrowed else "",
    }


def _shown(request: HttpRequest, one: Filter) -> dict[str, Any]:
    chosen = one.chosen(request)
    options = [
        {"value": value, "label": label, "chosen": value == chosen}
        for value, label in one.options.items()
    ]
    return {"name": one.name, "label": one.label, "options": options}


def _kept(request: HttpRequest, filters: Sequence[Filter]) -> list[dict[str, str]]:
    """What else stands in the address; another choice begins again at the first page."""
    own = {"page", *(one.name for one in filters)}
    return [
        {"name": name, "value": value}
        for name, values in request.GET.lists()
        for value in values
        if name not in own
    ]
