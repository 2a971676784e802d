"""The demo's campaigns: one that ran to its end with made-up outcomes, one that runs, and a slot.

The shop sold nothing because of either. What the first is said to have brought comes from a seeded
generator, and the campaign is marked simulated wherever it is shown; no training looks at it. The
second is an ordinary campaign with an ordinary outbox; the slot shows its offer to whom it treats.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.capabilities import Role
from accounts.models import User
from campaigns.models import (
    SIMULATED_PURCHASE,
    Assignment,
    Campaign,
    CampaignState,
    Decision,
    Message,
    MessageState,
    Origin,
    Outcome,
    Result,
    Slot,
)
from campaigns.services.approval import approve_campaign
from campaigns.services.delivery import request_delivery
from campaigns.services.handover import hand_over_list
from campaigns.services.launch import launch_campaign
from campaigns.services.lifecycle import finish_due
from campaigns.services.planning import create_campaign
from campaigns.services.slots import create_slot
from cba_site.demo.logins import email_of
from cba_site.demo.waiting import Progress, wait
from pipelines.measuring import request_measuring

SEED = 20170102
# The finished campaign began so long before the last day of data, in the morning.
BEGAN = timedelta(days=34, hours=15)
# Of the treated so many answer, with one to three purchases of about thirty dollars more.
ANSWERING = 0.55
MOST_PURCHASES = 3
USUAL_VALUE, SPREAD = 3.4, 0.45

FINISHED: dict[str, Any] = {
    "name": "Thank you, regulars",
    "goal": "One more shop from those who come often",
    "definition": {"feature": "purchase_frequency", "op": ">=", "value": 12},
    "channel": "post",
    "control_share": 0.4,
    "horizon_days": 28,
    "offer_cost": Decimal("5.00"),
    "salt": "thank-you-regulars",
    "origin": Origin.SIMULATED,
    "variants": [
        {
            "name": "Letter",
            "subject": "Thank you for coming so often",
            "body": "With this letter the next shop costs you ten dollars less. It is good for four"
            " weeks, once, in every shop of ours.",
        }
    ],
}
RUNNING: dict[str, Any] = {
    "name": "We miss you",
    "goal": "Bring good customers back who have begun to stay away",
    "definition": {
        "feature": "rfm_group",
        "op": "in",
        "value": ["At risk", "Previously loyal", "Needs attention"],
    },
    "channel": "email",
    "control_share": 0.2,
    "horizon_days": 28,
    "offer_cost": Decimal("0.80"),
    "budget": Decimal("500"),
    "salt": "we-miss-you",
    "variants": [
        {
            "name": "Products",
            "subject": "{{ first_name|Hello }}, your usual things are waiting",
            "body": "Dear {{ first_name|customer }},\n\nwe have not seen you for a while. This is"
            " what we would put into your basket:\n\n{{ products:3|Fresh things every day }}\n\n"
            "See you soon at {{ shop|our shop }}.",
        },
        {
            "name": "Coupon",
            "subject": "{{ first_name|Hello }}, five dollars are waiting for you",
            "body": "Dear {{ first_name|customer }},\n\nshow this message at the till and take five"
            " dollars off your next shop.\n\nSee you soon at {{ shop|our shop }}.",
        },
    ],
}
SLOT: dict[str, Any] = {
    "name": "Home page",
    "place": "At the top of the shop's home page",
    "fallback": {"kind": "products", "products": {"goal": "both", "k": 4, "category": ""}},
}


def run_campaigns(*, as_of: datetime, progress: Progress) -> None:
    """Whatever of them is missing; ``as_of`` is the midnight after the last order."""
    _finished(as_of - BEGAN, progress)
    running = _running(progress)
    if not Slot.objects.filter(name=SLOT["name"]).exists():
        create_slot(actor=_by(Role.MARKETING), entries=_entries(running), **SLOT)


def _finished(began: datetime, progress: Progress) -> None:
    title = "A finished campaign"
    progress(title, 0.0)
    campaign = _approved(FINISHED, at=began)
    if campaign.state == CampaignState.APPROVED:
        _run_to_its_end(campaign, began)
    finish_due(timezone.now())
    if not Result.objects.filter(campaign=campaign, frozen=True).exists():
        wait(request_measuring(), title, progress)
    progress(title, 1.0)


@transaction.atomic
def _run_to_its_end(campaign: Campaign, began: datetime) -> None:
    """In one go: its horizon is over, so whoever looks at it freezes what they see."""
    campaign = launch_campaign(campaign=campaign, actor=_by(Role.MARKETING), at=began, wait=True)
    hand_over_list(campaign=campaign, actor=_by(Role.MARKETING), at=began)
    Outcome.objects.bulk_create(outcomes(campaign))


def _entries(running: Campaign) -> list[dict[str, Any]]:
    """The campaign's offer for whom it treats, new things for the best; the fallback for others."""
    return [
        {
            "name": "Five dollars",
            "kind": "offer",
            "offer": {
                "title": "Five dollars are waiting for you",
                "text": "Show this at the till on your next shop.",
                "code": "MISSYOU5",
            },
            "campaign": running.pk,
        },
        {
            "name": "Something new for the best",
            "definition": {"segment": "champions"},
            "kind": "products",
            "products": {"goal": "discover", "k": 4, "category": ""},
        },
    ]


def _running(progress: Progress) -> Campaign:
    title = "A running campaign"
    campaign = _approved(RUNNING, at=timezone.now())
    if campaign.state == CampaignState.APPROVED:
        campaign = launch_campaign(campaign=campaign, actor=_by(Role.MARKETING), wait=True)
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED)
    if campaign.state == CampaignState.RUNNING and waiting.exists():
        wait(request_delivery(campaign=campaign), title, progress)
    progress(title, 1.0)
    return campaign


def _approved(wanted: dict[str, Any], *, at: datetime) -> Campaign:
    """The campaign of this name, made and approved by two people where that was not done yet."""
    campaign = Campaign.objects.filter(name=wanted["name"]).first()
    if campaign is None:
        campaign = create_campaign(actor=_by(Role.MARKETING), at=at, **wanted)
    if campaign.state == CampaignState.DRAFT:
        campaign = approve_campaign(campaign=campaign, actor=_by(Role.SALES), at=at)
    return campaign


def _by(role: Role) -> User:
    return User.objects.get(email=email_of(role))


def outcomes(campaign: Campaign) -> list[Outcome]:
    """What the treated are said to have done because of it; the same for the same seed."""
    treated = Assignment.objects.filter(campaign=campaign, decision=Decision.TREATED)
    pk_of = dict(treated.values_list("customer__customer_id", "customer_id"))
    dice = random.Random(SEED)  # noqa: S311  (a repeatable demo, not a secret)
    return [row for one in sorted(pk_of) for row in _answer(campaign, pk_of[one], dice)]


def _answer(campaign: Campaign, customer_pk: int, dice: random.Random) -> Iterator[Outcome]:
    """A redeemed coupon with the first purchase, and a purchase or a few."""
    if dice.random() >= ANSWERING:
        return
    assert campaign.launched_at is not None
    minutes = dice.sample(range(campaign.horizon_days * 24 * 60), dice.randint(1, MOST_PURCHASES))
    for place, minute in enumerate(sorted(minutes)):
        at = campaign.launched_at + timedelta(minutes=minute)
        common = {"campaign": campaign, "customer_id": customer_pk, "at": at}
        if place == 0:
            yield Outcome(kind="redeemed", **common)
        value = round(100 * dice.lognormvariate(USUAL_VALUE, SPREAD))
        yield Outcome(kind=SIMULATED_PURCHASE, value_minor=value, **common)
