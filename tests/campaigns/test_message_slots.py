"""A slot in a message: filled for each customer, by the same rules as on a page."""

import pytest

from campaigns.composing import written_for
from campaigns.models import Campaign, Variant
from campaigns.services.planning import BadCampaign
from campaigns.services.slots import delete_slot
from customers.models import Customer
from tests.campaigns.shop import draft
from tests.campaigns.slots import EVERYBODY, OFFER, offer_of, open_slot, running_now

OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}
VARIANT = Variant(subject="For you", body="{{ slot:home-page|Come and see us }}")


def said_to(customer_id: str) -> str:
    written = written_for(VARIANT, Customer.objects.get(customer_id=customer_id))
    return written.text.partition("\n\n--")[0]


def test_each_customer_reads_what_the_slot_shows_them(ten):
    slot = open_slot({"name": "Often", "definition": OFTEN, **OFFER})
    assert said_to("A") == "Ten off\nCode: TEN"
    assert said_to("B") == "News"
    assert written_for(VARIANT, None).text.startswith("Come and see us\n")
    delete_slot(slot=slot, actor=None)
    assert said_to("A") == "Come and see us"


def test_a_control_customer_reads_nothing_of_a_campaign_in_another_ones_message(ten, mara, sam):
    spring = running_now(mara, sam)
    open_slot(offer_of(spring), EVERYBODY)
    assert (said_to("C"), said_to("A")) == ("Ten off\nCode: TEN", "Welcome back")


def test_a_message_of_a_slot_that_is_not_there_is_refused_when_it_is_saved(ten, mara):
    variants = [{"name": "A", "subject": "For you", "body": VARIANT.body}]
    with pytest.raises(BadCampaign, match="There is no slot 'home-page'"):
        draft(mara, variants=variants)
    assert Campaign.objects.count() == 0
    open_slot(EVERYBODY)
    assert draft(mara, variants=variants).name == "Spring"
