"""Links to the page before and after, keeping whatever else stands in the address."""

from typing import Any

import polars as pl
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from core.formats import whole

# Beyond every list, and a number that Postgres and Polars can count to.
LARGEST = 10**9


def pager(request: HttpRequest, page: Page[Any]) -> dict[str, Any]:
    """What templates/cotton/pager.html shows."""
    before = page.previous_page_number() if page.has_previous() else None
    after = page.next_page_number() if page.has_next() else None
    shown = f"{whole(page.start_index())}–{whole(page.end_index())}"
    return {
        "previous_url": page_url(request, before),
        "next_url": page_url(request, after),
        "position": f"{shown} of {whole(page.paginator.count)}",
    }


def frame_page(
    request: HttpRequest, frame: pl.DataFrame, rows: int
) -> tuple[pl.DataFrame, Page[int]]:
    """The rows of a frame that the address asks for, and their page; beyond the last, the last."""
    page = Paginator(range(frame.height), rows).get_page(request.GET.get("page"))
    return frame.slice(max(page.start_index() - 1, 0), rows), page


def asked_page(request: HttpRequest) -> int:
    """The page that the address names; the first where it names none."""
    text = request.GET.get("page", "")
    return max(1, min(int(text[:10]), LARGEST)) if text.isdecimal() else 1


def page_url(request: HttpRequest, number: int | None) -> str:
    if number is None:
        return ""
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
