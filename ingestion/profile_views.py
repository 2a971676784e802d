"""Mappings that are kept: looked at, renamed, deleted."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.toasts import refusal_told
from ingestion.draft_pages import profile_rows, profiles_words
from ingestion.forms import ProfileForm
from ingestion.profiles import delete_profile, profile_numbered, rename_profile
from ingestion.selectors import profiles


@requires(Capability.IMPORT_DATA)
def profile_list(request: HttpRequest) -> HttpResponse:
    rows = profile_rows(profiles())
    context = {"profiles": rows, "finding": profiles_words(len(rows))}
    return render(request, "ingestion/profiles.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def profile_rename(request: HttpRequest, number: int) -> HttpResponse:
    profile = profile_numbered(number)
    form = ProfileForm(request.POST)
    with refusal_told(request):
        if form.is_valid():
            name = form.cleaned_data["name"].strip()
            rename_profile(profile=profile, name=name, actor=request.user)
            messages.success(request, f"The mapping is named {name} now.")
        else:
            messages.error(request, "A mapping needs a name. Nothing was changed.")
    return redirect("ingestion:profiles")


@require_POST
@requires(Capability.IMPORT_DATA)
def profile_delete(request: HttpRequest, number: int) -> HttpResponse:
    profile = profile_numbered(number)
    delete_profile(profile=profile, actor=request.user)
    messages.success(request, f"The mapping {profile.name} was deleted.")
    return redirect("ingestion:profiles")
