"""A campaign is written, changed, and looked at as one customer would get it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from campaigns import forms
from campaigns.campaign_form import form_page
from campaigns.composing import written_for
from campaigns.messages import variant_of
from campaigns.models import Campaign
from campaigns.selectors import campaign_with_id, variants_of
from campaigns.services.planning import create_campaign_once, edit_campaign, refuse_launched
from campaigns.services.trying import preview_message, send_test
from core.errors import Refused
from customers.selectors import customer_with_id

SAVE, BEGIN = "save", "begin"


@requires(Capability.PREPARE_CAMPAIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Write one, for a segment that the address names or a rule that the builder sends along."""
    action = _pressed(request)
    if action == BEGIN:
        filled = forms.fresh(definition=request.POST.get("definition", ""))
    elif request.method == "POST":
        filled = forms.sent(request.POST) if action == SAVE else forms.typed(request.POST, action)
    else:
        filled = forms.fresh(segment=request.GET.get("segment", ""))
    return _saved(request, filled, None) if action == SAVE else _shown(request, filled, None)


@requires(Capability.PREPARE_CAMPAIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def change_campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft; an approved campaign becomes one again."""
    campaign, action = campaign_with_id(pk), _pressed(request)
    try:
        refuse_launched(campaign)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("campaign", pk)
    if request.method != "POST":
        return _shown(request, forms.of_campaign(campaign), campaign)
    if action == SAVE:
        return _saved(request, forms.sent(request.POST), campaign)
    return _shown(request, forms.typed(request.POST, action), campaign)


def _pressed(request: HttpRequest) -> str:
    """What was pressed; nothing where the count is asked for while somebody types, though the
    script sends the button along that they last stood on."""
    return "" if request.htmx else request.POST.get("do", "")


def _saved(request: HttpRequest, filled: forms.Filled, campaign: Campaign | None) -> HttpResponse:
    """Kept as a draft; or shown again with what is wrong at its place, and nothing lost."""
    if not filled.is_valid():
        filled.point_at_fault()
        return _shown(request, filled, campaign, status=400)
    given: dict[str, Any] = {"actor": request.user, "at": timezone.now(), **filled.values()}
    try:
        if campaign is None:
            ticket = filled.form.cleaned_data["ticket"]
            campaign = create_campaign_once(ticket=ticket, **given)
            messages.success(request, "Saved as a draft. A second person approves it.")
        else:
            version = filled.form.cleaned_data["version"]
            campaign = edit_campaign(campaign=campaign, version=version, **given)
            messages.success(request, f"Saved as version {campaign.version}.")
    except Refused as refusal:
        filled.refuse(refusal)
        return _shown(request, filled, campaign, status=refusal.status)
    return redirect("campaign", campaign.pk)


def _shown(
    request: HttpRequest, filled: forms.Filled, campaign: Campaign | None, status: int = 200
) -> HttpResponse:
    context = form_page(filled, campaign=campaign, user=request.user, at=timezone.now())
    return render(request, "campaigns/form.html", context, status=status)


@requires(Capability.PREPARE_CAMPAIGN)
@require_safe
def message_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A message as one customer would get it, masked where the role may not see names."""
    campaign = campaign_with_id(pk)
    named, customer = request.GET.get("variant", ""), request.GET.get("customer", "").strip()
    variant = variant_of(campaign, named)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    context: dict[str, Any] = {
        "campaign": campaign,
        "variant": variant,
        "variants": variants_of(campaign),
        "customer": customer,
        "masked": bool(customer) and not personal,
    }
    try:
        context["written"] = (
            preview_message(
                variant=variant,
                customer=customer_with_id(customer),
                actor=request.user,
                personal=personal,
            )
            if customer
            else written_for(variant, None)
        )
    except Refused as refusal:
        context["problem"] = refusal.message
    return render(request, "campaigns/message.html", context)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def test_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it to one's own address, marked as a test."""
    campaign = campaign_with_id(pk)
    asked = forms.TestMessageForm(request.POST)
    if not asked.is_valid():
        messages.error(request, "There is no such wording or customer. Nothing was sent.")
        return redirect("campaign", campaign.pk)
    customer = asked.cleaned_data["customer"]
    try:
        address = send_test(
            variant=variant_of(campaign, asked.cleaned_data["variant"]),
            actor=request.user,
            customer=customer_with_id(customer) if customer else None,
            personal=request.user.can(Capability.VIEW_PERSONAL_DATA),
        )
        messages.success(request, f"Sent to {address}, marked as a test.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("campaign", campaign.pk)
