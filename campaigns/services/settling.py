"""What the mail server's answer makes of a message, and what becomes of one without an answer."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from campaigns.models import Campaign, CampaignState, Message, MessageState
from campaigns.sending import Answer, Fate
from core.errors import Conflict, Refused
from core.services import record_audit
from customers.models import Channel, ContactLedger
from runs.workers import is_dead, this_worker

MOST_ATTEMPTS = 6
# No hand-over lasts longer: beyond it also a worker of another machine counts as gone.
LONGEST = timedelta(minutes=15)
DIED = "The worker died after it began to hand it over; the server may have it."
CHOICES = {"again": MessageState.QUEUED, "delivered": MessageState.SENT}


class BadChoice(Refused):
    code = "bad_choice"


@transaction.atomic
def settle(*, message: Message, answer: Answer) -> None:
    """Write the answer down. A message that was erased, or decided by a person, stays as it is."""
    now = timezone.now()
    held = Message.objects.filter(
        pk=message.pk, handed_at=message.handed_at, worker=message.worker,
        state__in=[MessageState.HANDING, MessageState.UNKNOWN],
    )  # fmt: skip
    if not held.update(reason=answer.reason, **_outcome(message, answer, now)):
        return
    if answer.fate in (Fate.AGAIN, Fate.FAILED):
        _written_to(message.campaign.slug).filter(
            customer_id=message.customer_id, at=message.handed_at
        ).delete()


def _outcome(message: Message, answer: Answer, now: datetime) -> dict[str, object]:
    if answer.fate == Fate.AGAIN and message.attempts < MOST_ATTEMPTS:
        wait = settings.EMAIL_RETRY_SECONDS * 2 ** (message.attempts - 1)
        return {"state": MessageState.QUEUED, "not_before": now + timedelta(seconds=wait)}
    fate = Fate.FAILED if answer.fate == Fate.AGAIN else answer.fate
    return {"state": MessageState(fate), "finished_at": now}


def give_up_dead(*, campaign: Campaign | None = None, mine: bool = False) -> int:
    """Messages in the hands of dead workers are unknown from now on: listed, never sent again.

    ``mine``: this process begins a delivery of the campaign, so it holds none from before.
    """
    held = Message.objects.filter(state=MessageState.HANDING)
    if campaign is not None:
        held = held.filter(campaign=campaign)
    late = timezone.now() - LONGEST
    gone = [
        message.pk
        for message in held
        if (mine and message.worker == this_worker())
        or is_dead(message.worker)
        or (message.handed_at is not None and message.handed_at < late)
    ]
    return held.filter(pk__in=gone).update(
        state=MessageState.UNKNOWN, reason=DIED, finished_at=timezone.now()
    )


@transaction.atomic
def resolve_unknown(*, campaign: Campaign, choice: str, actor: User) -> int:
    """A person has looked: all unknown ones were delivered, or all are sent again."""
    if choice not in CHOICES:
        raise BadChoice(
            f"{choice!r} is no answer. Say again or delivered.", fields={"choice": choice}
        )
    if choice == "again" and campaign.state != CampaignState.RUNNING:
        raise Conflict("The campaign does not run any more: nothing is sent again.")
    unknown = Message.objects.filter(campaign=campaign, state=MessageState.UNKNOWN)
    if choice == "again":
        theirs = unknown.filter(customer=OuterRef("customer"), handed_at=OuterRef("at"))
        _written_to(campaign.slug).filter(Exists(theirs)).delete()
        values = {"worker": "", "handed_at": None, "not_before": None, "finished_at": None}
        changed = unknown.update(state=MessageState.QUEUED, reason="", attempts=0, **values)
    else:
        changed = unknown.update(state=MessageState.SENT, reason="said by a person")
    record_audit(
        actor=actor, verb="resolve_unknown", subject=campaign.slug,
        detail={"choice": choice, "messages": changed},
    )  # fmt: skip
    return changed


def _written_to(slug: str):
    return ContactLedger.objects.filter(channel=Channel.EMAIL, campaign=slug)
