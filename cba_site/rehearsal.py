"""A campaign rehearsed: the whole way to its verdict in a minute, on outcomes that are made up.

Nobody waits four weeks to learn what a verdict looks like. The double of an approved campaign is
launched as if its horizon had just ended; what came of it is drawn by a seed, and it is marked as
simulated wherever it is shown. It goes by post, a channel on which nothing leaves by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from campaigns.models import Campaign, Origin, Outcome, Result, Variant
from campaigns.services.approval import approve_campaign
from campaigns.services.launch import launch_campaign
from campaigns.services.lifecycle import finish_due
from campaigns.services.planning import create_campaign
from campaigns.services.results import update_result
from cba_site.demo.campaigns import outcomes
from core.errors import Conflict
from core.money import from_minor
from core.selectors import organisation
from customers.models import Channel
from transactions.selectors import last_order_at

# Days between the end of the horizon and the last order: by then every result is frozen.
SETTLED = timedelta(days=4)


@dataclass(frozen=True)
class Rehearsal:
    campaign: Campaign
    result: Result


@transaction.atomic
def rehearse(*, campaign: Campaign, now: datetime) -> Rehearsal:
    """Refused before a second person has agreed: what is rehearsed is what they have seen."""
    if campaign.approved_by is None or campaign.created_by is None:
        raise Conflict("The campaign has to be approved by a second person first.")
    end = last_order_at() or now
    began = end - SETTLED - timedelta(days=campaign.horizon_days)
    double = _double(campaign, maker=campaign.created_by, approver=campaign.approved_by, at=began)
    double = launch_campaign(campaign=double, actor=None, at=began, wait=True)
    Outcome.objects.bulk_create(outcomes(double))
    finish_due(now)
    double.refresh_from_db()
    result = update_result(campaign_pk=double.pk, now=now)
    assert result is not None
    return Rehearsal(double, result)


def _double(campaign: Campaign, *, maker: User, approver: User, at: datetime) -> Campaign:
    wordings = Variant.objects.filter(campaign=campaign).values("name", "subject", "body")
    double = create_campaign(
        name=f"{campaign.name} (rehearsal)",
        goal=campaign.goal,
        definition=campaign.definition,
        channel=Channel.POST,
        control_share=campaign.control_share,
        horizon_days=campaign.horizon_days,
        offer_cost=from_minor(campaign.offer_cost_minor, organisation().currency),
        excludes_others=False,
        variants=list(wordings),
        origin=Origin.SIMULATED,
        # Of its own and always the same: rehearsed again, nobody changes sides.
        salt=f"{campaign.salt[:20]} rehearsal",
        actor=maker,
        at=at,
    )
    return approve_campaign(campaign=double, actor=approver, at=at)
