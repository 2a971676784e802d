"""Slots while customers come, buy and go."""

import pytest

from pipelines.erasure import erase, request_erasure
from runs.services import perform
from tests.campaigns.shop import launched, open_shop
from tests.campaigns.slots import EVERYBODY, OFFER, WELCOME, asked, offer_of, open_slot
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)
OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}


@pytest.fixture(autouse=True)
def ten(tmp_path, settings):
    open_shop(tmp_path)
    yield
    (settings.CBA_HOME / "erasures" / "list").unlink(missing_ok=True)


def test_a_customer_whom_the_snapshot_does_not_know_yet_has_a_row_of_nothing(tmp_path):
    bring_in(tmp_path, "customer_id,name\nNEW,Anna Example\n", "customers")
    lacks = {"feature": "purchase_frequency", "op": "is_null"}
    slot = open_slot(
        {"name": "Often", "definition": OFTEN, **OFFER},
        {"name": "New", "definition": {"all": [{"not": OFTEN}, lacks]}, **WELCOME},
    )
    assert asked(slot, "NEW").entry.name == "New"
    assert asked(slot, "NEW").known


def test_a_new_order_counts_in_a_rule_about_purchases_once_it_is_published(tmp_path):
    bought = {"event": "purchase", "at_least": 2, "within_days": 30}
    slot = open_slot({"name": "Lately", "definition": bought, **OFFER})
    assert asked(slot, "C").entry is None
    line = "customer_id,order_id,occurred_at,sku,quantity,amount\nC,o20,2026-02-27,p1,1,5\n"
    bring_in(tmp_path, line)
    refreshed(shop.AS_OF)
    assert asked(slot, "C").entry.name == "Lately"


def test_somebody_who_was_erased_is_answered_as_a_visitor(mara, sam, ada):
    spring = launched(mara, sam, control_share=0.3)
    slot = open_slot(offer_of(spring), {"name": "Often", "definition": OFTEN, **OFFER}, EVERYBODY)
    assert asked(slot, "C").entry.name == "Spring offer"
    perform(run=request_erasure(customer_id="C", actor=ada, send=False), job=erase)
    told = asked(slot, "C")
    assert (told.entry.name, told.known) == ("Everybody", False)
