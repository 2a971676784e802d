from datetime import datetime

from django.db import transaction

from accounts.models import User
from campaigns.audience import refuse_nobody, refuse_over_budget
from campaigns.models import Campaign, CampaignState
from campaigns.selectors import preview_of
from campaigns.services.planning import locked
from core.errors import Conflict, NotAllowed
from core.services import record_audit


@transaction.atomic
def approve_campaign(
    *, campaign: Campaign, actor: User, at: datetime, version: int | None = None
) -> Campaign:
    """A second person agrees to what they have seen; from now on the horizon is locked.

    ``version`` is the one that they looked at: refused where somebody has edited it since. What
    the audience's size can show is kept with the approval.
    """
    campaign = locked(campaign)
    if campaign.state != CampaignState.DRAFT:
        raise Conflict(f"Only a draft can be approved, and this campaign is {campaign.state}.")
    if actor.pk in (campaign.created_by_id, campaign.edited_by_id):
        raise NotAllowed(
            "You made or last edited this campaign. Ask somebody else who may approve."
        )
    if version is not None and version != campaign.version:
        raise Conflict(
            "The campaign was edited since you looked at it. Look at it again, then approve.",
            fields={"version": str(campaign.version)},
        )
    preview = preview_of(campaign, at=at)
    refuse_nobody(preview.counts)
    refuse_over_budget(
        preview.counts, offer_cost=campaign.offer_cost_minor, budget=campaign.budget_minor
    )
    campaign.counts, campaign.detectable = preview.counts, preview.detectable
    campaign.approved_by, campaign.approved_at = actor, at
    campaign.state = CampaignState.APPROVED
    campaign.save()
    detail = {"version": campaign.version, "horizon_days": campaign.horizon_days}
    record_audit(actor=actor, verb="approve_campaign", subject=campaign.slug, detail=detail)
    return campaign
