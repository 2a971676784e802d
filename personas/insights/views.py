from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from personas.insights import concentration, feedback, places, retention, times, together
from personas.insights.filters import BadFilter

# What the template templates/personas/insights/<name>.html is given.
PAGES: dict[str, tuple[str, Callable[[HttpRequest], dict[str, Any]]]] = {
    "retention": (retention.TITLE, lambda request: retention.page(request.GET)),
    "times": (times.TITLE, lambda request: times.page(request.GET)),
    "together": (together.TITLE, together.page),
    "places": (places.TITLE, places.page),
    "concentration": (concentration.TITLE, lambda request: concentration.page(request.GET)),
    "feedback": (feedback.TITLE, lambda request: feedback.page(request.GET)),
}


@requires(Capability.VIEW_RESULTS)
def insight_page(request: HttpRequest, name: str) -> HttpResponse:
    title, page = PAGES[name]
    refusal, status = "", HTTPStatus.OK
    try:
        shown = page(request)
    except BadFilter as bad:
        # The page stays with its usual days, so that the filters can be set right where they were.
        refusal, status = bad.message, HTTPStatus.BAD_REQUEST
        request.GET = QueryDict()
        shown = page(request)
    told = {"title": title, "refusal": refusal, **shown}
    return render(request, f"personas/insights/{name}.html", told, status=status)
