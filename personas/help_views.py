"""Help: what one may do here, the keys, and what every figure means."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from core.formats import counted
from personas.glossary.gathered import glossary, term_named
from personas.help import help_for


@requires(Capability.VIEW_RESULTS)
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "personas/help/help.html", {"help": help_for(request.user)})


@requires(Capability.VIEW_RESULTS)
def glossary_page(request: HttpRequest) -> HttpResponse:
    chapters = glossary()
    total = counted(sum(len(chapter.terms) for chapter in chapters), "figure")
    context = {"chapters": chapters, "finding": f"{total}, and how each is computed."}
    return render(request, "personas/help/glossary.html", context)


@requires(Capability.VIEW_RESULTS)
def term_page(request: HttpRequest, name: str) -> HttpResponse:
    """One figure: a page of its own, or what the dialog over another page shows."""
    template = "personas/help/term_shown.html" if request.htmx else "personas/help/term.html"
    return render(request, template, {"term": term_named(name)})
