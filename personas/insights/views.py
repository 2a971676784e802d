from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from personas.insights import concentration, feedback, places, retention, times, together

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
    return render(request, f"personas/insights/{name}.html", {"title": title, **page(request)})
