from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import requires
from accounts.audit import Asked, entries
from accounts.audit_pages import entry_row
from accounts.capabilities import Capability
from accounts.forms import InviteForm, RoleForm, TypedForm
from accounts.models import User
from accounts.pages import (
    NONE,
    factor_words,
    people_words,
    person_opening,
    person_row,
    role_table,
    session_row,
)
from accounts.selectors import everybody, keys, person_numbered, standings
from accounts.services import (
    DeadLink,
    create_user,
    login_link,
    reset_second_factor,
    set_active,
    set_role,
    user_of_link,
)
from accounts.sign_ins import end_all_sessions, end_session
from core.errors import Refused
from core.formats import whole

LATEST = 8


def use_login_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a one-time link, or say that it is used or old; a second factor is asked too."""
    try:
        user = user_of_link(token=token)
    except DeadLink as refusal:
        return render(request, "404.html", {"message": refusal.message}, status=404)
    record_authentication(request, user, method="link")
    answer: HttpResponse = perform_login(
        request, user, email_verification="none", redirect_url=settings.LOGIN_REDIRECT_URL
    )
    return answer


@requires(Capability.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Who works here; invite somebody, lock somebody out, let somebody in again."""
    form = InviteForm()
    shown = {"link": "", "link_for": "", "refusal": ""}
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "invite":
                form = InviteForm(request.POST)
                if form.is_valid():
                    invited = create_user(actor=request.user, **form.cleaned_data)
                    shown |= {
                        "link": login_link(user=invited, actor=request.user),
                        "link_for": invited.email,
                    }
                    form = InviteForm()
            else:
                someone = person_numbered(_number(request.POST.get("person", "")))
                _let_in(request, someone, active=request.POST.get("verb") == "unlock")
                return redirect("people")
        except Refused as refusal:
            shown["refusal"] = refusal.message
    found, known = list(everybody()), standings()
    page = {
        "people": [person_row(one, request.user, known.get(one.pk, NONE)) for one in found],
        "factors": factor_words(found, known),
        "roles": role_table(),
        "form": form,
        **people_words(found),
        **shown,
    }
    return render(request, "accounts/people.html", page)


@requires(Capability.MANAGE_PEOPLE)
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One person: role, sessions, second factor, keys, and what they did of late."""
    someone = person_numbered(number)
    shown: dict[str, Any] = {"link": "", "refusal": ""}
    if request.method == "POST":
        try:
            link = _change(request, someone)
        except Refused as refusal:
            shown["refusal"] = refusal.message
        else:
            if not link:
                return redirect("person", number)
            shown["link"] = link
    of = standings().get(someone.pk, NONE)
    here = request.session.session_key
    page = {
        "person": person_row(someone, request.user, of),
        "sessions": [session_row(one, here) for one in of.sessions],
        "role_form": RoleForm(initial={"role": someone.role}),
        "reset_form": _reset_form(someone),
        "keys": keys().filter(user=someone, revoked_at=None),
        "entries": [entry_row(one) for one in entries(Asked(person=someone.email))[:LATEST]],
        **person_opening(someone, of),
        **shown,
    }
    return render(request, "accounts/person.html", page)


def _change(request: HttpRequest, someone: User) -> str:
    """Do what was pressed; a new login link is returned, to be shown once."""
    verb = request.POST.get("verb", "")
    if verb == "link":
        return login_link(user=someone, actor=request.user)
    if verb == "role":
        set_role(user=someone, role=request.POST.get("role", ""), actor=request.user)
        messages.success(request, f"{someone} is {someone.get_role_display()} now.")
    elif verb == "end":
        number = _number(request.POST.get("session", ""))
        end_session(user=someone, number=number, actor=request.user)
        messages.success(request, "That session has ended.")
    elif verb == "end_all":
        ended = end_all_sessions(user=someone, actor=request.user)
        messages.success(request, f"{someone} is signed out everywhere: {whole(ended)} ended.")
    elif verb == "reset":
        form = _reset_form(someone, request.POST)
        if not form.is_valid():
            raise Refused(" ".join(form.errors["typed"]))
        reset_second_factor(user=someone, actor=request.user)
        messages.success(request, f"{someone} signs in without a second factor now.")
    elif verb in ("lock", "unlock"):
        _let_in(request, someone, active=verb == "unlock")
    return ""


def _let_in(request: HttpRequest, someone: User, *, active: bool) -> None:
    set_active(user=someone, active=active, actor=request.user)
    said = "may come in again" if active else "is locked out, and signed out everywhere"
    messages.success(request, f"{someone} {said}.")


def _reset_form(someone: User, data: Any = None) -> TypedForm:
    label = f"Type {someone.email} to take it off"
    return TypedForm(data, wanted=someone.email, label=label)


def _number(text: str) -> int:
    return int(text[:9]) if text.isdecimal() else 0
