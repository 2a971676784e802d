"""What support writes on a customer page, and what stands there afterwards."""

from datetime import UTC, datetime

import pytest

from core.models import AuditEntry
from core.services import configure_organisation
from customers.models import Consent, Customer, Interaction, Note

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(db):
    return Customer.objects.create(customer_id="A", load_id=1)


@pytest.fixture
def sues(client, sue):
    client.force_login(sue)
    return client


CALL = {
    "channel": "phone", "opened_at": "2026-02-24T14:30", "subject": "Double charge",
    "text": "Paid twice", "state": "open", "outcome": "",
}  # fmt: skip


def test_a_note_stands_on_the_page_with_who_wrote_it(sues, customer, client, mara):
    answer = sues.post("/customers/A/notes/", {"text": "Wants\nno calls"})
    assert (answer.status_code, answer["Location"]) == (302, "/customers/A/#notes")
    page = sues.get("/customers/A/")
    (row,) = page.context["notes"]["rows"]
    day = datetime.now(UTC).strftime("%-d %b %Y")
    assert (row["text"], row["by"]) == ("Wants\nno calls", f"sue, support · {day}")
    assert page.context["notes"]["finding"] == f"sue wrote on {day}"
    assert "Wants<br>no calls" in page.content.decode()
    client.force_login(mara)
    masked = client.get("/customers/A/").content.decode()
    assert "Wants" not in masked
    assert f"sue wrote on {day}" in masked
    assert "Keep note" not in masked


def test_a_refused_note_is_still_in_its_field(sues, customer):
    long = "Wants no calls. " * 300
    answer = sues.post("/customers/A/notes/", {"text": long})
    assert answer.status_code == 400
    assert long.strip() in answer.content.decode()
    assert "at most 4000 characters" in answer.content.decode()
    assert not Note.objects.exists()


def test_a_note_is_struck_and_put_back_by_two_presses(sues, customer):
    sues.post("/customers/A/notes/", {"text": "Wants no calls"})
    number = Note.objects.get().pk
    struck = sues.post(f"/customers/A/notes/{number}/strike/", follow=True)
    assert struck.context["notes"]["rows"] == []
    assert struck.context["notes"]["struck"] == number
    sues.post(f"/customers/A/notes/{number}/restore/")
    again = sues.get(f"/customers/A/?struck={number}")
    assert [row["number"] for row in again.context["notes"]["rows"]] == [number]
    assert again.context["notes"]["struck"] is None


@pytest.mark.parametrize("struck", ["0", "x", "9" * 30, ""])
def test_an_address_that_names_no_struck_note_shows_the_page(sues, customer, struck):
    assert sues.get("/customers/A/", {"struck": struck}).status_code == 200


def test_nobody_strikes_a_note_through_another_customers_page(sues, customer):
    Customer.objects.create(customer_id="B", load_id=1)
    sues.post("/customers/A/notes/", {"text": "Wants no calls"})
    number = Note.objects.get().pk
    assert sues.post(f"/customers/B/notes/{number}/strike/").status_code == 404
    assert Note.objects.get().struck_at is None


def test_the_time_of_a_contact_is_of_the_shops_clock(sues, customer):
    configure_organisation(time_zone="America/New_York")
    answer = sues.post("/customers/A/contacts/new/", CALL)
    assert answer["Location"] == "/customers/A/#contacts"
    contact = Interaction.objects.get()
    assert contact.opened_at == datetime(2026, 2, 24, 19, 30, tzinfo=UTC)
    assert contact.closed_at is None
    (row,) = sues.get("/customers/A/").context["contacts"]["rows"]
    assert (row["what"], row["how"]) == ("Double charge", "phone, open, logged by sue")


def test_a_refused_contact_keeps_every_word(sues, customer):
    answer = sues.post("/customers/A/contacts/new/", {**CALL, "opened_at": "2999-01-01T00:00"})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "cannot begin in the future" in html
    for words in ("Double charge", "Paid twice", "2999-01-01T00:00"):
        assert words in html
    assert not Interaction.objects.exists()


def test_an_open_request_is_closed_from_the_page_and_opened_again(sues, customer):
    sues.post("/customers/A/contacts/new/", CALL)
    number = Interaction.objects.get().pk
    empty = sues.post(f"/customers/A/contacts/{number}/close/", {"outcome": " "})
    assert empty.status_code == 400
    assert "Say how it ended." in empty.content.decode()
    sues.post(f"/customers/A/contacts/{number}/close/", {"outcome": "refunded"})
    page = sues.get("/customers/A/")
    assert page.context["contacts"]["rows"][0]["reopens"] is True
    assert page.context["contacts"]["finding"].startswith("No request is open")
    sues.post(f"/customers/A/contacts/{number}/reopen/")
    assert Interaction.objects.get().closed_at is None


def test_how_somebody_typed_that_it_ended_is_masked_as_names_are(
    sues, customer, client, mara, api_of
):
    sues.post("/customers/A/contacts/new/", {**CALL, "state": "settled", "outcome": "Ann called"})
    assert "Ann called" in sues.get("/customers/A/").content.decode()
    client.force_login(mara)
    assert "Ann called" not in client.get("/customers/A/").content.decode()
    (told,) = api_of(mara).get("/api/v1/customers/A/interactions/").json()["results"]
    assert told["outcome"] == "•••"


def test_a_word_about_being_written_to_holds_at_once(sues, customer, sue):
    refused = sues.post("/customers/A/consent/", {"channel": "email", "source": "telephone"})
    assert refused.status_code == 400
    assert "Say whether they agreed or refused." in refused.content.decode()
    assert not Consent.objects.exists()
    said = {"channel": "email", "granted": "no", "source": "telephone"}
    assert sues.post("/customers/A/consent/", said)["Location"] == "/customers/A/#consent"
    email = sues.get("/customers/A/").context["writing"]["channels"][0]
    assert (email["name"], email["words"]) == ("E-mail", "no")
    assert email["note"].startswith("refused, telephone, ")
    assert AuditEntry.objects.get(verb="state_consent").actor_label == "sue"


@pytest.mark.parametrize("address", ["notes/", "contacts/new/", "consent/"])
def test_marketing_writes_nothing_about_a_customer(client, mara, customer, address):
    client.force_login(mara)
    typed = {**CALL, "granted": "yes", "source": "x"}
    assert client.post(f"/customers/A/{address}", typed).status_code == 403
    written = (Note, Interaction, Consent)
    assert [model.objects.count() for model in written] == [0, 0, 0]
