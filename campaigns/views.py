"""Campaigns: the list, one of them, and what is done to it by one press."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from campaigns.campaign_list import (
    COLUMNS,
    LOOKS,
    PARTS,
    campaign_rows,
    list_words,
    past_finding,
    tabs,
)
from campaigns.campaign_messages import delivery
from campaigns.campaign_page import campaign_page
from campaigns.campaign_standing import LAUNCHING, standing, who_may_approve
from campaigns.exports import list_csv, receipt_csv
from campaigns.models import Campaign, CampaignState
from campaigns.selectors import (
    campaign_tallies,
    campaign_with_id,
    listed_campaigns,
    newest_results,
)
from campaigns.services.approval import approve_campaign
from campaigns.services.delivery import resolve_and_deliver
from campaigns.services.handover import hand_over_list
from campaigns.services.launch import launch_campaign
from campaigns.services.lifecycle import pause_campaign, resume_campaign, stop_campaign
from campaigns.services.planning import delete_campaign
from core.downloads import csv_download
from core.errors import NotAllowed, Refused
from core.formats import whole
from core.paging import pager
from core.services import record_audit
from core.sorting import sorted_headers

PAGE_ROWS = 40


@requires(Capability.VIEW_RESULTS)
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Narrowed, sorted and paged by the address; history stands at the end."""
    asked, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    part = asked if asked in PARTS else "all"
    page = Paginator(listed_campaigns(part, sort), PAGE_ROWS).get_page(request.GET.get("page"))
    tallies = campaign_tallies()
    context = {
        **campaign_rows(page.object_list, newest_results(page.object_list)),
        **list_words(tallies),
        **pager(request, page),
        "any": tallies["all"],
        "part": part,
        "past_finding": past_finding(tallies["history"]),
        "tabs": tabs(tallies, part),
        "columns": sorted_headers(request, sort, COLUMNS, LOOKS),
        "can_prepare": request.user.can(Capability.PREPARE_CAMPAIGN),
    }
    return render(request, "campaigns/list.html", context)


@requires(Capability.VIEW_RESULTS)
@require_safe
def campaign_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One campaign; while it is launched the page asks for itself each second."""
    campaign = campaign_with_id(pk)
    context = {
        "page": campaign_page(campaign, user=request.user, at=timezone.now()),
        "delivery": delivery(campaign, sees_customers=request.user.can(Capability.VIEW_CUSTOMERS)),
    }
    return render(request, "campaigns/campaign.html", context)


@require_POST
@requires(Capability.APPROVE_CAMPAIGN)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The version that was looked at is the one that is approved."""
    campaign, version = campaign_with_id(pk), request.POST.get("version", "")
    if campaign.state == CampaignState.APPROVED and campaign.approved_by_id == request.user.pk:
        return redirect("campaign", pk)

    def done() -> str:
        approve_campaign(
            campaign=campaign,
            actor=request.user,
            at=timezone.now(),
            version=int(version) if version.isdecimal() else 0,
        )
        return f"Approved. Whoever prepares campaigns can launch {campaign.name} now."

    try:
        return _told(request, campaign, done)
    except NotAllowed as refusal:
        messages.error(request, f"{refusal.message} Who may: {who_may_approve(campaign)}.")
        return redirect("campaign", pk)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pressed twice it is one launch, and the second press says so."""
    campaign = campaign_with_id(pk)
    if standing(campaign) in (LAUNCHING, CampaignState.RUNNING):
        messages.info(request, "The campaign was launched already. Nobody is written to twice.")
        return redirect("campaign", pk)

    def done() -> str:
        launched = launch_campaign(campaign=campaign, actor=request.user)
        if launched.state == CampaignState.APPROVED:
            return ""
        return f"Launched: {whole(launched.counts['treated'])} are treated, the audience is frozen."

    return _told(request, campaign, done)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = campaign_with_id(pk)

    def done() -> str:
        pause_campaign(campaign=campaign, actor=request.user, at=timezone.now())
        return "Paused. Nothing more is handed over until it is resumed."

    return _told(request, campaign, done)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = campaign_with_id(pk)

    def done() -> str:
        resume_campaign(campaign=campaign, actor=request.user)
        return "Resumed. What waits is handed over within seconds."

    return _told(request, campaign, done)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """For good, so its name is typed first."""
    campaign = campaign_with_id(pk)
    if request.POST.get("sure", "").strip() != campaign.name:
        messages.error(request, f"To stop it, type its name: {campaign.name}. It goes on.")
        return redirect("campaign", pk)

    def done() -> str:
        stop_campaign(campaign=campaign, actor=request.user, at=timezone.now())
        return "Stopped for good. What was handed over is measured until its horizon."

    return _told(request, campaign, done)


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = campaign_with_id(pk)
    try:
        delete_campaign(campaign=campaign, actor=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("campaign", pk)
    messages.success(request, f"The draft {campaign.name} is deleted.")
    return redirect("campaigns")


@require_POST
@requires(Capability.PREPARE_CAMPAIGN)
def settle_unknown(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has looked whether the mail server has them: delivered, or sent again."""
    campaign, choice = campaign_with_id(pk), request.POST.get("choice", "")

    def done() -> str:
        changed = resolve_and_deliver(campaign=campaign, choice=choice, actor=request.user)
        return (
            f"{whole(changed)} {'are sent again' if choice == 'again' else 'count as delivered'}."
        )

    return _told(request, campaign, done)


@require_safe
@requires(Capability.EXPORT_LISTS)
def receipt_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Everybody whom the rule fitted at the launch, with the decision and its reason, as CSV."""
    campaign = campaign_with_id(pk)
    personal = _noted(request, "export_audience", campaign)
    return csv_download(receipt_csv(campaign, personal=personal), f"{campaign.slug}-audience")


@require_POST
@requires(Capability.EXPORT_LISTS)
def hand_over(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The list of a telephone, text or post campaign; whoever takes it has been given it."""
    campaign = campaign_with_id(pk)
    try:
        hand_over_list(campaign=campaign, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("campaign", pk)
    personal = _noted(request, "export_campaign_list", campaign)
    return csv_download(list_csv(campaign, personal=personal), f"{campaign.slug}-list")


def _told(request: HttpRequest, campaign: Campaign, verb: Callable[[], str]) -> HttpResponse:
    """Do it, and say on the campaign's page what became of it."""
    try:
        if words := verb():
            messages.success(request, words)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("campaign", campaign.pk)


def _noted(request: HttpRequest, verb: str, campaign: Campaign) -> bool:
    """A list that leaves the house is written down; whether it holds names."""
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    record_audit(
        actor=request.user, verb=verb, subject=campaign.slug, detail={"personal": personal}
    )
    return personal
