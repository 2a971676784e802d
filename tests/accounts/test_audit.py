"""The audit: who was turned away, who did what, and how one finds it again."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from accounts.audit_words import KINDS, WORDS, behind, deed
from accounts.models import ApiKey
from accounts.services import set_role
from core.models import AuditEntry
from core.services import record_audit
from runs.models import Run
from segmentation.models import Segment
from tests.conftest import PASSWORD

VERB = re.compile(r"[a-z]+(_[a-z]+)*")
pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user) -> Client:
    client = Client()
    assert client.login(email=user.email, password=PASSWORD)
    return client


def denied() -> list[tuple[str, str, str, str]]:
    found = AuditEntry.objects.filter(verb="denied").order_by("pk")
    return [(e.actor_label, e.subject, e.detail["method"], e.detail["needed"]) for e in found]


def when(entry: AuditEntry, at: datetime) -> None:
    AuditEntry.objects.filter(pk=entry.pk).update(at=at)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_page_that_sam_may_not_open_leaves_one_entry_and_nothing_else(sam):
    client = signed_in(sam)
    answer = client.post("/refresh/")
    assert answer.status_code == 403
    assert denied() == [("sam", "refresh/", "POST", "MANAGE_MODELS")]
    assert Run.objects.count() == 0


def test_a_refusal_names_the_route_and_never_the_customer(ada):
    assert signed_in(ada).get("/customers/K-17/").status_code == 403
    assert denied() == [("ada", "customers/<path:customer_id>/", "GET", "VIEW_CUSTOMERS")]
    entry = AuditEntry.objects.get(verb="denied")
    assert deed(entry) == "was turned away from /customers/…/"
    assert (
        behind(entry)
        == "lacks: see customer pages and member lists, with names masked; method: GET"
    )


def test_a_key_that_may_not_leaves_an_entry_of_its_person(ann, api_of):
    assert api_of(ann, "VIEW_RESULTS").get("/api/v1/runs/").status_code == 403
    assert denied() == [("ann", "api/v1/runs/", "GET", "VIEW_OPERATIONS")]


def test_a_refusal_for_another_reason_does_not_say_that_the_capability_lacks(pete, api_of):
    Segment.objects.create(slug="champions", name="Champions", kind="rule", definition={"all": []})
    answer = api_of(pete).get("/api/v1/segments/champions/members/", {"format": "csv"})
    assert answer.status_code == 403
    assert denied() == [("pete", "api/v1/segments/<slug:slug>/members/", "GET", "")]


def test_who_is_not_signed_in_is_sent_to_the_door_without_an_entry(db):
    assert Client().get("/people/").status_code == 302
    assert APIClient().get("/api/v1/runs/").status_code == 401
    assert denied() == []


def test_a_page_without_permission_says_who_may_and_who_gives_it(vic, ada):
    said = text(signed_in(vic).get("/customers/"))
    assert "Your role may not see customer pages and member lists, with names masked." in said
    assert "An admin of your shop can give you one of the roles that may." in said
    assert "Marketing, Sales, Support, Product, Analyst" in said
    assert '<a href="mailto:ada@shop.example">ada</a>' in said


def test_a_changed_role_is_read_in_words(ada, sam):
    set_role(user=sam, role="support", actor=ada)
    entry = AuditEntry.objects.get(verb="set_role")
    assert deed(entry) == "changed the role of sam@shop.example"
    assert behind(entry) == "from Sales; to Support"


def test_an_export_says_its_purpose(sam):
    record_audit(
        actor=sam,
        verb="export_segment",
        subject="at-risk",
        detail={"personal": True, "rows": 118, "purpose": "call list for Monday"},
    )
    entry = AuditEntry.objects.get(verb="export_segment")
    assert deed(entry) == "exported the segment at-risk"
    assert behind(entry) == "with names; 118 rows; for: call list for Monday"


def test_the_address_says_which_entries_are_shown(ada, ann, sam):
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    when(record_audit(actor=sam, verb="view_customer", subject="K-1"), noon)
    when(record_audit(actor=sam, verb="export_segment", subject="loyal"), noon - timedelta(days=1))
    when(record_audit(actor=ann, verb="promote_model", subject="churn 3"), noon)
    client = signed_in(ada)

    def shown(query: str) -> list[str]:
        return [row["what"] for row in client.get(f"/audit/?{query}").context["rows"]]

    look, export = "was shown personal data of customer K-1", "exported the segment loyal"
    assert shown("kind=looks") == [look]
    assert shown("kind=exports") == [export]
    assert shown("verb=promote_model") == ["let the model churn 3 answer"]
    assert shown("person=sam@shop.example&until=2026-03-02") == [look, export]
    assert shown("customer=K-1") == [look]
    assert shown("since=2026-03-02&until=2026-03-02&kind=exports") == []
    assert shown("customer=loyal") == []


def test_a_person_is_found_by_what_was_done_to_their_account(ada, sam):
    set_role(user=sam, role="support", actor=ada)
    answer = signed_in(ada).get("/audit/?person=sam@shop.example&kind=people")
    assert [row["who"] for row in answer.context["rows"]] == ["ada", "system"]
    assert answer.context["finding"] == (
        "2 entries: people, roles and keys, by or about sam@shop.example."
    )


def test_a_date_that_is_none_is_told_and_left_out(ada):
    answer = signed_in(ada).get("/audit/?since=yesterday")
    assert answer.context["lede"].endswith("“yesterday” is not a date, and was left out.")


def test_the_second_page_keeps_what_was_asked_for(ada, sam):
    for number in range(51):
        record_audit(actor=sam, verb="view_customer", subject=str(number))
    answer = signed_in(ada).get("/audit/?kind=looks")
    assert answer.context["position"] == "1–50 of 51"
    assert answer.context["next_url"] == "?kind=looks&page=2"


def test_the_audit_goes_out_as_a_file_that_no_spreadsheet_runs_and_leaves_an_entry(ada, sam):
    sam.name = "=sum(1)"
    sam.save()
    record_audit(actor=sam, verb="view_customer", subject="K-1")
    answer = signed_in(ada).get("/audit/export/?kind=looks")
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert rows[0] == "at,who,deed,detail,verb,subject"
    assert len(rows) == 2
    assert rows[1].endswith(",'=sum(1),was shown personal data of customer K-1,,view_customer,K-1")
    assert AuditEntry.objects.get(verb="export_audit").detail == {"rows": 1}


def test_the_page_asks_as_often_for_fifty_entries_as_for_one(ada, sam, django_assert_num_queries):
    client = signed_in(ada)
    record_audit(actor=sam, verb="view_customer", subject="K-1")
    client.get("/audit/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/audit/?kind=looks")
    for number in range(50):
        record_audit(actor=sam, verb="view_customer", subject=str(number))
    with django_assert_num_queries(len(few)):
        client.get("/audit/?kind=looks")


def written_verbs() -> set[str]:
    """Every verb that the product's own code hands to record_audit, or to a helper before it."""
    found = set()
    for app in settings.APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    found |= {text for text in texts(node) if VERB.fullmatch(text)}
    return found


def texts(call: ast.Call) -> list[str]:
    name = ast.unparse(call.func)
    given = [k.value for k in call.keywords if k.arg == "verb"] if name == "record_audit" else []
    if name in ("_noted", "_saved", "_note_export"):
        given = [argument for argument in call.args if not isinstance(argument, ast.Name)]
    parts = [part for argument in given for part in ast.walk(argument)]
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def test_every_verb_that_is_written_has_its_words():
    assert sorted(written_verbs() - set(WORDS)) == []


def test_every_kind_holds_verbs_that_have_words():
    held = [verb for kind in KINDS.values() for verb in kind.verbs]
    assert [verb for verb in held if verb not in WORDS] == []
    assert len(held) == len(set(held))


def test_no_key_was_made_by_reading(ada):
    signed_in(ada).get("/people/keys/")
    assert ApiKey.objects.count() == 0
