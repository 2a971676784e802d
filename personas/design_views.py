from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from personas.design import specimens


@requires(Capability.VIEW_RESULTS)
@require_safe
def design_page(request: HttpRequest) -> HttpResponse:
    """Every component in every state, light and dark."""
    return render(request, "personas/design.html", specimens(request))
