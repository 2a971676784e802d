from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from campaigns.looks import results
from campaigns.result_page import result_page


@requires(Capability.VIEW_RESULTS)
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """What a campaign brought, opened by its verdict."""
    return render(request, "campaigns/result.html", {"page": result_page(results(pk))})
