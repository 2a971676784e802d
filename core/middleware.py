from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core.errors import Refused
from core.once import one_moment

NUL = "\x00"
API = "/api/v1/"
GetResponse = Callable[[HttpRequest], HttpResponse]

WORDS = {
    400: ("bad_request", "This request cannot be understood."),
    403: ("not_allowed", "This request is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    500: ("failed", "Something went wrong here. Nothing was answered; the log says what it was."),
}


class OneMoment:
    """A request is answered as of one moment: one organisation, one snapshot of features."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with one_moment():
            return self._get_response(request)


class ApiErrors:
    """Whatever goes wrong around an API view is answered as inside it: JSON, never a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        status = response.status_code
        page = response.get("Content-Type", "").startswith("text/html")
        if not (page and status >= 400 and request.path_info.startswith(API)):
            return response
        # What is said of no status in particular is said of its hundred.
        code, message = WORDS.get(status, WORDS[status // 100 * 100])
        return JsonResponse(
            {"error": {"code": code, "message": message, "fields": {}}}, status=status
        )


class RefusalPages:
    """A page that refuses says why, in the user's words, with a true status."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Neither Postgres nor any name holds it: nothing can be found by it.
        if NUL in request.path_info:
            return _page(request, "There is nothing at this address.", 404)
        if any(NUL in text for pair in request.GET.lists() for text in (pair[0], *pair[1])):
            status = 400 if request.path_info.startswith(API) else 404
            return _page(request, "Nothing is found by a text with the character NUL.", status)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _page(request, error.message, error.status) if isinstance(error, Refused) else None


def _page(request: HttpRequest, message: str, status: int) -> HttpResponse:
    told = {"message": message, "is_refusal": status != HTTPStatus.NOT_FOUND}
    return render(request, "404.html", told, status=status)
