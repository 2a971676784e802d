"""What happens around every page and answer: refusals are written down, sessions are seen."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.adapter import InviteOnly, SecondFactor
from accounts.capabilities import Capability
from accounts.sign_ins import note_seen
from core.selectors import organisation
from core.services import record_audit

GetResponse = Callable[[HttpRequest], HttpResponse]
SEEN = "seen"
SEEN_EVERY = timedelta(minutes=5)
API = "/api/"
# Signing in and out, setting a factor up, and what belongs to no person.
OPEN = ("/accounts/", "/healthz", "/readyz", "/static/")


class AuditRefusals:
    """Whoever is signed in and turned away leaves one entry: which page, and what was lacking."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code == 403 and request.user.is_authenticated:
            # The route, not the address: that may name a customer, whom an erasure must reach.
            page = request.resolver_match.route if request.resolver_match else ""
            detail = {"method": request.method, "needed": getattr(request, "needed", "")}
            record_audit(actor=request.user, verb="denied", subject=page[:200], detail=detail)
        return response


class SeenSessions:
    """Knows when a session was last at work, to a few minutes, without a query in between."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        key = request.session.session_key
        if key and request.user.is_authenticated:
            self._see(request, key, timezone.now())
        return response

    def _see(self, request: HttpRequest, key: str, now: datetime) -> None:
        known, at = request.session.get(SEEN, ("", ""))
        if known == key and now - datetime.fromisoformat(at) < SEEN_EVERY:
            return
        adapter = InviteOnly(request)
        note_seen(
            user=request.user,
            session_key=key,
            address=adapter.get_client_ip(request),
            agent=adapter.get_http_user_agent(request),
            at=now,
        )
        request.session[SEEN] = [key, now.isoformat()]


class SecondFactorForAdmins:
    """Where the setting asks for it, who manages people sets up a second factor before all else.

    Programs with keys have no session and are not asked; the demo's logins are on its sign-in page
    for everybody, and are not asked either.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.ADMINS_NEED_SECOND_FACTOR and self._lacks_one(request):
            if request.path_info.startswith(API):
                return render(request, "403.html", status=403)
            messages.warning(request, "Here admins sign in with a second factor. Set up yours.")
            return redirect("mfa_activate_totp")
        return self._get_response(request)

    def _lacks_one(self, request: HttpRequest) -> bool:
        if request.path_info.startswith(OPEN) or not request.user.is_authenticated:
            return False
        if not request.user.can(Capability.MANAGE_PEOPLE) or organisation().is_demo:
            return False
        return not SecondFactor(request).is_mfa_enabled(request.user)
