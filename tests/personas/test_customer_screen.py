"""A customer in one screen: the opening, may we write, why an offer, and who is not there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import Assignment, Campaign, CampaignState, Outcome
from customers import erased
from customers.models import Consent, ContactLedger, Customer, Suppression
from personas.campaigns_in import campaigns_in
from personas.customer_page import heading
from personas.profile import profile
from personas.writing import may_we_write
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def customer(db):
    return Customer.objects.create(customer_id="A", load_id=1)


def says(customer: Customer, channel: str, *, granted: bool) -> None:
    Consent.objects.create(
        customer=customer, channel=channel, granted=granted, source="till",
        at=NOW - timedelta(days=9),
    )  # fmt: skip


def campaign(name: str, decision: str, customer: Customer, **values) -> Campaign:
    reason = values.pop("reason", "")
    made = Campaign.objects.create(
        slug=name.lower().replace(" ", "-"), name=name, channel="email", horizon_days=28, salt="s",
        definition={"feature": "rfm_group", "op": "in", "value": ["At risk", "Dormant"]},
        launched_at=NOW, ends_at=NOW + timedelta(days=28), **values,
    )  # fmt: skip
    Assignment.objects.create(campaign=made, customer=customer, decision=decision, reason=reason)
    return made


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        ("Buys every 7 days, silent for 9: longer than ever.", "Buys every 7 days, silent for 9:"),
        ("Buys every 4 days; the last order was yesterday.", "Buys every 4 days:"),
        ("Bought on one day only, 30 days ago.", "Bought on one day only, 30 days ago:"),
    ],
)  # fmt: skip
def test_the_heading_says_how_they_buy_and_then_what_is_expected(finding, said):
    assert heading(finding, {"share": "37 of 100", "days": 28}) == {
        "said": said,
        "share": "37 of 100",
        "rest": "customers like this will probably not buy in the next 28 days.",
    }
    assert heading(finding, {}) == {"said": finding, "share": "", "rest": ""}


def test_the_strip_says_by_which_channel_and_why_not(customer):
    says(customer, "email", granted=True)
    says(customer, "post", granted=True)
    says(customer, "sms", granted=False)
    Suppression.objects.create(customer=customer, channel="post", reason="asked", at=NOW)
    told = may_we_write(customer, at=NOW)
    assert told["finding"] == "yes, by e-mail"
    assert [(c["name"], c["words"], c["note"]) for c in told["channels"]] == [
        ("E-mail", "yes", "till, 20 Feb 2026"),
        ("SMS", "no", "refused, till, 20 Feb 2026"),
        ("Telephone", "no", "never asked"),
        ("Post", "never", "suppressed, whatever the consent says"),
    ]
    assert (told["last"], told["cap"]) == ("Never written to", "0 of 4 in 30 days")


def test_whoever_was_written_to_often_enough_may_be_written_to_when_the_window_has_moved(customer):
    says(customer, "email", granted=True)
    for days in (1, 2, 20, 29, 31):
        ContactLedger.objects.create(
            customer=customer, channel="email", campaign="Spring", at=NOW - timedelta(days=days)
        )
    told = may_we_write(customer, at=NOW)
    # The four of the window are of 28, 27, 9 February and 31 January; the oldest leaves first.
    assert told["finding"] == "not before 2 Mar 2026"
    assert told["last"] == "Last written to 28 Feb 2026"
    assert told["cap"] == "4 of 4 in 30 days: the most, until 2 Mar 2026"
    assert may_we_write(customer, at=NOW + timedelta(days=2))["finding"] == "yes, by e-mail"


def test_the_page_says_why_they_get_an_offer(customer):
    running = campaign("Come back", "treated", customer, state=CampaignState.RUNNING)
    for days in (1, 2):
        Outcome.objects.create(
            campaign=running, customer=customer, kind="redeemed", value_minor=250,
            at=NOW + timedelta(days=days),
        )  # fmt: skip
    told = campaigns_in(customer.pk)
    assert told["finding"] == "They get “Come back” now"
    (row,) = told["rows"]
    assert row["decided"] == "In it, by e-mail"
    assert "".join(words for words, _ in row["why"]) == (
        "Customers whose RFM group is At risk or Dormant."
    )
    assert row["came"] == "redeemed 2 times, last 3 Mar 2026 ($5)"


@pytest.mark.parametrize(
    ("decision", "reason", "finding", "decided"),
    [
        ("control", "", "They are held out of “Come back”, which runs now",
         "Gets nothing: held out by chance, so that the effect can be told"),
        ("excluded", "no_consent", "They are left out of “Come back”, which runs now",
         "Left out: no consent for this channel"),
    ],
)  # fmt: skip
def test_the_page_says_why_they_get_none(customer, decision, reason, finding, decided):
    campaign("Come back", decision, customer, state=CampaignState.RUNNING, reason=reason)
    told = campaigns_in(customer.pk)
    assert (told["finding"], told["rows"][0]["decided"]) == (finding, decided)


def test_what_runs_stands_before_what_is_over_and_the_rest_is_counted(customer):
    assert campaigns_in(customer.pk)["finding"] == "No campaign has decided about them"
    for number in range(5):
        campaign(f"Old {number}", "treated", customer, state=CampaignState.FINISHED)
    told = campaigns_in(customer.pk)
    assert told["finding"] == "No campaign runs for them now; 5 campaigns did before"
    assert told["note"] == "4 of 5 campaigns, the newest"
    campaign("Come back", "treated", customer, state=CampaignState.RUNNING)
    rows = campaigns_in(customer.pk)["rows"]
    assert [row["name"] for row in rows] == ["Come back", "Old 4", "Old 3", "Old 2"]


def test_the_group_says_since_when_and_what_was_before(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(datetime(2026, 2, 16, tzinfo=UTC))
    refreshed(shop.A_DAY_LATER)
    page = profile(Customer.objects.get(customer_id="F"), personal=True)
    assert page.rfm["note"].startswith("In Previously loyal since 2 Mar 2026, ")
    assert " before. As of Mon 2 Mar 2026." in page.rfm["note"]


def test_an_open_request_is_named_in_the_opening(customer, client, sue):
    client.force_login(sue)
    assert client.get("/customers/A/").context["now"] == []
    client.post("/customers/A/notes/", {"text": "Wants no calls"})
    call = {"channel": "phone", "opened_at": "2026-02-24T14:30", "subject": "Lost", "state": "open"}
    client.post("/customers/A/contacts/new/", call)
    day = timezone.now().strftime("%-d %b %Y")
    assert client.get("/customers/A/").context["now"] == [
        ("1 request is open since 24 Feb 2026", "contacts"),
        (f"sue wrote on {day}", "notes"),
    ]


def test_a_customer_without_orders_has_a_page_with_a_way_on(customer, client, sue):
    client.force_login(sue)
    page = client.get("/customers/A/")
    html = page.content.decode()
    assert page.status_code == 200
    assert page.context["heading"]["said"] == "No orders yet."
    for words in (
        "No purchases yet",
        "Purchases stand here after the first order.",
        "Log a contact",
    ):
        assert words in html


def test_a_number_that_nobody_has_leads_back_to_the_search(client, sue):
    client.force_login(sue)
    page = client.get("/customers/4711/")
    assert page.status_code == 404
    html = page.content.decode()
    assert "There is no customer 4711." in html
    assert 'name="search"' in html


def test_an_erased_customer_is_said_to_be_erased(client, sue):
    client.force_login(sue)
    erased.add("4711", at=NOW)
    page = client.get("/customers/4711/")
    assert page.status_code == 404
    assert "Customer 4711 was erased on 1 Mar 2026." in page.content.decode()


def test_the_page_says_when_they_were_last_on_the_web_and_that_it_was_made_up(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    seen = (
        "customer_id,kind,at,sku\nA,visit,2026-02-27T12:00Z,\nA,product_view,2026-02-27T12:01Z,p1\n"
    )
    bring_in(tmp_path, seen, "events", mapping={"options": {"synthetic": True}})
    refreshed(shop.AS_OF)
    page = profile(Customer.objects.get(customer_id="A"), personal=True)
    assert page.seen == {
        "finding": "On the web: last there 1 day ago",
        "note": "1 visit, 1 product looked at in the last 30 days",
        "made_up": "made up for the demo",
    }
    assert profile(Customer.objects.get(customer_id="B"), personal=True).seen == {}
