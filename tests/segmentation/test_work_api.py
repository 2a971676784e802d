"""Work lists by programs: made, read, worked, and refused as on the pages."""

import pytest

from core.models import AuditEntry
from segmentation.models import WorkEntry, WorkList
from tests.segmentation.test_work_lists import AT_RISK, SILENT, made

API = "/api/v1/worklists/"


@pytest.fixture
def sams(opened, sam, api_of):
    return api_of(sam)


def test_a_list_is_made_of_a_segment_a_rule_or_a_move(sams, sam):
    sent = {"name": "At risk", "segment": "at-risk", "owner": sam.email, "due_on": "2026-03-09"}
    answer = sams.post(API, sent | {"ticket": "one"}, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert told | {"id": 0, "created_at": ""} == {
        "id": 0, "name": "At risk", "origin": "segment At risk",
        "definition": {"segment": "at-risk"}, "owner": sam.email, "due_on": "2026-03-09",
        "created_at": "", "created_by": sam.email, "closed_at": None, "customers": 2, "done": 0,
        "elsewhere": 0, "spent": 95.0,
    }  # fmt: skip
    again = sams.post(API, sent | {"ticket": "one"}, format="json")
    assert again.json()["id"] == told["id"]
    rule = sams.post(API, {"name": "Silent", "definition": SILENT}, format="json").json()
    assert (rule["customers"], rule["elsewhere"]) == (4, 2)
    move = {"from": "2026-02-23", "to": "2026-03-01", "was": "loyal", "is": "previously-loyal"}
    moved = sams.post(API, {"name": "Slipped", "move": move}, format="json").json()
    assert (moved["customers"], moved["spent"]) == (1, 100.0)
    assert sams.get(API).json()["count"] == 3
    assert sams.get(f"{API}?show=closed").json()["count"] == 0


@pytest.mark.parametrize("sent", [
    {"name": "Of nobody named"},
    {"name": "Both", "segment": "at-risk", "definition": {"all": []}},
    {"name": "Of a stranger", "segment": "at-risk", "owner": "who@shop.example"},
    {"name": "Empty", "definition": {"feature": "recency_days", "op": ">", "value": 900}},
    {"name": "Bad rule", "definition": {"feature": "no_such", "op": ">", "value": 900}},
    {"name": "", "segment": "at-risk"},
])  # fmt: skip
def test_what_makes_no_list_is_refused_in_words(sams, sent):
    answer = sams.post(API, sent, format="json")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert WorkList.objects.count() == 0


def test_entries_are_read_worked_and_masked(sams, api_of, sam, mara):
    older = made(sam, "At risk", AT_RISK, owner=sam)
    work_list = made(sam)
    entries = f"{API}{work_list.pk}/entries/"
    done = sams.post(entries, {"customer_id": "F", "done": True, "note": "Comes"}, format="json")
    assert done.json() | {"done_at": ""} == {
        "customer_id": "F", "name": "Fay Ford", "state": "done", "work_list": None, "done_at": "",
        "done_by": sam.email, "note": "Comes",
    }  # fmt: skip
    rows = api_of(mara).get(entries).json()["results"]
    assert [(r["customer_id"], r["name"], r["state"], r["work_list"], r["note"]) for r in rows] == [
        ("F", "F••• F•••", "done", None, "•••"),
        ("G", "G••• G•••", "elsewhere", older.pk, None),
        ("H", "H••• H•••", "elsewhere", older.pk, None),
        ("I", None, "todo", None, None),
    ]  # fmt: skip
    assert [r["customer_id"] for r in sams.get(f"{entries}?state=todo").json()["results"]] == ["I"]
    refused = sams.post(entries, {"customer_id": "G", "done": True}, format="json")
    assert refused.status_code == 409
    assert "G is on the list At risk of sam" in refused.json()["error"]["message"]
    assert sams.post(entries, {"customer_id": "A", "done": True}, format="json").status_code == 404
    sams.post(entries, {"customer_id": "F", "done": False}, format="json")
    assert not WorkEntry.objects.exclude(done_at=None).exists()
    denied = api_of(mara).post(entries, {"customer_id": "F", "done": True}, format="json")
    assert denied.status_code == 403


def test_a_list_is_changed_closed_and_opened_again(sams, api_of, sam, pete, sue):
    work_list = made(sam)
    one = f"{API}{work_list.pk}/"
    changed = sams.patch(one, {"owner": sue.email, "due_on": "2026-03-09"}, format="json").json()
    assert (changed["owner"], changed["due_on"]) == (sue.email, "2026-03-09")
    assert api_of(pete).patch(one, {"closed": True}, format="json").status_code == 403
    assert sams.patch(one, {"closed": True}, format="json").json()["closed_at"]
    entries = f"{one}entries/"
    late = sams.post(entries, {"customer_id": "F", "done": True}, format="json")
    assert late.status_code == 409
    both = sams.patch(one, {"closed": False, "owner": None}, format="json").json()
    assert (both["closed_at"], both["owner"]) == (None, None)


def test_a_name_that_a_post_answers_with_is_a_look_and_a_refused_post_changes_nothing(sams, sam):
    made(sam, "At risk", AT_RISK, owner=sam)
    entries = f"{API}{made(sam).pk}/entries/"
    assert sams.post(entries, {"customer_id": "F"}, format="json").json()["name"] == "Fay Ford"
    assert AuditEntry.objects.filter(verb="view_work_list", actor_label="sam").count() == 1
    both = {"customer_id": "G", "note": "Comes", "done": True}
    assert sams.post(entries, both, format="json").status_code == 409
    assert not WorkEntry.objects.filter(note__isnull=False).exists()
