"""A launched campaign, laid into the tables as a launch leaves it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaigns.models import Assignment, Campaign, CampaignState, Decision, Origin, Reason, Variant
from customers.models import Customer


def launched_campaign(
    *,
    slug: str = "spring",
    launched_at: datetime,
    treated: Sequence[str] = (),
    control: Sequence[str] = (),
    excluded: Sequence[str] = (),
    horizon_days: int = 28,
    control_share: float = 0.2,
    offer_cost_minor: int = 0,
    variants: Sequence[str] = (),
    origin: Origin = Origin.OWN,
) -> Campaign:
    """Customers are made where they are missing; the treated take the variants in turn."""
    campaign = Campaign.objects.create(
        slug=slug,
        name=slug.capitalize(),
        definition={"all": []},
        channel="email",
        control_share=control_share,
        horizon_days=horizon_days,
        offer_cost_minor=offer_cost_minor,
        salt=slug,
        origin=origin,
        state=CampaignState.RUNNING,
        launched_at=launched_at,
        ends_at=launched_at + timedelta(days=horizon_days),
    )
    wordings = [
        Variant.objects.create(campaign=campaign, position=place, name=name)
        for place, name in enumerate(variants)
    ]
    pk_of = _customers([*treated, *control, *excluded])
    rows = [
        Assignment(
            campaign=campaign,
            customer_id=pk_of[customer_id],
            decision=Decision.TREATED,
            variant=wordings[place % len(wordings)] if wordings else None,
        )
        for place, customer_id in enumerate(treated)
    ]
    rows += [
        Assignment(campaign=campaign, customer_id=pk_of[customer_id], decision=Decision.CONTROL)
        for customer_id in control
    ]
    rows += [
        Assignment(
            campaign=campaign,
            customer_id=pk_of[customer_id],
            decision=Decision.EXCLUDED,
            reason=Reason.NO_CONSENT,
        )
        for customer_id in excluded
    ]
    Assignment.objects.bulk_create(rows)
    return campaign


def _customers(ids: Sequence[str]) -> dict[str, int]:
    Customer.objects.bulk_create(
        [Customer(customer_id=one, load_id=1) for one in ids], ignore_conflicts=True
    )
    return dict(Customer.objects.filter(customer_id__in=ids).values_list("customer_id", "pk"))
