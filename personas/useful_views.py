"""Was this useful? One press at the foot of a page, without a script too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import NotFound, Refused
from personas.services import add_word, say_useful, take_back
from personas.useful import SESSION, asked, route_of, told_pages

ANSWERS = {"yes": True, "no": False}


class BadAnswer(Refused):
    code = "bad_answer"


@require_POST
@requires(Capability.VIEW_RESULTS)
def say(request: HttpRequest) -> HttpResponse:
    """Yes or no, a word to it, or take it back; answered by the foot, or by the page again."""
    path = request.POST.get("path", "")
    route = route_of(path)
    said = dict(request.session.get(SESSION, {}))
    does = request.POST.get("do", "")
    if does in ANSWERS:
        if route in said:
            take_back(number=said[route])
        vote = say_useful(route=route, useful=ANSWERS[does], role=request.user.role)
        said[route] = vote.pk
    elif route not in said:
        raise NotFound("Nothing was said about this page yet, or it was taken back.")
    elif does == "word":
        add_word(number=said[route], word=request.POST.get("word", ""))
    elif does == "undo":
        take_back(number=said.pop(route))
    else:
        raise BadAnswer("Say yes or no, a word, or undo.")
    request.session[SESSION] = said
    if request.htmx:
        context = {"useful": asked(request, route=route, path=path), "thanks": does == "word"}
        return render(request, "personas/useful/foot.html", context)
    return redirect(path)


@requires(Capability.VIEW_OPERATIONS)
def told(request: HttpRequest) -> HttpResponse:
    return render(request, "personas/useful/pages.html", {"page": told_pages()})
