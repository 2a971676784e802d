"""Draft a campaign and change it; an edit takes an approval back."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.text import slugify

from accounts.models import User
from campaigns.models import Campaign, CampaignState, Origin, Variant
from campaigns.selectors import preview_of, usual_horizon
from campaigns.slot_models import Slot, SlotEntry
from campaigns.templating import check, wants_slots
from core.errors import Conflict, Refused
from core.locks import hold_lock
from core.money import to_minor
from core.selectors import organisation
from core.services import record_audit
from customers.models import Channel
from runs.models import MOVING
from segmentation.frames import expression

EDITABLE = (
    "name", "goal", "definition", "channel", "control_share", "horizon_days", "excludes_others",
)  # fmt: skip
MONEY = ("offer_cost", "budget")
LONGEST_SLUG = 60


class BadCampaign(Refused):
    code = "bad_campaign"


@transaction.atomic
def create_campaign(
    *,
    name: str,
    definition: Mapping[str, Any],
    channel: str,
    actor: User | None,
    at: datetime,
    goal: str = "",
    control_share: float = 0.2,
    horizon_days: int | None = None,
    offer_cost: Decimal = Decimal(0),
    budget: Decimal | None = None,
    excludes_others: bool = True,
    variants: Sequence[Mapping[str, str]] = (),
    origin: Origin = Origin.OWN,
    salt: str = "",
) -> Campaign:
    """A draft, counted at once. Money in major units; no variants are one, named by the campaign.

    ``horizon_days`` None: as far as predictions look. ``salt``: to assign as elsewhere.
    """
    campaign = Campaign(
        name=name.strip(),
        goal=goal,
        definition=definition,
        channel=channel,
        control_share=control_share,
        horizon_days=usual_horizon() if horizon_days is None else horizon_days,
        excludes_others=excludes_others,
        salt=salt or secrets.token_hex(8),
        origin=origin,
        created_by=actor,
        edited_by=actor,
        **_money(offer_cost=offer_cost, budget=budget),
    )
    _save_new(campaign)
    _write_variants(campaign, variants)
    _complete(campaign, at)
    record_audit(actor=actor, verb="create_campaign", subject=campaign.slug)
    return campaign


@transaction.atomic
def create_campaign_once(*, ticket: str, actor: User, **values: Any) -> Campaign:
    """The campaign of a form: one person's ``ticket`` sent twice makes one.

    ``values`` are arguments of create_campaign.
    """
    salt = salt_of(ticket, actor)
    # Whoever sends a form twice at once waits here for the first of them.
    hold_lock(f"campaign {salt}")
    made = Campaign.objects.filter(salt=salt).first()
    return made or create_campaign(actor=actor, salt=salt, **values)


@transaction.atomic
def edit_campaign(
    *,
    campaign: Campaign,
    actor: User | None,
    at: datetime,
    version: int | None = None,
    **changes: Any,
) -> Campaign:
    """Change a draft. An approved campaign becomes one again: nobody has approved what it says now.

    ``changes`` are arguments of create_campaign; its customers stay in the groups they were in.
    ``version`` is the one that was looked at: refused where somebody has edited it since.
    """
    campaign = locked(campaign)
    refuse_launched(campaign)
    if version is not None and version != campaign.version:
        raise Conflict(
            f"{campaign.edited_by or 'Somebody else'} has changed the campaign since you opened it."
            " What you typed is still here: save it again to replace theirs.",
            fields={"version": str(campaign.version)},
        )
    for name in EDITABLE:
        if name in changes:
            setattr(campaign, name, changes[name])
    for name, value in _money(**{k: changes[k] for k in MONEY if k in changes}).items():
        setattr(campaign, name, value)
    campaign.name = campaign.name.strip()
    _check(campaign)
    campaign.edited_by = actor
    campaign.version += 1
    campaign.state = CampaignState.DRAFT
    campaign.approved_by = campaign.approved_at = None
    campaign.save()
    if "variants" in changes:
        Variant.objects.filter(campaign=campaign).delete()
        _write_variants(campaign, changes["variants"])
    _complete(campaign, at)
    detail = {"changed": sorted(changes), "version": campaign.version}
    record_audit(actor=actor, verb="edit_campaign", subject=campaign.slug, detail=detail)
    return campaign


@transaction.atomic
def delete_campaign(*, campaign: Campaign, actor: User | None) -> None:
    campaign = locked(campaign)
    if campaign.state != CampaignState.DRAFT:
        raise Conflict(
            f"Only a draft can be deleted, and this campaign is {campaign.state}."
            " Stop it instead, or edit it to make it a draft again."
        )
    entry = SlotEntry.objects.filter(campaign=campaign).select_related("slot").first()
    if entry is not None:
        raise Conflict(
            f"The slot {entry.slot} has an entry of this campaign. Take the entry out first."
        )
    campaign.delete()
    record_audit(actor=actor, verb="delete_campaign", subject=campaign.slug)


def salt_of(ticket: str, actor: User) -> str:
    """By which a form's campaign will assign; keyed, so that nobody can choose who is held out."""
    return salted_hmac("campaign", f"{actor.pk} {ticket}").hexdigest()[:16]


def locked(campaign: Campaign) -> Campaign:
    """The campaign as it stands now; nobody changes it before the transaction ends."""
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def refuse_launched(campaign: Campaign) -> None:
    """Whoever was treated was treated by what was approved: it is not changed afterwards."""
    if campaign.state not in (CampaignState.DRAFT, CampaignState.APPROVED) or being_launched(
        campaign
    ):
        raise Conflict(
            "A campaign that was launched stays as it was approved. Make a new one instead."
        )


def being_launched(campaign: Campaign) -> bool:
    run = campaign.launch_run
    return run is not None and run.state in MOVING


def _money(**amounts: Decimal | None) -> dict[str, int | None]:
    currency = organisation().currency
    return {
        f"{name}_minor": None if amount is None else to_minor(amount, currency)
        for name, amount in amounts.items()
    }


def _check(campaign: Campaign) -> None:
    """Refuse what could never be launched, naming the field."""
    if not slugify(campaign.name, allow_unicode=True):
        raise BadCampaign("A campaign needs a name of letters or digits.", fields={"name": "empty"})
    if campaign.channel not in Channel.values:
        known = ", ".join(Channel.values)
        raise BadCampaign(
            f"{campaign.channel!r} is no channel. Use one of {known}.", fields={"channel": known}
        )
    if not 0 <= campaign.control_share < 1:
        raise BadCampaign(
            "The control group is a share from 0 to under 1: 0.2 holds out one in five.",
            fields={"control_share": "0 to under 1"},
        )
    if campaign.horizon_days < 1:
        raise BadCampaign(
            "A campaign is measured for at least one day.", fields={"horizon_days": "at least 1"}
        )
    # What is saved can be answered.
    expression(campaign.definition)


def _save_new(campaign: Campaign) -> None:
    _check(campaign)
    campaign.slug = _free_slug(campaign.name)
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError as error:
        raise Conflict("A campaign of this name was made just now. Send it again.") from error


def _complete(campaign: Campaign, at: datetime) -> None:
    """Its messages can be filled, and its people are counted."""
    _check_messages(campaign)
    preview = preview_of(campaign, at=at)
    campaign.counts, campaign.detectable = preview.counts, preview.detectable
    campaign.save(update_fields=["counts", "detectable"])


def _write_variants(campaign: Campaign, variants: Sequence[Mapping[str, str]]) -> None:
    sent = list(variants) or [{"name": "A"}]
    names = [variant["name"].strip() for variant in sent]
    if len({*names}) < len(names) or not all(names):
        raise BadCampaign(
            "Each variant needs a name of its own.", fields={"variants": "names repeat"}
        )
    Variant.objects.bulk_create(
        Variant(
            campaign=campaign,
            position=position,
            name=name,
            subject=variant.get("subject") or campaign.name,
            body=variant.get("body") or campaign.name,
        )
        for position, (name, variant) in enumerate(zip(names, sent, strict=True))
    )


def _check_messages(campaign: Campaign) -> None:
    """E-mail is filled for each customer: what could not be is refused while it is written."""
    if campaign.channel == Channel.EMAIL:
        for variant in Variant.objects.filter(campaign=campaign):
            check(subject=variant.subject, body=variant.body)
            check_slots(variant.body)


def check_slots(body: str) -> None:
    """Refuse a text that names a slot which is not there."""
    wanted = wants_slots(body)
    there = set(Slot.objects.filter(slug__in=wanted).values_list("slug", flat=True))
    for slug in wanted:
        if slug not in there:
            raise BadCampaign(f"There is no slot {slug[:60]!r}.", fields={"body": "no such slot"})


def _free_slug(name: str) -> str:
    """The name in addresses and in the contact ledger; a number where another has taken it."""
    stem = slugify(name)[:LONGEST_SLUG].strip("-") or "campaign"
    taken = set(Campaign.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
