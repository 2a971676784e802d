"""What a slot answers to one customer: the first entry that fits, and why the ones before did not.

A campaign's entry is given to its treated customers while it runs, and to nobody else: its control
group and the global holdout get the next entry that fits, as if the campaign's were not there.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from campaigns.audience import in_holdout
from campaigns.giving import Given, given_to
from campaigns.models import Assignment, Campaign, CampaignState, Decision, Reason
from campaigns.slot_models import Slot, SlotEntry
from core.errors import NotFound, Refused
from customers.aliases import known_as
from segmentation.fitting import Fitting

NOT_KNOWN = "It asks something about the customer, and nothing is known of this visitor."
DOES_NOT_FIT = "The rule does not fit."
NOTHING_TO_GIVE = "There is nothing to give: no product is recommended for it now."
HELD_OUT = "The customer is in the global holdout, which gets nothing of any campaign."


@dataclass(frozen=True)
class Passed:
    """An entry that did not win, and why, for people who may see it; a page is never told."""

    entry: SlotEntry
    why: str


@dataclass(frozen=True)
class Answer:
    """``entry`` is None where the fallback is given; ``known``: there is such a customer."""

    slot: Slot
    customer_id: str
    known: bool
    entry: SlotEntry | None
    given: Given
    reason: str
    passed: list[Passed] = field(default_factory=list)


def slots() -> QuerySet[Slot]:
    return Slot.objects.all()


def slot_with_slug(slug: str) -> Slot:
    found = Slot.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no slot {slug[:60]!r}.")
    return found


def entries_of(slot: Slot) -> list[SlotEntry]:
    """In their order, each with its campaign."""
    mine = SlotEntry.objects.filter(slot=slot).select_related("campaign")
    return list(mine.order_by("position"))


def personalise(*, slot: Slot, customer_id: str, at: datetime, explained: bool = False) -> Answer:
    """Whoever is not known gets the first entry that asks nothing of a customer.

    ``explained``: an entry whose rule does not fit says which conditions fail; a page that waits
    for its answer need not know.
    """
    visitor = Visitor(customer_id, entries_of(slot), at, explained=explained)
    passed = []
    for entry in visitor.entries:
        why_not = visitor.against(entry)
        if not why_not:
            given = given_to(entry.kind, entry.gives, visitor.pk)
            if not given.is_nothing:
                reason = visitor.reason(entry)
                return Answer(slot, customer_id, visitor.known, entry, given, reason, passed)
            why_not = NOTHING_TO_GIVE
        passed.append(Passed(entry, why_not))
    given = given_to(slot.fallback_kind, slot.fallback_gives, visitor.pk)
    return Answer(slot, customer_id, visitor.known, None, given, visitor.reason(None), passed)


class Visitor:
    """Somebody for whom a slot is asked, with what its campaigns decided for them."""

    def __init__(
        self, customer_id: str, entries: list[SlotEntry], at: datetime, *, explained: bool
    ) -> None:
        self.entries, self._at, self._explained = entries, at, explained
        row = known_as(customer_id) if customer_id else None
        self.pk = row.pk if row else None
        self._customer_id = row.customer_id if row else ""
        self._fitting = Fitting(self.pk)

    @property
    def known(self) -> bool:
        return self.pk is not None

    def against(self, entry: SlotEntry) -> str:
        """Why the entry is not theirs; empty where it is."""
        outside = self._outside(entry.campaign) if entry.campaign else ""
        if outside or not entry.definition:
            return outside
        if not self.known:
            return NOT_KNOWN
        try:
            if self._fitting.fits(entry.definition):
                return ""
            return f"Not true of them: {self._missing(entry)}." if self._explained else DOES_NOT_FIT
        except Refused as refusal:
            return f"The rule cannot be answered. {refusal.message}"

    def reason(self, entry: SlotEntry | None) -> str:
        """Why they get what they get. It never speaks of an entry that they do not get."""
        if entry is None:
            return "For whoever fits no entry."
        whom = f"For customers {self._fitting.words(entry.definition)}" if entry.definition else ""
        if entry.campaign:
            return f"{whom or 'For customers'} whom the campaign {entry.campaign} treats."
        return f"{whom or 'For everybody'}."

    def _outside(self, campaign: Campaign) -> str:
        """Why a campaign's entry is not theirs, by the record of this moment."""
        resting = not_running(campaign, self._at)
        if resting:
            return resting
        if not self.known:
            return f"An unknown visitor is not in {campaign}."
        if in_holdout([self._customer_id])[0]:
            return HELD_OUT
        decision, reason = self._decided.get(campaign.pk, ("", ""))
        if decision == Decision.CONTROL:
            return f"The customer is in the control group of {campaign}."
        if decision == Decision.EXCLUDED:
            return f"The launch of {campaign} left the customer out: {Reason(reason).label}."
        return "" if decision else f"The customer was not in the audience of {campaign}."

    @cached_property
    def _decided(self) -> dict[int, tuple[str, str]]:
        asked = [entry.campaign_id for entry in self.entries if entry.campaign_id]
        rows = Assignment.objects.filter(campaign_id__in=asked, customer_id=self.pk)
        return {pk: (decision, reason) for pk, decision, reason in
                rows.values_list("campaign_id", "decision", "reason")}  # fmt: skip

    def _missing(self, entry: SlotEntry) -> str:
        told = [
            f"{what} {asked}".strip().removeprefix("are ") + (f" (here: {has})" if has else "")
            for what, asked, has in self._fitting.missing(entry.definition)
        ]
        return "; ".join(told)


def not_running(campaign: Campaign, at: datetime) -> str:
    """Why nobody gets a campaign's entries now; empty while it runs."""
    if campaign.state in (CampaignState.DRAFT, CampaignState.APPROVED):
        return f"{campaign} is not launched yet."
    if campaign.state == CampaignState.STOPPED:
        return f"{campaign} was stopped."
    if campaign.state == CampaignState.FINISHED or (campaign.ends_at and campaign.ends_at <= at):
        return f"{campaign} has ended."
    return f"{campaign} is paused." if campaign.paused_at else ""
