"""Delivery: each message is handed over once, or listed with the reason why it was not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from campaigns.audience import first_reason
from campaigns.composing import address_problem, email_for
from campaigns.messages import due, is_sending
from campaigns.models import Campaign, CampaignState, Message, MessageState, Reason
from campaigns.sending import Answer, Postman
from campaigns.services.settling import give_up_dead, resolve_unknown, settle
from core.errors import Refused
from customers.frames import reach_frame
from customers.models import Channel, ContactLedger, Customer
from runs.models import MOVING, Run, RunState
from runs.services import enqueue, request
from runs.work import Step, Work
from runs.workers import this_worker

RUN = "deliver"
TASK = "campaigns.tasks.deliver"
OVER = (CampaignState.STOPPED, CampaignState.FINISHED)
# Progress is written down once in so many messages.
TOLD_EVERY = 25

Hold = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """A message that this worker has decided about; ``mail`` is to be spoken to the server."""

    message: Message
    mail: EmailMessage | None


def request_delivery(
    *, campaign: Campaign, actor: User | None = None, not_before: datetime | None = None,
    send: bool = True,
) -> Run:  # fmt: skip
    """Ask for the campaign's waiting messages to be sent; joins a delivery that waits."""
    if not_before is not None and not_before <= timezone.now():
        not_before = None
    waiting = _deliveries(campaign).filter(state=RunState.QUEUED).first()
    if waiting is None:
        return request(
            name=RUN, task=TASK, arguments={"campaign": campaign.pk}, lane=lane(campaign),
            actor=actor, not_before=not_before, send=send,
        )  # fmt: skip
    if not_before is None and waiting.not_before is not None:
        Run.objects.filter(pk=waiting.pk, state=RunState.QUEUED).update(not_before=None)
        if send:
            transaction.on_commit(lambda: enqueue(run=waiting))
    return waiting


def lane(campaign: Campaign) -> str:
    """One delivery of a campaign at a time; two of them would be safe, and no faster."""
    return f"deliver-{campaign.pk}"


def deliver(work: Work) -> dict[str, Any]:
    """The job of a delivery: message by message, until none is due or somebody stops it."""
    campaign = Campaign.objects.get(pk=work.run.arguments["campaign"])
    told: Counter[str] = Counter(unknown=give_up_dead(campaign=campaign, mine=True))
    away = ""
    with work.step(RUN) as step, Postman() as postman:
        of, after = due(campaign).count(), 0
        while not away:
            work.check()
            hold = _holding(step, told.total(), of)
            taken = take_next(campaign_pk=campaign.pk, after=after, hold=hold)
            if taken is None:
                break
            after = taken.message.pk
            answer = _hand_over(taken, postman, hold)
            told[taken.message.state if answer is None else answer.fate] += 1
            away = answer.reason if answer and answer.away else ""
            if told.total() % TOLD_EVERY == 0:
                step.wrote(min(told.total(), of), of=of)
    _afterwards(campaign, away=bool(away))
    return {**told, "campaign": campaign.slug, "server": away}


def _hand_over(taken: Taken, postman: Postman, hold: Hold) -> Answer | None:
    if taken.mail is None:
        return None
    hold("handing")
    answer = postman.hand_over(taken.mail)
    hold("answered")
    settle(message=taken.message, answer=answer)
    hold("settled")
    return answer


@transaction.atomic
def take_next(*, campaign_pk: int, after: int, hold: Hold) -> Taken | None:
    """Decide about the next message with all that holds now; commit it before anything is said.

    The customer's row is locked too, so that two campaigns cannot both see room under the cap.
    """
    campaign = Campaign.objects.get(pk=campaign_pk)
    if not is_sending(campaign):
        return None
    waiting = due(campaign).filter(pk__gt=after).select_for_update(skip_locked=True)
    message = waiting.first()
    if message is None:
        return None
    message.campaign = campaign
    customer = Customer.objects.select_for_update(no_key=True).get(pk=message.customer_id)
    now = timezone.now()
    reason = why_not(customer, now)
    if reason:
        return _aside(message, MessageState.SKIPPED, reason, now)
    try:
        mail = email_for(message, _variant(message), customer)
    except Refused as refusal:
        return _aside(message, MessageState.FAILED, refusal.message, now)
    message.state, message.reason = MessageState.HANDING, ""
    message.worker, message.handed_at = this_worker(), now
    message.attempts += 1
    message.save(update_fields=["state", "reason", "worker", "handed_at", "attempts"])
    ContactLedger.objects.create(
        customer=customer, channel=Channel.EMAIL, campaign=campaign.slug, at=now
    )
    hold("taken")
    return Taken(message, mail)


def why_not(customer: Customer, at: datetime) -> str:
    """Why a customer may not be written to at this moment, in words; empty where they may."""
    found = reach_frame(pl.Series([customer.pk]), channel=Channel.EMAIL, at=at)
    reason = found.select(first_reason()).item()
    return str(Reason(reason).label) if reason else address_problem(customer.email)


@transaction.atomic
def skip_waiting(*, campaign: Campaign) -> int:
    """What a campaign that is over has not sent, it will not send; how many messages."""
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED)
    reason = f"the campaign was {campaign.state} before its turn came"
    return waiting.update(state=MessageState.SKIPPED, reason=reason, finished_at=timezone.now())


@transaction.atomic
def resolve_and_deliver(*, campaign: Campaign, choice: str, actor: User) -> int:
    """What a person said of the unknown messages; those to be sent again leave at once."""
    changed = resolve_unknown(campaign=campaign, choice=choice, actor=actor)
    if is_sending(campaign) and due(campaign).exists():
        request_delivery(campaign=campaign, actor=actor)
    return changed


def sweep() -> int:
    """What no run looks after: messages in dead hands, tries that are due, campaigns that ended."""
    found = give_up_dead()
    waiting = Message.objects.filter(state=MessageState.QUEUED).values("campaign_id").distinct()
    for campaign in Campaign.objects.filter(pk__in=waiting, channel=Channel.EMAIL).order_by("pk"):
        if campaign.state in OVER:
            found += skip_waiting(campaign=campaign)
        elif is_sending(campaign) and not _looked_after(campaign) and due(campaign).exists():
            request_delivery(campaign=campaign)
            found += 1
    return found


def _looked_after(campaign: Campaign) -> bool:
    return _deliveries(campaign).filter(state__in=MOVING).exists()


def _deliveries(campaign: Campaign) -> Any:
    return Run.objects.filter(name=RUN, lane=lane(campaign))


def _afterwards(campaign: Campaign, *, away: bool) -> None:
    """Messages that wait for another try get a delivery of their own, when the time has come."""
    campaign.refresh_from_db()
    if campaign.state in OVER:
        skip_waiting(campaign=campaign)
    queued = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED)
    if not is_sending(campaign) or not queued.exists():
        return
    soonest = queued.order_by(F("not_before").asc(nulls_first=True)).first()
    at = soonest.not_before if soonest else None
    if away:
        at = timezone.now() + timedelta(seconds=settings.EMAIL_RETRY_SECONDS)
    request_delivery(campaign=campaign, not_before=at)


def _aside(message: Message, state: MessageState, reason: str, now: datetime) -> Taken:
    message.state, message.reason, message.finished_at = state, reason, now
    message.save(update_fields=["state", "reason", "finished_at"])
    return Taken(message, None)


def _variant(message: Message) -> Any:
    if message.variant is None:
        raise Refused("The message has no variant: there is nothing to say.")
    return message.variant


def _holding(step: Step, rows: int, of: int) -> Hold:
    return lambda name: step.point(name, rows=rows, of=of)
