from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import requires
from accounts.capabilities import Capability
from accounts.forms import KeyForm, WriteKeyForm
from accounts.key_pages import key_row, keys_words, revoke_form
from accounts.selectors import key_numbered, keys
from accounts.services import create_api_key, revoke_api_key
from accounts.write_keys import create_write_key
from core.errors import Refused


@requires(Capability.MANAGE_PEOPLE)
def api_keys(request: HttpRequest) -> HttpResponse:
    """Every key with its last use; make one, which is shown once, or revoke one."""
    form = KeyForm(initial={"person": request.GET.get("person")})
    write_form = WriteKeyForm(prefix="web")
    shown: dict[str, Any] = {"key": "", "public_key": "", "key_name": "", "refusal": ""}
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "revoke":
                _revoke(request)
                return redirect("api_keys")
            if request.POST.get("verb") == "make_write_only":
                write_form = WriteKeyForm(request.POST, prefix="web")
                if write_form.is_valid():
                    shown |= _made_for_pages(request, write_form.cleaned_data)
                    write_form = WriteKeyForm(prefix="web")
            elif (form := KeyForm(request.POST)).is_valid():
                shown |= _made(request, form.cleaned_data)
                form = KeyForm()
        except Refused as refusal:
            shown["refusal"] = refusal.message
    found, now = list(keys()), timezone.now()
    context = {
        "rows": [key_row(key, now) for key in found],
        "form": form,
        "write_form": write_form,
        **keys_words(found, now),
        **shown,
    }
    return render(request, "accounts/keys.html", context)


def _made(request: HttpRequest, wanted: dict[str, Any]) -> dict[str, str]:
    stored, key = create_api_key(
        email=wanted["person"].email,
        name=wanted["name"],
        scopes=wanted["may"],
        actor=request.user,
    )
    return {"key": key, "key_name": stored.name}


def _made_for_pages(request: HttpRequest, wanted: dict[str, Any]) -> dict[str, str]:
    stored, key = create_write_key(
        email=wanted["person"].email,
        name=wanted["name"],
        origins=wanted["origins"],
        orders=wanted["orders"],
        actor=request.user,
    )
    return {"public_key": key, "key_name": stored.name}


def _revoke(request: HttpRequest) -> None:
    text = request.POST.get("key", "")
    key = key_numbered(int(text[:9]) if text.isdecimal() else 0)
    form = revoke_form(key, request.POST)
    if not form.is_valid():
        raise Refused(" ".join(form.errors["typed"]))
    revoke_api_key(key=key, actor=request.user)
    messages.success(request, f"{key.name} opens nothing any more.")
