from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from campaigns.services.slots import create_slot, delete_slot, edit_slot
from campaigns.slot_form import SlotForm, blank_form, changed, from_form, from_slot
from campaigns.slot_models import Slot
from campaigns.slot_page import form_words, list_words, slot_words, trial
from campaigns.slots import entries_of, slot_with_slug
from core.errors import Refused

SAVE = "save"


class NotTyped(Refused):
    code = "not_typed"


@requires(Capability.VIEW_RESULTS)
@require_safe
def slot_list(request: HttpRequest) -> HttpResponse:
    """Every slot with its entries in words."""
    context = {"page": list_words(), "can_edit": request.user.can(Capability.PREPARE_CAMPAIGN)}
    return render(request, "campaigns/slots.html", context)


@requires(Capability.VIEW_RESULTS)
@require_safe
def slot_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _shown(request, slot_with_slug(slug))


@requires(Capability.VIEW_CUSTOMERS)
@require_safe
def slot_trial(request: HttpRequest, slug: str) -> HttpResponse:
    """What one customer would be shown now, and why the entries before are not."""
    customer_id = request.GET.get("customer", "").strip()
    return _shown(request, slot_with_slug(slug), customer_id)


@requires(Capability.PREPARE_CAMPAIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_slot(request: HttpRequest) -> HttpResponse:
    form = from_form(request.POST) if request.method == "POST" else blank_form()
    return _form(request, form, None)


@requires(Capability.PREPARE_CAMPAIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def change_slot(request: HttpRequest, slug: str) -> HttpResponse:
    slot = slot_with_slug(slug)
    if request.method == "POST":
        return _form(request, from_form(request.POST), slot)
    return _form(request, from_slot(slot, entries_of(slot)), slot)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def drop_slot(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a slot whose name in addresses was typed again."""
    slot = slot_with_slug(slug)
    if request.POST.get("sure", "").strip() != slot.slug:
        raise NotTyped(f"Nothing was deleted. Type {slot.slug} to delete the slot.")
    delete_slot(slot=slot, actor=request.user)
    messages.success(request, f"{slot.name} is gone. Pages that ask for it get an error.")
    return redirect("slots:list")


def _shown(request: HttpRequest, slot: Slot, customer_id: str | None = None) -> HttpResponse:
    context = {
        "page": slot_words(slot),
        "trial": None if customer_id is None else trial(slot, customer_id),
        "can_edit": request.user.can(Capability.PREPARE_CAMPAIGN),
        "can_try": request.user.can(Capability.VIEW_CUSTOMERS),
    }
    return render(request, "campaigns/slot.html", context)


def _form(request: HttpRequest, form: SlotForm, slot: Slot | None) -> HttpResponse:
    """Buttons but the one that saves change the form alone."""
    focus, refusal, at = None, "", None
    action = request.POST.get("do", "")
    if action == SAVE:
        try:
            saved = _saved(request, form, slot)
            messages.success(request, f"Saved. {saved.name} answers so from now on.")
            return redirect("slots:slot", saved.slug)
        except Refused as refused:
            refusal, at = refused.message, _place(refused)
    elif action:
        focus = changed(form, action)
    words = form_words(form, focus=focus, problem=refusal, at=at)
    context = {**words, "slot": slot, "refusal": refusal, "added": action == "add"}
    status = 400 if refusal else 200
    return render(request, "campaigns/slot_edit.html", context, status=status)


def _saved(request: HttpRequest, form: SlotForm, slot: Slot | None) -> Slot:
    if slot is None:
        return create_slot(actor=request.user, slug=form.slug.strip(), **form.asked())
    version = int(form.version[:9]) if form.version.isdecimal() else None
    return edit_slot(slot=slot, actor=request.user, version=version, **form.asked())


def _place(refused: Refused) -> int | None:
    """The entry that a refusal is about, by its fields: entries.1.title."""
    for name in refused.fields:
        parts = name.split(".")
        if parts[0] == "entries" and len(parts) > 1:
            return int(parts[1])
    return None
