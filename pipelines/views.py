from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import requires
from accounts.capabilities import Capability
from pipelines.flow_page import flow_page


@requires(Capability.VIEW_OPERATIONS)
def what_follows(request: HttpRequest) -> HttpResponse:
    """What follows what, with last and next runs; while one works the page asks for itself."""
    context = flow_page(timezone.now())
    context["may_run"] = request.user.can(Capability.MANAGE_MODELS)
    return render(request, "pipelines/flow.html", context)
