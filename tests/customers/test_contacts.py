"""Support requests and survey answers: what enters, what is turned away, who may read them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import Conflict
from core.models import AuditEntry
from core.people import person_verbs
from customers.models import Customer, Feedback, Interaction
from ingestion.models import Reject
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = "customer_id,channel,opened_at,closed_at,subject,text,outcome\n"
SAID = "customer_id,kind,score,text,at\n"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OPEN = "A,Email,2026-02-01T10:00Z,,Double charge,I paid twice,\n"
CLOSED = "A,email,2026-02-01T10:00Z,2026-02-04T09:00Z,Double charge,I paid twice,refunded\n"


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def reasons(load) -> list[tuple[int, str, str, str]]:
    rows = Reject.objects.filter(load=load).order_by("row")
    return list(rows.values_list("row", "column", "value", "reason"))


def undone(load) -> None:
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""


def test_a_request_is_open_until_a_later_file_says_how_it_ended(tmp_path):
    assert counts(bring_in(tmp_path, ASKED + OPEN, "interactions")) == (1, 1, 0, 0, 0, 0)
    assert Interaction.objects.get().closed_at is None
    assert counts(bring_in(tmp_path, ASKED + CLOSED, "interactions")) == (1, 0, 1, 0, 0, 0)
    request = Interaction.objects.get()
    assert (request.channel, request.subject, request.text, request.outcome) == (
        "email", "Double charge", "I paid twice", "refunded",
    )  # fmt: skip
    assert request.closed_at - request.opened_at == timedelta(days=2, hours=23)
    assert Customer.objects.get(customer_id="A").is_placeholder


def test_the_same_files_again_change_nothing(tmp_path):
    answer = "A,NPS,9,Fine,2026-02-05\n"
    assert counts(bring_in(tmp_path, ASKED + CLOSED + CLOSED, "interactions"))[1:5] == (1, 0, 0, 1)
    assert counts(bring_in(tmp_path, SAID + answer + answer, "feedback"))[1:5] == (1, 0, 0, 1)
    before = checksums()
    assert counts(bring_in(tmp_path, ASKED + CLOSED, "interactions")) == (1, 0, 0, 1, 0, 0)
    assert counts(bring_in(tmp_path, SAID + answer, "feedback")) == (1, 0, 0, 1, 0, 0)
    assert checksums() == before


def test_another_text_under_the_same_key_is_a_conflict_in_one_file_and_a_change_in_the_next(
    tmp_path,
):
    other = OPEN.replace("paid twice", "paid three times")
    load = bring_in(tmp_path, ASKED + OPEN + other, "interactions")
    assert counts(load) == (2, 1, 0, 0, 0, 1)
    assert [row[:2] for row in reasons(load)] == [(3, "opened_at")]
    assert counts(bring_in(tmp_path, ASKED + other, "interactions")) == (1, 0, 1, 0, 0, 0)
    assert Interaction.objects.get().text == "I paid three times"


def test_what_was_said_lies_encrypted_in_the_table(tmp_path):
    bring_in(tmp_path, ASKED + OPEN, "interactions")
    bring_in(tmp_path, SAID + "A,review,4,Lovely bread,2026-02-05\n", "feedback")
    with connection.cursor() as cursor:
        for table in ("customers_interaction", "customers_feedback"):
            cursor.execute(f"SELECT encode(t.text, 'escape'), t::text FROM {table} t")
            cells = " ".join(cursor.fetchone())
            assert "paid twice" not in cells
            assert "Lovely bread" not in cells


def test_a_request_that_closed_before_it_opened_is_turned_away(tmp_path):
    early = CLOSED.replace("2026-02-04T09:00Z", "2026-02-01T09:59Z")
    load = bring_in(tmp_path, ASKED + early, "interactions")
    assert counts(load) == (1, 0, 0, 0, 0, 1)
    assert reasons(load)[0][1::2] == ("closed_at", "closed before it was opened")


def test_scores_are_those_that_the_survey_has(tmp_path):
    rows = (
        "A,nps,0,,2026-02-01\nA,nps,10,,2026-02-02\nA,nps,11,,2026-02-03\nA,nps,,Good,2026-02-04\n"
        "A,csat,1,,2026-02-01\nA,csat,5,,2026-02-02\nA,csat,0,,2026-02-03\nA,csat,6,,2026-02-04\n"
        "A,poll,1,,2026-02-01\nA,post,,Nice shop,2026-02-01\nA,review,,,2026-02-01\n"
        "A,nps,8.5,,2026-02-05\n"
    )
    load = bring_in(tmp_path, SAID + rows, "feedback")
    assert counts(load) == (12, 5, 0, 0, 0, 7)
    assert reasons(load) == [
        (4, "score", "11", "NPS goes from 0 to 10"),
        (5, "score", "", "NPS goes from 0 to 10"),
        (8, "score", "0", "CSAT goes from 1 to 5"),
        (9, "score", "6", "CSAT goes from 1 to 5"),
        (10, "kind", "poll", "no kind of answer of ours"),
        (12, "text", "", "neither a score nor a text"),
        (13, "score", "8.5", "not a whole number"),
    ]


@pytest.mark.parametrize(("kind", "score"), [("nps", 11), ("nps", None), ("csat", 0), ("csat", 6)])
def test_the_database_itself_refuses_a_score_that_no_survey_has(kind, score):
    customer = Customer.objects.create(customer_id="A", load_id=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(customer=customer, kind=kind, score=score, at=NOW, load_id=1)
    assert not Feedback.objects.exists()


def test_an_undo_takes_out_the_rows_and_whom_only_they_named(tmp_path):
    bring_in(tmp_path, "customer_id,region\nB,North\n", "customers")
    before = checksums()
    asked = bring_in(tmp_path, ASKED + OPEN + OPEN.replace("A,", "B,"), "interactions")
    said = bring_in(tmp_path, SAID + "A,nps,9,,2026-02-05\nB,csat,2,,2026-02-05\n", "feedback")
    with pytest.raises(Conflict, match="1 answers belong to customers that it brought in"):
        request_undo(load=asked)
    undone(said)
    undone(asked)
    assert checksums() == before


def test_support_reads_the_texts_and_marketing_sees_that_there_are_some(
    tmp_path, api_of, sue, mara, vic
):
    bring_in(tmp_path, ASKED + OPEN, "interactions")
    seen = api_of(sue).get("/api/v1/customers/A/interactions/").json()["results"]
    assert [(row["subject"], row["text"], row["masked"]) for row in seen] == [
        ("Double charge", "I paid twice", False)
    ]
    looks = AuditEntry.objects.filter(verb="view_customer", subject="A")
    assert looks.count() == 1
    hidden = api_of(mara).get("/api/v1/customers/A/interactions/").json()["results"]
    assert [(row["subject"], row["text"], row["channel"]) for row in hidden] == [
        ("•••", "•••", "email")
    ]
    assert api_of(vic).get("/api/v1/customers/A/interactions/").status_code == 403
    assert api_of(sue).get("/api/v1/customers/nobody/interactions/").status_code == 404
    assert looks.count() == 1


def test_a_merge_leaves_what_both_said_at_once_and_goes_back(tmp_path):
    rows = OPEN + OPEN.replace("A,", "B,") + OPEN.replace("-01T", "-02T")
    bring_in(tmp_path, ASKED + rows, "interactions")
    verbs = next(verbs for verbs in person_verbs() if verbs.key == "customers")
    a, b = (Customer.objects.get(customer_id=name).pk for name in "AB")
    before = checksums()
    journal = verbs.repoint(a, b)
    days = [row["opened_at"].day for row in verbs.disclose(b)["interactions"]]
    assert days == [2, 1]
    assert [row["opened_at"].day for row in verbs.disclose(a)["interactions"]] == [1]
    verbs.repoint_back(journal, a, b)
    assert checksums() == before


def test_only_a_load_that_says_so_brings_made_up_rows(tmp_path):
    made_up = {"mapping": {"options": {"synthetic": True}}}
    bring_in(tmp_path, ASKED + OPEN, "interactions", **made_up)
    bring_in(tmp_path, SAID + "A,nps,9,,2026-02-05\n", "feedback")
    assert Interaction.objects.get().is_synthetic is True
    assert Feedback.objects.get().is_synthetic is False
