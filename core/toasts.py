"""A message with a way back: what was done, and a form that undoes it."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string


def done_with_undo(
    request: HttpRequest, words: str, *, url: str, fields: Mapping[str, str] | None = None
) -> None:
    """Say that something was done; ``url`` takes it back when ``fields`` are posted to it.

    Only for what is taken back by another verb: what cannot be, is asked for by typing first.
    """
    context = {"words": words, "url": url, "fields": fields or {}}
    messages.success(request, render_to_string("undo.html", context, request=request))
