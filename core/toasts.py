"""Messages on the next page: what was refused and why, or what was done and how to undo it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string

from core.errors import Refused


def done_with_undo(
    request: HttpRequest, words: str, *, url: str, fields: Mapping[str, str] | None = None
) -> None:
    """Say that something was done; ``url`` takes it back when ``fields`` are posted to it.

    Only for what is taken back by another verb: what cannot be, is asked for by typing first.
    """
    context = {"words": words, "url": url, "fields": fields or {}}
    messages.success(request, render_to_string("undo.html", context, request=request))


@contextmanager
def refusal_told(request: HttpRequest) -> Iterator[None]:
    """What the block refuses is said in its own words; what follows the block goes on."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, refusal.message)
