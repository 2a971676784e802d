"""What the page of a customer says agrees with itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from core.services import configure_organisation
from customers.models import Consent, Customer
from customers.selectors import MASK
from personas.homes.common import home
from personas.profile import _born, profile, rhythm
from personas.rfm_words import _counted_words, _earned
from personas.writing import may_we_write
from pipelines.services import update_customers
from runs.services import perform, request
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ten(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)


def page_of(customer: str):
    return profile(Customer.objects.get(customer_id=customer), personal=True)


def test_chart_favourites_and_figures_count_what_came_before_as_of(ten):
    # A's third order is of 12:00 on 28 February; the refresh is as of that midnight.
    refreshed(datetime(2026, 2, 28, tzinfo=UTC))
    page = page_of("A")
    assert {f["label"]: f["value"] for f in page.figures}["Orders"] == "2"
    assert [point[0] for point in page.chart["data"]["points"]] == ["2026-01-29", "2026-02-18"]
    assert (page.chart["data"]["today"], page.chart["data"]["silence_words"]) == (
        "2026-02-28",
        "9 days silent",
    )
    assert [(p["sku"], p["orders"], p["last"]) for p in page.products] == [("p1", "2", "18 Feb")]
    assert page.products_finding == "p1 is in 2 of 2 orders"


def test_whoever_changed_since_the_refresh_is_shown_as_changed(ten, tmp_path):
    refreshed(shop.AS_OF)
    load = bring_in(
        tmp_path, "customer_id,order_id,occurred_at,amount\nI,o99,2026-03-02T12:00Z,90\n"
    )
    pks = load.run.result["customers"]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    assert perform(run=run, job=update_customers).error == ""
    page = page_of("I")
    assert {f["label"]: f["value"] for f in page.figures}["Orders"] == "2"
    assert [point[0] for point in page.chart["data"]["points"]] == ["2025-12-01", "2026-03-02"]


def test_the_home_page_says_that_its_week_is_newer_than_its_groups(ten, vic):
    def notes() -> str:
        return " ".join(home(vic, timezone.now()).notes)

    refreshed(datetime(2026, 2, 28, tzinfo=UTC))
    words = "The week and its orders are of the newest data, to Sat 28 Feb 2026"
    assert words in notes()
    refreshed(shop.AS_OF)
    assert words not in notes()


def test_consent_is_of_a_day_of_the_shop(ten):
    configure_organisation(time_zone="America/New_York")
    customer = Customer.objects.get(customer_id="A")
    Consent.objects.create(
        customer=customer, channel="email", granted=True,
        at=datetime(2026, 2, 1, 3, 30, tzinfo=UTC), source="shop",
    )  # fmt: skip
    assert may_we_write(customer, at=shop.AS_OF)["channels"][0]["note"] == "shop, 31 Jan 2026"


def test_orders_earn_their_score_in_whole_numbers(ten):
    refreshed(shop.AS_OF)
    assert [s["why"] for s in page_of("A").rfm["scores"]] == [
        "0 days since the last order; 0–2 days earn this",
        "3 orders; 3 or more earn this",
        "$35; more than $16, to $35 earns this",
    ]
    assert page_of("D").rfm["scores"][1]["why"] == "2 orders; 2 earns this"
    assert page_of("B").rfm["scores"][1]["why"] == "1 order; 1 or less earns this"


@pytest.mark.parametrize(
    ("score", "cuts", "value", "said"),
    [
        (4, [1, 1, 2.4, 3], 3, "3 orders; 3 earns this"),
        (4, [1, 1, 2.4, 4.6], 3, "3 orders; 3 to 4 earn this"),
        (1, [2.0, 3, 4, 5], 1, "1 order; 2 or less earn this"),
        (5, [1, 2, 3, 4.0], 7, "7 orders; 5 or more earn this"),
        (3, [1, 1.2, 1.8, 2], 1.5, "1.50 orders; more than 1.20 orders, to 1.80 orders earns this"),
    ],
)
def test_a_count_and_what_earns_it(score, cuts, value, said):
    assert _counted_words(score, cuts, value, "order") == said


@pytest.mark.parametrize(
    ("score", "cuts", "value", "said"),
    [
        (2, [16.0, 35.0, 36, 37], 20.0, "20; more than 16, to 35 earns this"),
        (3, [1, 34.6, 35.4, 37], 35.0, "35.00; more than 34.60, to 35.40 earns this"),
        (1, [35.4, 36, 37, 38], 35.3, "35; 35 or less earns this"),
        (5, [1, 2, 3, 34.998], 34.999, "34.9990; more than 34.9980 earns this"),
    ],
)
def test_money_is_written_with_enough_decimals_to_be_true(score, cuts, value, said):
    assert _earned(score, cuts, value, lambda v, decimals: f"{v:,.{decimals}f}") == said


def days_with(*gaps: int) -> list[date]:
    days = [date(2026, 1, 1)]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    return days


@pytest.mark.parametrize(
    ("gaps", "usual"),
    [
        ((1, 59, 1), None),
        ((7, 7, 7), None),
        ((7, 7, 7, 7), 7),
        ((1, 1, 1, 1), 1),
        ((1, 60, 1, 60), None),
        ((5, 7, 12, 100), 9.5),
        ((7, 7, 7, 60, 60), 7),
        ((3, 7, 7, 60, 60), None),
    ],
)
def test_a_rhythm_is_said_where_most_pauses_are_alike(gaps, usual):
    assert rhythm(days_with(*gaps)) == usual


def test_without_a_rhythm_the_headline_counts_days(tmp_path):
    days = ["2025-12-01", "2025-12-02", "2026-01-30", "2026-01-31"]
    bring_in(
        tmp_path,
        shop.ORDER_LINES + "".join(f"Z,z{n},{d}T12:00Z,p1,1,1\n" for n, d in enumerate(days)),
    )
    refreshed(datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert page_of("Z").finding == "Bought on 4 days; the last order was 30 days ago."
    assert page_of("B").finding.startswith("Bought on one day only, ")
    assert page_of("F").finding == "Bought on 4 days, silent for 21: longer than ever before."


def said_by_a(tmp_path) -> None:
    asked = "customer_id,channel,opened_at,closed_at,subject,text,outcome\n"
    rows = (
        "A,email,2026-02-01T12:00Z,2026-02-04T13:00Z,Double charge,I paid twice,refunded\n"
        "A,phone,2026-01-15T12:00Z,,Card lost,Send a new one,\n"
    )
    bring_in(tmp_path, asked + rows, "interactions", mapping={"options": {"synthetic": True}})
    answer = "customer_id,kind,score,text,at\nA,nps,9,Fine bread,2026-02-05T12:00Z\n"
    bring_in(tmp_path, answer, "feedback")


def test_support_reads_what_was_asked_the_open_request_first(ten, tmp_path, client, sue):
    said_by_a(tmp_path)
    client.force_login(sue)
    page = client.get("/customers/A/")
    shown = page.context["contacts"]
    assert shown["finding"] == "1 request is open since 15 Jan 2026"
    assert [(row["what"], row["text"], row["how"]) for row in shown["rows"]] == [
        ("Card lost", "Send a new one", "phone, open"),
        ("Double charge", "I paid twice", "email, closed after 3 days, refunded"),
    ]
    assert page.content.decode().count("made up for the demo") == 2
    assert page.context["answers"]["finding"] == "Gave 9 of 10 for recommending us on 5 Feb 2026"
    assert "Fine bread" in page.content.decode()


def test_marketing_sees_that_something_was_said_and_not_what(ten, tmp_path, client, mara):
    said_by_a(tmp_path)
    client.force_login(mara)
    html = client.get("/customers/A/").content.decode()
    assert "1 request is open since 15 Jan 2026" in html
    for words in ("Card lost", "Send a new one", "Double charge", "I paid twice", "Fine bread"):
        assert words not in html


def test_whoever_said_nothing_has_that_said_of_them(ten, client, sue):
    client.force_login(sue)
    html = client.get("/customers/A/").content.decode()
    assert "No support request is known" in html
    assert "No answer to a survey yet" in html


def test_a_birth_date_is_written_as_people_write_it_and_stays_masked_where_it_is():
    assert _born("1965-08-22") == "born 22 Aug 1965"
    assert (_born(MASK), _born(None)) == (MASK, "")
