"""Everything is found by keyboard alone, and every figure says how it is computed."""

import pytest
from playwright.sync_api import expect

from segmentation.models import Segment
from tests.journeys.steps import sign_in
from tests.shops.coming_in import bring_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = "customer_id,name\n00472,Johanna Marsh\n00473,Johan Marsh\n"


def focused(page) -> str:
    return page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')")


def test_support_finds_a_customer_by_keyboard_alone(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, PEOPLE, "customers")
    sign_in(page, live_server, "sue")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette[open] .hit")
    accessible(page)
    page.keyboard.type("johan")
    page.locator("[data-found-for='johan']").wait_for()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Johan Marsh 00473"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Johanna Marsh 00472"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "palette-input"
    page.keyboard.press("Escape")
    expect(page.locator("body")).to_be_focused()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.hasAttribute('data-search')")
    page.keyboard.press("Control+k")
    page.keyboard.type("00473")
    page.locator("[data-found-for='00473']").wait_for()
    accessible(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/customers/00473/")
    assert page.errors == []


def test_keys_and_meanings_open_over_the_page_and_give_the_focus_back(
    page, live_server, accessible, db
):
    Segment.objects.create(slug="tea", name="Tea", kind="rule", definition={"all": []})
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/search/?q=kumquat")
    page.get_by_role("heading", name="Nothing is found for “kumquat”.").wait_for()
    accessible(page)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_text("Find")
    page.goto(f"{live_server.url}/help/glossary/")
    accessible(page)
    assert page.errors == []


def test_what_a_page_lacked_reaches_the_analyst(page, live_server, accessible):
    sign_in(page, live_server, "vic")
    page.goto(f"{live_server.url}/campaigns/?tour=3")
    accessible(page)
    page.keyboard.press("Escape")
    page.locator(".tour").wait_for(state="detached")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_label("A word to it").fill("The margin")
    accessible(page)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Kept. Thank you.").wait_for()
    page.context.clear_cookies()
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/feedback/pages/")
    page.get_by_text("“The margin”").wait_for()
    page.get_by_role("heading", name="campaigns/ failed 1 time.").wait_for()
    accessible(page)
    assert page.errors == []
