"""A campaign's whole way in a browser: built, counted, approved, launched, delivered, followed."""

import pytest
from playwright.sync_api import expect

from campaigns.models import Assignment, Campaign, CampaignState, Message
from customers.models import Customer
from runs.models import Run
from tests.campaigns.outgoing import delivered
from tests.campaigns.shop import draft, open_shop
from tests.conftest import person
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_out(page) -> None:
    page.context.clear_cookies()


def faults(page) -> list[str]:
    """Without what is meant: a form refused with 400, and a page left while it asked for itself."""
    refused = "Failed to load resource: the server responded with a status of 400"
    meant = ("htmx:afterRequest", "htmx:sendAbort", refused)
    return [error for error in page.errors if not error.startswith(meant)]


def heading(page):
    return page.get_by_role("heading", level=1)


@pytest.fixture
def opened(settings, tmp_path):
    settings.EMAIL_BACKEND = "campaigns.outbox.FileBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    open_shop(tmp_path)
    for customer in Customer.objects.all():
        customer.email = f"{customer.customer_id}@mail.example"
        customer.save()


@pytest.mark.parametrize("page", ["wide", "phone"], indirect=True)
def test_an_audience_becomes_a_campaign_that_is_approved_launched_and_delivered(
    page, live_server, accessible, opened
):
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/audience/")
    page.get_by_role("button", name="Add condition").click()
    page.select_option("#f-1", "purchase_frequency")
    page.fill("#v-1-purchase_frequency", "1")
    expect(heading(page)).to_contain_text("9 customers match")
    page.get_by_role("button", name="Start campaign").click()

    expect(page.locator("#count")).to_contain_text("8 of 9 are in, 1 left out, each with a reason")
    accessible(page)
    page.fill("#id_control_share", "10")
    page.fill("#id_offer_cost", "2")
    expect(page.locator("#count")).to_contain_text("at $2.00 each")
    page.fill("#id_name", "Spring")
    page.get_by_label("Subject").fill("Hello {{ frist_name|there }}")
    page.get_by_label("Text").fill("Come and see.")
    page.locator(".actions").get_by_role("button", name="Save draft").click()
    expect(
        page.get_by_text("There is no field 'frist_name'; the nearest is first_name.")
    ).to_be_visible()
    assert page.input_value("#id_name") == "Spring"
    accessible(page)
    page.get_by_label("Subject").fill("Hello {{ first_name|there }}")
    page.locator(".actions").get_by_role("button", name="Save draft").click()
    expect(heading(page)).to_contain_text("Spring waits for approval")
    campaign = Campaign.objects.get()
    assert page.get_by_role("button", name="Launch").count() == 0
    accessible(page)
    page.get_by_role("link", name="See it as a customer").click()
    expect(heading(page)).to_have_text("Hello there")
    accessible(page)

    sign_out(page)
    sign_in(page, live_server, "sam")
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/")
    page.get_by_role("button", name="Approve version 1").click()
    expect(heading(page)).to_contain_text("Spring is approved")
    assert page.get_by_role("button", name="Launch").count() == 0

    sign_out(page)
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/campaigns/")
    expect(heading(page)).to_have_text("One campaign is approved.")
    page.get_by_role("link", name="Spring").click()
    page.get_by_role("button", name="Launch").dblclick()
    expect(heading(page)).to_contain_text("Spring is running until")
    assert Run.objects.filter(name="launch").count() == 1
    assert Assignment.objects.count() == 9
    campaign.refresh_from_db()
    assert Message.objects.count() == campaign.counts["treated"]
    expect(page.locator("#messages")).to_contain_text(f"0 of {campaign.counts['treated']} message")
    # The page asks for itself: what is delivered meanwhile comes up without a press.
    delivered(campaign)
    expect(page.locator("#messages")).to_contain_text("messages were sent")
    accessible(page)
    page.goto(f"{live_server.url}/campaigns/")
    expect(heading(page)).to_have_text("One campaign is running.")
    accessible(page)
    assert faults(page) == []


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_who_edited_it_last_is_told_that_somebody_else_approves(
    page, live_server, accessible, opened
):
    mara = person("mara")
    campaign = draft(mara)
    mara.role = "product"
    mara.save()
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/")
    expect(
        page.get_by_text("You made or last edited it, so somebody else approves it").first
    ).to_be_visible()
    assert page.get_by_role("button", name="Approve").count() == 0
    accessible(page)
    assert faults(page) == []


def test_without_javascript_a_campaign_is_written_counted_and_saved(browser, live_server, opened):
    person("mara")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/campaigns/new/")
    page.fill("#id_name", "By hand")
    page.select_option("#id_segment", index=1)
    # Nobody is held out: by a draft's own salt it may be everybody of a group as small as this.
    page.fill("#id_control_share", "0")
    page.get_by_role("button", name="Count again").click()
    expect(page.locator("#count")).to_contain_text("are in")
    page.get_by_label("Subject").fill("Hello")
    page.get_by_label("Text").fill("Come.")
    page.locator(".actions").get_by_role("button", name="Save draft").click()
    expect(heading(page)).to_contain_text("By hand waits for approval")
    assert Campaign.objects.get().state == CampaignState.DRAFT
    context.close()
