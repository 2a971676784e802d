"""The outbox as marketing sees it, and the page that a link in a message opens."""

import pytest
from playwright.sync_api import expect

from campaigns.models import Message
from campaigns.services.trying import send_test
from campaigns.unsubscribing import unsubscribe_url
from core.services import configure_organisation
from customers.models import Suppression
from tests.campaigns.outgoing import delivered, waiting_campaign, willing
from tests.conftest import person
from tests.journeys.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def written(settings, tmp_path):
    settings.EMAIL_BACKEND = "campaigns.outbox.FileBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    configure_organisation(name="Corner shop")
    campaign = waiting_campaign(willing(30))
    delivered(campaign)
    variant = Message.objects.first().variant
    send_test(variant=variant, actor=person("mara"), customer=None, personal=False)
    return campaign


def test_marketing_reads_what_was_written(page, live_server, accessible, written):
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/outbox/")
    expect(page.get_by_role("heading", level=1)).to_have_text("30 messages were written.")
    expect(page.get_by_text("1–25 of 30")).to_be_visible()
    page.get_by_text("[Test] Hello there").click()
    expect(page.get_by_text("Dear customer,")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Hello G•••").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello G•••")
    expect(page.get_by_text("Dear G••• F•••,")).to_be_visible()
    accessible(page)
    assert page.errors == []


def test_an_empty_outbox_says_what_will_stand_there(page, live_server, accessible):
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/outbox/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No message has been written yet.")
    accessible(page)
    assert page.errors == []


def test_a_customer_stops_the_messages_with_one_press(page, live_server, accessible, written):
    path = unsubscribe_url(Message.objects.first().customer_id).removeprefix(
        "http://localhost:8000"
    )
    page.goto(live_server.url + path)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Do you want no more e-mail from Corner shop?"
    )
    accessible(page)
    page.get_by_role("button", name="Stop e-mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You get no more e-mail from Corner shop."
    )
    accessible(page)
    assert Suppression.objects.count() == 1
    assert page.errors == []
