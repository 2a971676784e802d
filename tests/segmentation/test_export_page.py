"""A segment leaves the house: what goes out is said first, and a purpose is asked."""

import csv
import io

import pytest
from django.test import Client

from core.models import AuditEntry
from segmentation.export_terms import Counted, counted_terms, withheld
from segmentation.models import Segment
from segmentation.services import create_segment
from tests.conftest import PASSWORD, person

PAGE = "/segments/long-silent/export/"
SILENT = {"feature": "recency_days", "op": ">=", "value": 19}


@pytest.fixture
def segment(opened, mara) -> Segment:
    """F may be called, G e-mailed, H and I not reached at all."""
    return create_segment(name="Long silent", definition=SILENT, actor=mara)


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def taken(name: str, **sent) -> list[dict[str, str]]:
    answer = client_of(name).post(PAGE, {"purpose": "Calls", **sent})
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="long-silent.csv"'
    text = b"".join(answer.streaming_content).decode()
    rows = csv.DictReader(io.StringIO(text))
    return sorted(rows, key=lambda row: row["customer_id"])


def test_what_goes_out_and_what_is_withheld_is_said_before(segment):
    assert counted_terms(segment) == Counted(4, 2, {"email": 1, "phone": 1})
    page = client_of("sam").get(PAGE).context
    columns = {row["label"]: row["many"] for row in page["columns"]}
    assert (columns["Name"], columns["E-mail"], columns["Telephone"], columns["Spent"]) == (
        "4 of 4", "1 of 4", "1 of 4", "4 of 4",
    )  # fmt: skip
    assert page["withheld"][:2] == [
        ("3 telephone numbers", "no consent to calls or texts"),
        ("3 e-mail addresses", "no consent to e-mail"),
    ]
    masked = client_of("mara").get(PAGE).context
    assert "E-mail" not in {row["label"] for row in masked["columns"]}
    assert masked["withheld"][0] == (
        "Name, e-mail and telephone", "your role may not see personal data",
    )  # fmt: skip
    assert withheld(Counted(2, 0, {"email": 2, "phone": 2}), personal=True)[0][0] == "Birth date"
    assert AuditEntry.objects.filter(verb="export_segment").count() == 0


def test_without_a_purpose_nothing_leaves_and_nothing_typed_is_lost(segment):
    for purpose in ("", "   "):
        answer = client_of("sam").post(
            PAGE, {"purpose": purpose, "column": ["name"], "unreachable": "left_out"}
        )
        assert answer.status_code == 400
        html = answer.content.decode()
        assert "Say what the list is for" in html
        assert 'value="name" checked' in html
        assert 'value="email" checked' not in html
        assert 'value="left_out" checked' in html
    assert not AuditEntry.objects.filter(verb="export_segment").exists()


def test_addresses_go_out_only_where_they_may_be_used(segment):
    rows = {row["customer_id"]: row for row in taken("sam")}
    assert list(rows) == ["F", "G", "H", "I"]
    assert (rows["F"]["name"], rows["F"]["phone"]) == ("Fay Ford", "'+1 555 0101")
    assert (rows["G"]["name"], rows["G"]["phone"]) == ("Gus Gray", "")
    assert (rows["H"]["reachable_email"], rows["G"]["reachable_email"]) == ("false", "true")
    assert [row["customer_id"] for row in taken("sam", unreachable="left_out")] == ["F", "G"]


def test_a_role_takes_no_column_that_it_may_not_see_however_it_asks(segment):
    (first, *_) = taken("mara", column=["name", "phone", "region", "no_such"])
    assert list(first) == ["customer_id", "region"]
    (first, *_) = taken("sam", column=["name", "purchase_frequency"])
    assert list(first.items()) == [
        ("customer_id", "F"), ("name", "Fay Ford"), ("purchase_frequency", "4"),
    ]  # fmt: skip


def test_the_purpose_stands_in_the_audit_and_beside_the_next_export(segment, ada):
    taken("sam", purpose=" Calls in  the week ", column=["name"], unreachable="left_out")
    entry = AuditEntry.objects.get(verb="export_segment")
    assert (entry.actor_label, entry.subject, entry.detail) == (
        "sam", "long-silent",
        {"purpose": "Calls in the week", "personal": True, "rows": 2,
         "columns": "Customer number, Name"},
    )  # fmt: skip
    before = client_of("mara").get(PAGE).context["before"]
    assert [(row["who"], row["rows"], row["purpose"]) for row in before] == [
        ("sam", "2 rows", "Calls in the week"),
    ]  # fmt: skip
    for name in ("sue", "pete", "ada", "vic"):
        assert client_of(name).post(PAGE, {"purpose": "Calls"}).status_code == 403
    assert AuditEntry.objects.filter(verb="export_segment").count() == 1


def test_the_api_answers_as_before(segment, sam, api_of):
    answer = api_of(sam).get("/api/v1/segments/long-silent/members/?format=csv")
    text = b"".join(answer.streaming_content).decode()
    rows = {row["customer_id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["G"]["phone"] == "'+1 555 0102"
