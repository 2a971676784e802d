"""Marketing makes a slot, moves its entries by keyboard, and tries it as a customer."""

import pytest
from playwright.sync_api import expect

from segmentation.services import create_segment
from tests.campaigns.shop import open_shop
from tests.campaigns.slots import EVERYBODY, OFFER, offer_of, open_slot, running_now
from tests.conftest import person
from tests.journeys.steps import open_menu, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}


@pytest.fixture
def shop(tmp_path):
    open_shop(tmp_path)
    create_segment(name="Often", definition=OFTEN, actor=None)


def test_marketing_makes_a_slot_and_tries_it(page, live_server, accessible, shop):
    sign_in(page, live_server, "mara")
    open_menu(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Campaigns").click()
    page.get_by_role("link", name="Slots").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "No page asks yet what to show to a customer."
    )
    accessible(page)
    page.get_by_role("link", name="New slot").click()
    page.get_by_label("Name", exact=True).first.fill("Home page")
    first = page.get_by_role("group", name="Entry 1")
    first.get_by_label("Name").fill("Everybody")
    first.get_by_label("What is shown").select_option("content")
    first.get_by_label("Title").fill("Welcome back")
    expect(first.get_by_label("Code")).to_be_hidden()
    page.get_by_role("button", name="Add an entry").click()
    second = page.get_by_role("group", name="Entry 2")
    expect(second.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Often")
    second.get_by_label("For whom").select_option("Often")
    second.get_by_label("What is shown").select_option("offer")
    second.get_by_label("Title").fill("Ten off")
    second.get_by_label("Code").fill("TEN")
    accessible(page)
    page.get_by_role("button", name="Move entry 2 up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Entry 1: Often")).to_be_visible()
    expect(page.get_by_role("button", name="Move entry 1 down")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Home page has 2 entries; the first that fits is shown."
    )
    page.get_by_label("Customer number").fill("B")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="B gets “Everybody”")).to_be_visible()
    accessible(page)
    assert page.errors == []


def test_a_running_campaign_in_a_slot_is_said_on_the_page(page, live_server, accessible, shop):
    spring = running_now(person("mara"), person("sam"))
    open_slot(offer_of(spring), {"name": "Often", "definition": OFTEN, **OFFER}, EVERYBODY)
    sign_in(page, live_server, "sue")
    page.goto(f"{live_server.url}/slots/")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "One slot asks what to show; a running campaign speaks in it."
    )
    accessible(page)
    page.goto(f"{live_server.url}/slots/home-page/try/?customer=B")
    expect(page.get_by_text("The customer is in the control group of Spring.")).to_be_visible()
    accessible(page)
    assert page.errors == []


def test_an_entry_that_is_refused_keeps_what_was_typed(page, live_server, accessible, shop):
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/slots/new/")
    page.get_by_label("Name", exact=True).first.fill("Home page")
    page.get_by_role("group", name="Entry 1").get_by_label("What is shown").select_option("offer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Entry 1: It needs a name.")
    assert page.get_by_label("Name", exact=True).first.input_value() == "Home page"
    accessible(page)
