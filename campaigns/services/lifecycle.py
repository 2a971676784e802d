"""After the launch: pause, resume, stop, and the end of the horizon.

Delivery reads these marks in each transaction that sends, so they hold within seconds.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from campaigns.models import Campaign, CampaignState
from campaigns.services.planning import locked
from core.errors import Conflict
from core.services import record_audit


@transaction.atomic
def pause_campaign(*, campaign: Campaign, actor: User | None, at: datetime) -> Campaign:
    """Nothing more is handed over until it is resumed; its horizon goes on."""
    campaign = _running(campaign, "paused")
    if campaign.paused_at is not None:
        raise Conflict("The campaign is paused already.")
    campaign.paused_at = at
    return _saved(campaign, actor, "pause_campaign")


@transaction.atomic
def resume_campaign(*, campaign: Campaign, actor: User | None) -> Campaign:
    campaign = _running(campaign, "resumed")
    if campaign.paused_at is None:
        raise Conflict("The campaign is not paused.")
    campaign.paused_at = None
    return _saved(campaign, actor, "resume_campaign")


@transaction.atomic
def stop_campaign(*, campaign: Campaign, actor: User | None, at: datetime) -> Campaign:
    """For good: what is not handed over yet never is. What was is measured until its horizon."""
    campaign = _running(campaign, "stopped")
    campaign.state, campaign.stopped_at = CampaignState.STOPPED, at
    return _saved(campaign, actor, "stop_campaign")


def finish_due(now: datetime) -> int:
    """Finish the campaigns whose horizon is over; how many."""
    over = Campaign.objects.filter(state=CampaignState.RUNNING, ends_at__lte=now)
    return sum(_finish(pk, now) for pk in over.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _finish(pk: int, now: datetime) -> bool:
    still = Campaign.objects.select_for_update().filter(pk=pk, state=CampaignState.RUNNING)
    campaign = still.first()
    if campaign is None:
        return False
    campaign.state, campaign.finished_at = CampaignState.FINISHED, now
    _saved(campaign, None, "finish_campaign")
    return True


def _running(campaign: Campaign, done: str) -> Campaign:
    campaign = locked(campaign)
    if campaign.state != CampaignState.RUNNING:
        raise Conflict(f"Only a running campaign can be {done}, and this one is {campaign.state}.")
    return campaign


def _saved(campaign: Campaign, actor: User | None, verb: str) -> Campaign:
    campaign.save()
    record_audit(actor=actor, verb=verb, subject=campaign.slug)
    return campaign
