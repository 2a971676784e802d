"""Slots of the shop of nine and one."""

from campaigns.models import Campaign
from campaigns.services.launch import launch_campaign
from campaigns.services.slots import create_slot
from campaigns.slot_models import Slot
from campaigns.slots import Answer, personalise
from tests.campaigns.shop import approved
from tests.shops import nine_and_one as shop

OFFER = {"kind": "offer", "offer": {"title": "Ten off", "code": "TEN", "url": "/offers/ten/"}}
WELCOME = {"kind": "content", "content": {"title": "Welcome back"}}
EVERYBODY = {"name": "Everybody", **WELCOME}
NEWS = {"kind": "content", "content": {"title": "News"}}


def offer_of(campaign: Campaign, **values) -> dict:
    return {"name": "Spring offer", "campaign": campaign.pk, **OFFER, **values}


def running_now(maker, approver) -> Campaign:
    """For pages and the API, which ask by the clock: A, B, D and H are its control group."""
    return launch_campaign(campaign=approved(maker, approver, control_share=0.3), actor=maker)


def open_slot(*entries: dict, fallback: dict = NEWS, name: str = "Home page") -> Slot:
    return create_slot(name=name, actor=None, entries=entries, fallback=fallback)


def asked(slot: Slot, customer_id: str, at=shop.AS_OF) -> Answer:
    return personalise(slot=slot, customer_id=customer_id, at=at, explained=True)


def titles(slot: Slot, at=shop.AS_OF) -> dict[str, str]:
    """{customer_id: the title that they read}, of everybody and of a visitor."""
    return {who: asked(slot, who, at).given.words["title"] for who in [*shop.RFM, ""]}
