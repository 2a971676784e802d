"""Marketing builds an audience without touching the mouse."""

import pytest

from segmentation.models import Segment
from tests.journeys.steps import sign_in, tab_to
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_audience_is_built_counted_and_saved_by_keyboard(
    page, live_server, accessible, tmp_path
):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/audience/")
    accessible(page)
    tab_to(page, "Add condition")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-1:focus")
    page.keyboard.type("days")
    page.keyboard.press("Enter")
    page.wait_for_selector("#o-1-number")
    tab_to(page, "Value")
    page.keyboard.type("2")
    page.get_by_role("heading", level=1).filter(has_text="match").wait_for()
    found = Segment.objects.count()
    assert page.evaluate("document.activeElement.id") == "v-1-recency_days"
    tab_to(page, "Customer number")
    page.keyboard.type("G")
    page.get_by_role("heading", name="Why is G").wait_for()
    accessible(page)
    page.focus("#name")
    page.keyboard.type("Two days silent")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/segments/two-days-silent/")
    saved = Segment.objects.get(slug="two-days-silent")
    assert Segment.objects.count() == found + 1
    assert saved.definition == {"all": [{"feature": "recency_days", "op": ">=", "value": 2}]}
    assert page.errors == []


def test_no_button_is_lost_while_an_answer_is_on_its_way(page, live_server, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/audience/")
    page.get_by_role("button", name="Add condition").click()
    page.select_option("#f-1", "recency_days")
    page.wait_for_selector("#v-1-recency_days")
    slow = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    page.fill("#v-1-recency_days", "2")
    page.get_by_role("button", name="Add consent").click()
    page.get_by_role("button", name="Add group").click()
    page.wait_for_selector("#c-2")
    page.wait_for_selector("#m-3")
    assert page.input_value("#v-1-recency_days") == "2"
    assert page.errors == []
