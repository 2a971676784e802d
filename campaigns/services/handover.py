"""Telephone, text message and post: a list is handed over, once for each customer."""

from datetime import datetime

import polars as pl
from django.db import transaction

from accounts.models import User
from campaigns.audience import first_reason
from campaigns.models import (
    Assignment,
    Campaign,
    CampaignState,
    Decision,
    Message,
    MessageState,
    Reason,
)
from campaigns.services.planning import locked
from core.errors import Conflict
from core.services import record_audit
from customers.frames import reach_frame
from customers.models import Channel, ContactLedger


@transaction.atomic
def hand_over_list(*, campaign: Campaign, actor: User | None, at: datetime) -> int:
    """Put everybody treated on the list who may still be contacted now; how many are new on it.

    Handed over again, the list is the same: each customer counts once in the contact ledger.
    """
    campaign = locked(campaign)
    if campaign.channel == Channel.EMAIL:
        raise Conflict("E-mail is sent from here; there is no list to hand over.")
    if campaign.state != CampaignState.RUNNING or campaign.paused_at is not None:
        now = "paused" if campaign.state == CampaignState.RUNNING else campaign.state
        raise Conflict(f"A list is handed over while its campaign runs, and this one is {now}.")
    rows = [_message(campaign, *row, at=at) for row in _new(campaign, at).iter_rows()]
    Message.objects.bulk_create(rows, batch_size=5_000)
    listed = [row.customer_id for row in rows if row.state == MessageState.SENT]
    ContactLedger.objects.bulk_create(
        (
            ContactLedger(customer_id=pk, channel=campaign.channel, campaign=campaign.slug, at=at)
            for pk in listed
        ),
        batch_size=5_000,
    )
    detail = {"new": len(listed), "skipped": len(rows) - len(listed)}
    record_audit(actor=actor, verb="hand_over_list", subject=campaign.slug, detail=detail)
    return len(listed)


def _new(campaign: Campaign, at: datetime) -> pl.DataFrame:
    """customer_pk, variant and, where one may not contact them any more, why; of the unlisted."""
    known = Message.objects.filter(campaign=campaign).values("customer_id")
    treated = Assignment.objects.filter(campaign=campaign, decision=Decision.TREATED)
    waiting = treated.exclude(customer_id__in=known).values_list("customer_id", "variant_id")
    frame = pl.DataFrame(
        list(waiting), schema={"customer_pk": pl.Int64, "variant": pl.Int64}, orient="row"
    )
    reach = reach_frame(frame["customer_pk"], channel=campaign.channel, at=at, lock=True)
    joined = frame.join(reach, on="customer_pk").sort("customer_pk")
    return joined.select("customer_pk", "variant", first_reason().alias("reason"))


def _message(
    campaign: Campaign, customer_pk: int, variant_pk: int, reason: str, *, at: datetime
) -> Message:
    return Message(
        campaign=campaign,
        customer_id=customer_pk,
        variant_id=variant_pk,
        state=MessageState.SKIPPED if reason else MessageState.SENT,
        reason=Reason(reason).label if reason else "",
        handed_at=None if reason else at,
        finished_at=at,
    )
