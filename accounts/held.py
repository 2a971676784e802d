"""What somebody sent after their session had ended is kept until they have signed in again."""

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import SignIn
from core.encryption import decrypt, encrypt

HELD = "held"
# More than this is no form that somebody typed.
MOST_LETTERS = 100_000
SHOWN_LETTERS = 300
SECRET = ("password", "csrfmiddlewaretoken", "code")
# Signing in and changing one's own account: secrets, which are never kept.
OWN_ACCOUNT = "/accounts/"
LOST = "You were signed out, and what you sent was not kept. Sign in, and send it once more."
WAITS = "You were signed out while you wrote. Sign in: what you typed waits for you."


@dataclass(frozen=True)
class Held:
    """A form on its way: where to, with which fields, and whose it is."""

    path: str
    back: str
    fields: list[tuple[str, str]]
    files: bool
    # None: the browser no longer said; then whoever signs in with this very browser.
    whose: int | None

    def kept(self) -> str:
        """As the session keeps it: what was typed may be about a person, and lies encrypted."""
        return base64.b64encode(encrypt(json.dumps(asdict(self)))).decode()


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page; what was sent waits behind it."""
    if getattr(request, "htmx", False):
        # A part of a page cannot be signed in to: the page says so, and stays as it is.
        return HttpResponse(status=401)
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    held = _held(request, _whose_session(request))
    if held is None:
        messages.warning(request, LOST)
        return redirect_to_login(_page_before(request))
    request.session[HELD] = held.kept()
    messages.warning(request, WAITS)
    return redirect_to_login(reverse("held_form"))


def held_form(request: HttpRequest) -> HttpResponse:
    """What waits, to be sent now or thrown away; nobody sees what another has typed."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    held = _waiting(request)
    if held is None:
        return redirect("home")
    if request.method != "POST":
        return _page(request, held)
    del request.session[HELD]
    if request.GET.get("verb") != "send":
        return redirect(held.back)
    # The browser sends the same fields on to where they were meant for.
    return HttpResponse(status=307, headers={"Location": held.path})


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is not of now: from our own page it can be sent once more, with the new one.

    From anywhere else it cannot: somebody else may have written it.
    """
    user = request.user
    own = user.is_authenticated and _from_here(request)
    held = _held(request, user.pk) if own else None
    if held is None:
        return render(request, "403_csrf.html", status=403)
    request.session[HELD] = held.kept()
    return _page(request, held, status=403)


def _page(request: HttpRequest, held: Held, status: int = 200) -> HttpResponse:
    shown = [
        {"label": _words(name), "value": value[:SHOWN_LETTERS], "more": len(value) > SHOWN_LETTERS}
        for name, value in held.fields
        if value
    ]
    context = {"held": held, "shown": shown, "too_old": status != 200}
    return render(request, "accounts/held.html", context, status=status)


def _held(request: HttpRequest, whose: int | None) -> Held | None:
    """What was sent, without secrets and files; None where it may not be kept."""
    if request.path_info.startswith(OWN_ACCOUNT):
        return None
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not any(secret in name for secret in SECRET)
    ]
    if not fields or sum(len(name) + len(value) for name, value in fields) > MOST_LETTERS:
        return None
    if any("\x00" in value for pair in fields for value in pair):
        return None
    path, back = request.get_full_path(), _page_before(request)
    return Held(path, back, fields, bool(request.FILES), whose)


def _waiting(request: HttpRequest) -> Held | None:
    kept = request.session.get(HELD)
    if kept is None:
        return None
    told: dict[str, Any] = json.loads(decrypt(base64.b64decode(kept)))
    if told["whose"] not in (None, request.user.pk):
        del request.session[HELD]
        return None
    return Held(**{**told, "fields": [(name, value) for name, value in told["fields"]]})


def _whose_session(request: HttpRequest) -> int | None:
    """Who had signed in with the session that the browser still names."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return SignIn.objects.filter(session_key=key).values_list("user_id", flat=True).first()


def _page_before(request: HttpRequest) -> str:
    """The page that the form stood on, where it is one of ours."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure()):
        return "/"
    parts = urlsplit(before)
    # Two strokes would begin the name of another site.
    return f"/{parts.path.lstrip('/')}{'?' if parts.query else ''}{parts.query}"


def _from_here(request: HttpRequest) -> bool:
    """Browsers say themselves from which site a form comes; no page can make it up."""
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in (here, *settings.CSRF_TRUSTED_ORIGINS)


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().capitalize()
