"""The days of marketing, sales and the viewer in a browser, each from their own home."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.models import AuditEntry
from customers.models import Customer
from segmentation.models import WorkEntry, WorkList
from tests.campaigns.shop import open_shop
from tests.journeys.steps import open_menu, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(verb: str, customer_id: str) -> re.Pattern[str]:
    """The name of a button of one customer's row."""
    return re.compile(rf"^{verb}\W+{customer_id}$")


def heading(page):
    return page.get_by_role("heading", level=1)


@pytest.fixture
def opened(tmp_path):
    """G and H are At risk and may be e-mailed; F has just slipped out of Loyal."""
    open_shop(tmp_path)
    for customer in Customer.objects.filter(customer_id__in="FGH"):
        customer.name = f"{customer.customer_id}ay Ford"
        customer.save()


def test_marketing_follows_who_slipped_and_begins_a_campaign_by_keyboard(
    page, live_server, accessible, opened
):
    sign_in(page, live_server, "mara")
    expect(heading(page)).to_contain_text("slipped since Sun 22 Feb")
    expect(page.get_by_text("Since last week.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="See the 1 who spent most").click()
    expect(page.get_by_role("link", name="F", exact=False).first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Prepare campaign").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("All 1 are in")
    expect(page.locator("#count")).to_contain_text("Too few customers")
    page.goto(f"{live_server.url}/")
    page.get_by_role("button", name="Hand all").click()
    expect(heading(page)).to_contain_text("to be contacted one by one")
    accessible(page)
    page.get_by_label("Name").fill("Likely to leave")
    page.get_by_role("button", name="Make the list").dblclick()
    expect(heading(page)).to_contain_text("Likely to leave: 0 of")
    assert page.get_by_role("button", name="Done").count() == 0
    assert WorkList.objects.get().owner is None
    assert page.errors == []


def test_sales_takes_a_list_works_it_and_exports_without_what_is_withheld(
    page, live_server, accessible, opened
):
    sign_in(page, live_server, "sam")
    accessible(page)
    page.goto(f"{live_server.url}/worklists/new/?segment=at-risk")
    page.get_by_role("button", name="Make the list").click()
    expect(heading(page)).to_have_text("At risk: 0 of 2 done.")
    accessible(page)
    page.get_by_role("button", name=press("Done", "G")).focus()
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("At risk: 1 of 2 done.")
    # The same place: the press that takes it back has the focus.
    assert page.evaluate("document.activeElement.textContent.trim()") == "Undo: G"
    assert WorkEntry.objects.get(customer__customer_id="G").done_by.name == "sam"
    page.locator("summary", has_text="Note").first.click()
    page.get_by_label("What came of it").first.fill("Comes on Saturday")
    page.get_by_role("button", name="Keep note").first.click()
    expect(page.locator("summary", has_text="Change note")).to_be_visible()
    page.get_by_role("button", name=press("Undo", "G")).click()
    expect(heading(page)).to_have_text("At risk: 0 of 2 done.")
    open_menu(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Home").click()
    expect(page.get_by_text("1 list is open")).to_be_visible()

    page.goto(f"{live_server.url}/segments/at-risk/export/")
    expect(page.get_by_text("kept for the age band only")).to_be_visible()
    accessible(page)
    page.get_by_label("Age band").uncheck()
    page.get_by_label("What is it for?").fill("Calls of this week")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export CSV").click()
    rows = list(csv.DictReader(Path(waiting.value.path()).read_text().splitlines()))
    assert sorted(row["customer_id"] for row in rows) == ["G", "H"]
    assert {"name", "email", "region"} <= set(rows[0])
    assert not {"age_band", "birth_date", "churn_probability"} & set(rows[0])
    assert AuditEntry.objects.get(verb="export_segment").detail["purpose"] == "Calls of this week"
    assert page.errors == []


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_the_viewer_reads_and_can_change_nothing(page, live_server, accessible, opened):
    sign_in(page, live_server, "vic")
    accessible(page)
    assert page.locator("main form").count() == 0
    page.get_by_role("link", name="All campaigns").click()
    expect(heading(page)).to_have_text("There is no campaign yet.")
    assert page.locator("main").get_by_role("button").count() == 0
    for address in ("/worklists/", "/segments/at-risk/", "/segments/at-risk/export/"):
        assert page.goto(f"{live_server.url}{address}").status == 403
    accessible(page)


def test_without_javascript_an_entry_is_done_and_taken_back(browser, live_server, opened):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "sam")
    page.goto(f"{live_server.url}/worklists/new/?segment=at-risk")
    page.get_by_role("button", name="Make the list").click()
    page.get_by_role("button", name=press("Done", "H")).click()
    expect(heading(page)).to_have_text("At risk: 1 of 2 done.")
    page.get_by_role("button", name=press("Undo", "H")).click()
    expect(heading(page)).to_have_text("At risk: 0 of 2 done.")
    context.close()
