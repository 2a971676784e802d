"""What became of a campaign's messages, for pages, the API and whoever looks for one."""

from collections.abc import Collection

from django.db.models import Count, QuerySet
from django.utils import timezone

from campaigns.models import Campaign, CampaignState, Message, MessageState, Variant
from core.errors import NotFound
from customers.models import Channel

WAITING = "waiting for the next try"


def message_counts(campaign: Campaign) -> dict[str, int]:
    """How many messages are in each state; every state is named."""
    found = Message.objects.filter(campaign=campaign).values_list("state").annotate(Count("pk"))
    return dict.fromkeys(MessageState.values, 0) | dict(found)


def reason_counts(campaign: Campaign, state: MessageState) -> list[tuple[str, int]]:
    """Why messages are in a state, the commonest reason first."""
    mine = Message.objects.filter(campaign=campaign, state=state).order_by()
    found = mine.values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return list(found)


def messages_in(campaign: Campaign, states: Collection[str]) -> QuerySet[Message]:
    mine = Message.objects.filter(campaign=campaign, state__in=states)
    return mine.select_related("customer", "variant").order_by("id")


def handed_over() -> QuerySet[Message]:
    """What was written to the outbox, the newest first."""
    sent = Message.objects.filter(state=MessageState.SENT, campaign__channel=Channel.EMAIL)
    return sent.select_related("campaign", "customer", "variant").order_by("-finished_at", "-id")


def message_numbered(pk: int) -> Message:
    found = handed_over().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no message {pk} in the outbox.")
    return found


def variant_of(campaign: Campaign, name: str = "") -> Variant:
    """A wording by its name, or the first one."""
    found = Variant.objects.filter(campaign=campaign)
    chosen = found.filter(name=name).first() if name else found.first()
    if chosen is None:
        words = f"no variant {name!r}" if name else "no message yet. Write one first"
        raise NotFound(f"The campaign “{campaign}” has {words}.")
    return chosen


def is_sending(campaign: Campaign) -> bool:
    """E-mail leaves only while a campaign runs and nobody has paused it."""
    running = campaign.state == CampaignState.RUNNING and campaign.paused_at is None
    return running and campaign.channel == Channel.EMAIL


def due(campaign: Campaign) -> QuerySet[Message]:
    """Queued messages whose next try has come, in their order."""
    queued = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED)
    now = timezone.now()
    return (queued.filter(not_before=None) | queued.filter(not_before__lte=now)).order_by("id")
