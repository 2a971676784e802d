"""What colleagues write about a customer by hand: notes, contacts, and what becomes of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from core.errors import Conflict, Refused
from core.models import AuditEntry
from core.people import person_verbs
from customers.models import Customer, Interaction, Note
from customers.selectors import notes
from customers.services import (
    close_contact,
    log_contact,
    reopen_contact,
    restore_note,
    strike_note,
    write_note,
)
from ingestion.services import request_undo
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASKED = "customer_id,channel,opened_at,closed_at,subject,text,outcome\n"
CALL = {"channel": "phone", "subject": "Double charge", "text": "Paid twice", "opened_at": NOW}


@pytest.fixture
def customer(db):
    return Customer.objects.create(customer_id="A", load_id=1)


def audited() -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.exclude(verb__startswith="create_").order_by("pk")
    return list(rows.values_list("verb", "actor_label", "subject"))


def refuses_undo(load, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        request_undo(load=load, send=False)


def test_a_note_has_its_author_and_its_time_and_lies_encrypted(customer, sue):
    note = write_note(customer=customer, text="  Wants no calls. ", actor=sue, at=NOW)
    assert (note.text, note.author, note.written_at) == ("Wants no calls.", sue, NOW)
    assert audited() == [("write_note", "sue", "A")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(text, 'escape') FROM customers_note")
        assert "calls" not in cursor.fetchone()[0]


def test_a_button_pressed_twice_writes_one_note(customer, sue, sam):
    write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW)
    write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW + timedelta(seconds=9))
    assert Note.objects.count() == 1
    write_note(customer=customer, text="Wants no calls.", actor=sam, at=NOW + timedelta(seconds=9))
    write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW + timedelta(minutes=2))
    assert [note.author for note in notes(customer)] == [sue, sam, sue]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n ", "Write something first."),
        ("x" * 4001, "At most 4,000 letters; these are 4,001."),
    ],
)
def test_a_note_without_words_or_end_is_refused(customer, sue, text, words):
    with pytest.raises(Refused, match=words) as refused:
        write_note(customer=customer, text=text, actor=sue, at=NOW)
    assert refused.value.fields == {"text": words}
    assert (Note.objects.count(), audited()) == (0, [])


def test_a_struck_note_can_be_put_back(customer, sue, sam):
    note = write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW)
    for _ in range(2):
        strike_note(note=note, actor=sam, at=NOW)
    assert list(notes(customer)) == []
    for _ in range(2):
        restore_note(note=note, actor=sam)
    assert list(notes(customer)) == [note]
    assert audited()[1:] == [("strike_note", "sam", "A"), ("restore_note", "sam", "A")]


def test_a_contact_that_is_settled_ended_when_it_began(customer, sue):
    settled = log_contact(
        customer=customer, actor=sue, at=NOW, is_open=False, outcome="refunded", **CALL
    )
    assert (settled.channel, settled.subject, settled.text, settled.outcome) == (
        "phone", "Double charge", "Paid twice", "refunded",
    )  # fmt: skip
    assert (settled.closed_at, settled.logged_by, settled.load_id) == (NOW, sue, None)
    assert audited() == [("log_contact", "sue", "A")]


def test_the_same_contact_twice_is_one_and_another_at_that_minute_is_refused(customer, sue, sam):
    first = log_contact(customer=customer, actor=sue, at=NOW, is_open=True, **CALL)
    assert log_contact(customer=customer, actor=sue, at=NOW, is_open=True, **CALL) == first
    with pytest.raises(Refused, match="at this minute is there already"):
        log_contact(customer=customer, actor=sam, at=NOW, is_open=True, **CALL)
    late = {**CALL, "opened_at": NOW + timedelta(minutes=1)}
    with pytest.raises(Refused, match="cannot begin in the future"):
        log_contact(customer=customer, actor=sue, at=NOW, is_open=True, **late)
    assert Interaction.objects.get() == first


def test_an_open_contact_is_closed_once_and_can_be_opened_again(customer, sue, sam):
    contact = log_contact(customer=customer, actor=sue, at=NOW, is_open=True, **CALL)
    later = NOW + timedelta(hours=3)
    for _ in range(2):
        close_contact(contact=contact, outcome="refunded", actor=sue, at=later)
    with pytest.raises(Conflict, match="was closed meanwhile"):
        close_contact(contact=contact, outcome="sent away", actor=sam, at=later)
    contact.refresh_from_db()
    assert (contact.closed_at, contact.outcome, contact.closed_by) == (later, "refunded", sue)
    reopen_contact(contact=contact, actor=sam)
    contact.refresh_from_db()
    assert (contact.closed_at, contact.outcome) == (None, None)
    assert [verb for verb, *_ in audited()] == ["log_contact", "close_contact", "reopen_contact"]


def test_what_a_file_has_closed_is_not_opened_again_by_hand(tmp_path, sue):
    bring_in(tmp_path, ASKED + "A,email,2026-02-01,2026-02-02,Lost,Card,sent\n", "interactions")
    contact = Interaction.objects.get()
    reopen_contact(contact=contact, actor=sue)
    contact.refresh_from_db()
    assert contact.outcome == "sent"
    assert not AuditEntry.objects.filter(verb="reopen_contact").exists()


def test_a_load_is_not_undone_over_what_people_wrote(tmp_path, sue):
    load = bring_in(tmp_path, "customer_id,region\nA,North\n", "customers")
    customer = Customer.objects.get(customer_id="A")
    note = write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW)
    refuses_undo(load, "1 notes were written about its customers")
    note.delete()
    log_contact(customer=customer, actor=sue, at=NOW, is_open=True, **CALL)
    refuses_undo(load, "1 interactions belong to customers that it brought in")
    assert Customer.objects.filter(customer_id="A").exists()


def test_a_load_whose_request_was_closed_by_hand_is_kept(tmp_path, sue, customer):
    load = bring_in(tmp_path, ASKED + "A,email,2026-02-01,,Lost,Card,\n", "interactions")
    close_contact(contact=Interaction.objects.get(), outcome="sent", actor=sue, at=NOW)
    refuses_undo(load, "1 of its requests were closed by hand")
    assert Interaction.objects.get().outcome == "sent"


def test_a_person_takes_their_notes_along_and_leaves_none(customer, sue):
    (verbs,) = (app for app in person_verbs() if app.key == "customers")
    other = Customer.objects.create(customer_id="B", load_id=1)
    note = write_note(customer=customer, text="Wants no calls.", actor=sue, at=NOW)
    strike_note(note=note, actor=sue, at=NOW)
    assert verbs.disclose(customer.pk)["notes"] == [
        {"text": "Wants no calls.", "written_at": NOW, "struck_at": NOW, "author": "sue"}
    ]
    journal = verbs.repoint(customer.pk, other.pk)
    assert Note.objects.get().customer == other
    verbs.repoint_back(journal, customer.pk, other.pk)
    verbs.forget(customer.pk)
    assert not Note.objects.exists()


def test_a_program_reads_and_writes_notes_as_its_person_may(customer, sue, mara, api_of):
    address = "/api/v1/customers/A/notes/"
    assert api_of(mara).post(address, {"text": "Hello"}).status_code == 403
    assert not Note.objects.exists()
    answer = api_of(sue).post(address, {"text": "Wants no calls."})
    assert answer.status_code == 201
    written = answer.json()
    assert (written["text"], written["author"], written["masked"]) == (
        "Wants no calls.", "sue", False,
    )  # fmt: skip
    assert api_of(sue).get(address).json()["results"] == [written]
    masked = {**written, "text": "•••", "masked": True}
    assert api_of(mara).get(address).json()["results"] == [masked]
    refused = api_of(sue).post(address, {"text": ""})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["text"])
