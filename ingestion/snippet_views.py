from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from accounts.write_keys import write_keys
from ingestion.snippet_pages import page_words


@requires(Capability.IMPORT_DATA)
@require_safe
def snippet(request: HttpRequest) -> HttpResponse:
    """The lines that a shop puts into its pages, and what they have sent lately."""
    words = page_words(list(write_keys()), request.GET.get("key", ""), timezone.now())
    words["can_make_keys"] = request.user.can(Capability.MANAGE_PEOPLE)
    return render(request, "ingestion/snippet.html", words)
