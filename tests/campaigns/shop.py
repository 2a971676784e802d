"""The shop of nine and one, where everybody but I and J may be e-mailed, and its campaigns."""

from datetime import datetime
from pathlib import Path

from campaigns.models import Assignment, Campaign
from campaigns.services.approval import approve_campaign
from campaigns.services.launch import launch_campaign
from campaigns.services.planning import create_campaign
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.opened_once import opened_once

# J has bought nothing: the rule fits A to I, and I has not consented.
BUYERS = {"feature": "purchase_frequency", "op": ">=", "value": 1}
SAYS = "".join(f"{name},email,yes,2026-01-01\n{name},sms,yes,2026-01-01\n" for name in "ABCDEFGH")


@opened_once
def open_shop(folder: Path) -> None:
    bring_in(folder, shop.ORDER_LINES)
    bring_in(folder, f"customer_id,channel,granted,at\n{SAYS}", "consents")
    refreshed(shop.AS_OF)


def draft(actor, *, salt: str = "spring", at: datetime = shop.AS_OF, **values) -> Campaign:
    """With a salt of our own, so that everybody's group is known beforehand."""
    asked = {"name": "Spring", "definition": BUYERS, "channel": "email", "horizon_days": 28}
    campaign = create_campaign(actor=actor, at=at, **(asked | values))
    Campaign.objects.filter(pk=campaign.pk).update(salt=salt)
    campaign.refresh_from_db()
    return campaign


def approved(actor, approver, **values) -> Campaign:
    return approve_campaign(campaign=draft(actor, **values), actor=approver, at=shop.AS_OF)


def launched(actor, approver, **values) -> Campaign:
    campaign = approved(actor, approver, **values)
    return launch_campaign(campaign=campaign, actor=actor, at=shop.AS_OF)


def receipt_of(campaign: Campaign) -> dict[str, tuple[str, str]]:
    """{customer_id: (decision, reason)}."""
    rows = Assignment.objects.filter(campaign=campaign)
    return {
        name: (decision, reason)
        for name, decision, reason in rows.values_list(
            "customer__customer_id", "decision", "reason"
        )
    }
