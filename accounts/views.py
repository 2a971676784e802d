from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import requires
from accounts.capabilities import Capability
from accounts.forms import InviteForm
from accounts.models import User
from accounts.pages import people_words, person_row, role_table
from accounts.services import DeadLink, create_user, login_link, set_active, user_of_link
from core.errors import Refused
from core.services import record_audit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def use_login_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a one-time link; a used or old one says so on the sign-in page."""
    try:
        user = user_of_link(token=token)
    except DeadLink as refusal:
        return render(request, "404.html", {"message": refusal.message}, status=404)
    login(request, user, backend=BACKEND)
    record_audit(actor=user, verb="sign_in_by_link")
    return redirect("home")


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
                    shown |= {"link": login_link(user=invited), "link_for": invited.email}
                    form = InviteForm()
            else:
                person = get_object_or_404(User, pk=request.POST.get("person"))
                wanted = request.POST.get("verb") == "unlock"
                set_active(user=person, active=wanted, actor=request.user)
                return redirect("people")
        except Refused as refusal:
            shown["refusal"] = refusal.message
    everybody = list(User.objects.order_by("-is_active", "email"))
    page = {
        "people": [person_row(person, request.user) for person in everybody],
        "roles": role_table(),
        "form": form,
        **people_words(everybody),
        **shown,
    }
    return render(request, "accounts/people.html", page)
