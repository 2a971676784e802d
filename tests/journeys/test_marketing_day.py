"""Marketing's whole day in one go: who moved, whom to write to, a second person's word, the launch,
and the verdict of the campaign before."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from campaigns.models import Assignment, Campaign, CampaignState
from campaigns.services.lifecycle import finish_due
from campaigns.services.results import update_results
from tests.campaigns.launched import launched_campaign
from tests.campaigns.shop import open_shop
from tests.journeys.steps import sign_in, tab_to
from tests.shops import nine_and_one as shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def heading(page):
    return page.get_by_role("heading", level=1)


@pytest.fixture
def winter(tmp_path) -> Campaign:
    """A campaign whose 28 days ended yesterday, in a shop where G and H are At risk."""
    open_shop(tmp_path)
    campaign = launched_campaign(
        slug="winter", launched_at=shop.AS_OF - timedelta(days=29),
        treated="ACEG", control="BDFH", excluded="I", horizon_days=28,
    )  # fmt: skip
    update_results(shop.AS_OF)
    finish_due(shop.AS_OF)
    return campaign


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_marketing_goes_from_who_moved_to_a_launch_and_reads_the_last_verdict(
    page, live_server, accessible, winter
):
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/segments/moves/")
    page.get_by_label("From").select_option("Sun 8 Feb")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row").filter(has_text="At risk").first).to_be_visible()

    page.goto(f"{live_server.url}/audience/")
    tab_to(page, "Add condition")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-1:focus")
    page.keyboard.type("rfm")
    page.get_by_label("111").wait_for()
    page.keyboard.press("ArrowDown")
    page.get_by_label("At risk").wait_for()
    tab_to(page, "At risk")
    page.keyboard.press("Space")
    expect(heading(page)).to_contain_text("2 customers match")
    tab_to(page, "Start campaign")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("All 2 are in")
    expect(page.locator("#count")).to_contain_text("Too few customers")
    page.fill("#id_name", "Come back")
    page.get_by_label("Subject").fill("Hello {{ first_name|there }}")
    page.get_by_label("Text").fill("We miss you.")
    tab_to(page, "Save draft")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    campaign = Campaign.objects.get(name="Come back")
    # A draft's salt is drawn at random, and one in twenty-five holds both customers out.
    Campaign.objects.filter(pk=campaign.pk).update(salt="spring")
    page.reload()
    expect(heading(page)).to_contain_text("Come back waits for approval")
    assert page.get_by_role("button", name="Approve").count() == 0

    page.context.clear_cookies()
    sign_in(page, live_server, "sam")
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/")
    page.get_by_role("button", name="Approve version 1").click()
    expect(heading(page)).to_contain_text("Come back is approved")

    page.context.clear_cookies()
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/")
    page.get_by_role("button", name="Launch").click()
    expect(heading(page)).to_contain_text("Come back is running until")
    in_it = Assignment.objects.filter(campaign=campaign)
    assert sorted(in_it.values_list("customer__customer_id", flat=True)) == ["G", "H"]
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.RUNNING

    page.goto(f"{live_server.url}/campaigns/{winter.pk}/result/")
    expect(heading(page)).to_have_text(
        "Not enough evidence: −$19.62 per customer in 28 days, from −$85.06 to +$45.82."
    )
    accessible(page)
    assert page.errors == []
