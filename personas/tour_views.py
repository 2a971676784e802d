from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from personas.services import answer_tour
from personas.tours import first_step


@require_POST
@requires(Capability.VIEW_RESULTS)
def tour(request: HttpRequest) -> HttpResponse:
    """Take the tour, or say no to it; it is not offered again."""
    answer_tour(user=request.user)
    return redirect(first_step(request.user) if request.POST.get("do") == "take" else "home")
