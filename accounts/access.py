"""Who may come in: every route names one capability, and nothing else mentions roles."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.adapter import InviteOnly
from accounts.capabilities import ROLE_CAPABILITIES, Capability
from accounts.held import ask_to_sign_in
from accounts.models import ApiKey
from accounts.selectors import who_gives_roles
from accounts.write_keys import refuse_sending
from core.errors import NotAllowed

View = Callable[..., HttpResponse]


def requires(capability: Capability) -> Callable[[View], View]:
    """A page for people who are signed in and may do this; others learn who can grant it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not request.user.can(capability):
                return denied(request, capability)
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]  # read by the access test
        return guarded

    return decorate


def denied(request: HttpRequest, capability: Capability) -> HttpResponse:
    _note_lack(request, capability)
    roles = [role.label for role, held in ROLE_CAPABILITIES.items() if capability in held]
    context = {"needed": capability.label, "roles": roles, "givers": who_gives_roles()}
    return render(request, "403.html", context, status=403)


def _note_lack(request: HttpRequest, capability: Capability | None) -> None:
    """The audit of refusals says what was lacking."""
    request.needed = capability.value if capability else ""  # type: ignore[attr-defined]  # ours, on Django's


class CapabilityPermission(BasePermission):
    """Reads the view's ``capability``, for all methods or one a method; none named is denied."""

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = needed_capability(view, request.method or "GET")
        if request.user.is_authenticated and needed is not None and may(request, needed):
            return True
        _note_lack(request._request, needed)
        return False


class SendPermission(CapabilityPermission):
    """A key that only sends may bring what the view's ``sends`` says; the others as everywhere."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not is_write_only(request):
            return super().has_permission(request, view)
        _note_lack(request._request, view.sends)
        refuse_sending(
            request.auth,
            sends=view.sends,
            origin=request.headers.get("Origin"),
            address=InviteOnly(request._request).get_client_ip(request._request),
        )
        return True


def is_write_only(request: Request) -> bool:
    return isinstance(request.auth, ApiKey) and bool(request.auth.public_key)


def may(request: Request, capability: Capability) -> bool:
    """The person may, and so does the key that they use."""
    scopes = getattr(request.auth, "scopes", None)
    return request.user.can(capability) and (scopes is None or capability.value in scopes)


def refuse_export(request: Request) -> None:
    """Refuse a list to whoever may look at it, but not take it out of the house."""
    if not may(request, Capability.EXPORT_LISTS):
        raise NotAllowed("Your role may not export lists.")


def needed_capability(view: Any, method: str) -> Capability | None:
    """HEAD and OPTIONS need what GET needs, or what the view's first method needs."""
    named = getattr(view, "capability", None)
    if isinstance(named, dict):
        return named.get(method) or named.get("GET") or next(iter(named.values()), None)
    return named
