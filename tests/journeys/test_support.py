"""Support's day in a browser: finds a caller by name, answers, writes it down."""

from datetime import UTC, datetime

import pytest

from campaigns.models import Campaign
from customers.models import Consent, Customer, Interaction, Note
from tests.campaigns.launched import launched_campaign
from tests.journeys.steps import sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALLERS = "customer_id,name,email\nH,Ivan Ostrander,ivan@shop.example\n"
SPRING = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def caller(tmp_path):
    """H, who is At risk, agreed to e-mail and gets the campaign that runs."""
    bring_in(tmp_path, shop.ORDER_LINES)
    bring_in(tmp_path, CALLERS, "customers")
    customer = Customer.objects.get(customer_id="H")
    Consent.objects.create(
        customer=customer, channel="email", granted=True, at=SPRING, source="till"
    )
    refreshed(shop.AS_OF)
    launched_campaign(launched_at=SPRING, treated=["H"])
    rule = {"feature": "rfm_group", "op": "=", "value": "At risk"}
    Campaign.objects.update(definition=rule)
    return customer


def test_support_answers_a_caller_and_writes_it_down(page, live_server, accessible, caller):
    sign_in(page, live_server, "sue")
    accessible(page)
    page.get_by_role("search", name="Customers").get_by_role("searchbox").fill("ostrander")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ivan Ostrander").click()
    page.get_by_text("They get “Spring” now").wait_for()
    campaigns = page.get_by_role("region", name="Campaigns")
    assert "For: Customers whose RFM group is At risk." in campaigns.inner_text()
    assert "yes, by e-mail" in page.locator("#consent").inner_text()
    accessible(page)
    page.get_by_label("Note", exact=True).fill("Wants a human answer")
    page.get_by_role("button", name="Keep note").click()
    page.get_by_text("sue wrote on").first.wait_for()
    page.get_by_role("link", name="Log a contact").first.click()
    page.get_by_label("What it was about").fill("Double charge")
    page.get_by_text("Still open").click()
    accessible(page)
    page.get_by_role("button", name="Log contact").click()
    page.get_by_text("1 request is open since").first.wait_for()
    page.get_by_text("Close it").click()
    page.get_by_label("How it ended").fill("refunded")
    page.get_by_role("button", name="Close request").click()
    page.get_by_text("No request is open").wait_for()
    accessible(page)
    assert Note.objects.get().text == "Wants a human answer"
    assert Interaction.objects.get().outcome == "refunded"
    assert page.errors == []
