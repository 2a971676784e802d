"""The doors between the rooms: knowledge goes up and sideways through these and no others."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.apps import apps
from django.conf import settings

from core.contracts.builder import Feature
from core.people import audited_verbs, person_verbs
from core.services import configure_organisation
from customers.frames import profile_frame
from customers.models import Consent, ContactLedger, Customer, Suppression
from features.frames import customer_features, snapshot
from features.models import FeatureFile
from features.services import publish
from ingestion.known_kinds import kinds
from ingestion.services import request_undo, undo_load
from runs.services import perform
from segmentation.selectors import preview
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed
from tests.testapp.models import Shelf

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROOT = Path(settings.BASE_DIR)
# Where something about a person may lie outside of tables.
STORES = {
    "mirror", "families", "snapshots", "lists", "uploads", "logs", "outbox", "cache", "demo",
}  # fmt: skip
# Folders and files of CBA_HOME that hold nothing about a customer, or only hashes.
IMPERSONAL = {"keys", "static", "models", "valkey", "postgres", "erasures", "demo.json"}
# What the shop itself puts there to be read: it is not ours to change.
THE_SHOPS_OWN = {"incoming"}
# Folders whose stores have names of their own.
HOLDING = {"features": {"families", "snapshots"}, "recommendations": {"lists"}}


def test_door_1_what_is_published_can_be_ruled_by(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    run = refreshed(shop.AS_OF)
    pks = snapshot().collect()["customer_pk"]
    score = Feature("mood", "float32", "how they feel", source="test")
    frame = pl.DataFrame({"customer_pk": pks, "mood": [0.5] * 3 + [0.1] * 7})
    publish(family="mood", frame=frame, as_of=shop.AS_OF, source=run, features=[score])
    assert preview({"feature": "mood", "op": "=", "value": 0.5})["total"] == 3
    assert preview({"feature": "rfm_group", "op": "=", "value": "At risk"})["total"] == 2
    refreshed(shop.AS_OF)
    assert preview({"feature": "mood", "op": "=", "value": 0.5})["total"] == 3


def test_door_2_a_kind_of_another_app_is_found_loaded_and_undone(tmp_path):
    assert "shelves" in kinds()
    load = bring_in(tmp_path, "code,height\nA,10\nB,high\nA,10\nC,30\n", "shelves")
    assert (load.read, load.loaded, load.duplicate, load.rejected) == (4, 2, 1, 1)
    assert list(Shelf.objects.order_by("code").values_list("code", "height")) == [
        ("A", 10),
        ("C", 30),
    ]
    perform(run=request_undo(load=load, send=False), job=undo_load)
    assert Shelf.objects.count() == 0


def test_door_3_every_model_and_store_about_people_has_its_verbs():
    answered = {label for verbs in person_verbs() for label in verbs.models}
    about_people = {Customer}
    while True:
        more = {
            model
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.get_fields()
            if field.is_relation and field.concrete and field.related_model in about_people
        }
        if more <= about_people:
            break
        about_people |= more
    assert {model._meta.label for model in about_people} == answered
    stores = {store for verbs in person_verbs() for store in verbs.stores}
    assert stores == STORES


def test_door_3_every_model_about_people_moves_at_a_merge_or_says_why_it_stays():
    one, other = (Customer.objects.create(customer_id=c, load_id=1).pk for c in "AB")
    for verbs in person_verbs():
        moving = {rows.model._meta.label for rows in verbs.movable(one, other)}
        assert moving | set(verbs.stays) == set(verbs.models), verbs.key
        assert not moving & set(verbs.stays), verbs.key


def test_door_3_every_folder_of_the_home_is_a_store_or_impersonal():
    named = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if path.relative_to(ROOT).parts[0] not in ("tests", "node_modules"):
            named |= set(re.findall(r"CBA_HOME / \"([\w.]+)\"", path.read_text()))
    assert {"uploads", "mirror", "features", "logs", "outbox"} <= named
    assert named - IMPERSONAL - THE_SHOPS_OWN - STORES - set(HOLDING) == set()


def test_door_3_every_audited_act_about_a_customer_is_renamed_at_an_erasure():
    """A verb that writes a customer_id into the audit is declared by one of the apps."""
    written = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in ("tests", "node_modules"):
            continue
        tree = ast.parse(path.read_text())
        for within in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            verbs = [said["verb"] for said in said_to("record_audit", within) if about_one(said)]
            # A verb that is handed on by its name is said by who calls the function.
            callers = [said["verb"] for said in said_to(within.name, tree) if "verb" in verbs]
            written |= {verb.strip("'") for verb in [*verbs, *callers] if verb != "verb"}
    assert written - set(audited_verbs()) == set()
    assert {"dismiss_duplicate", "reopen_duplicate"} <= written


def said_to(function: str, tree: ast.AST) -> list[dict[str, str]]:
    """The keywords of each call of ``function``."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return [
        {str(word.arg): ast.unparse(word.value) for word in call.keywords}
        for call in calls
        if ast.unparse(call.func) == function
    ]


def about_one(said: dict[str, str]) -> bool:
    return "customer" in said.get("subject", "")


def test_door_3_forgetting_leaves_no_row_and_no_file(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    pk = Customer.objects.get(customer_id="A").pk
    for verbs in person_verbs():
        verbs.forget(pk)
    assert not Customer.objects.filter(customer_id="A").exists()
    assert snapshot().filter(pl.col("customer_pk") == pk).collect().height == 0
    for file in FeatureFile.objects.all():
        frame = pl.read_parquet(file.path)
        assert frame.filter(pl.col("customer_pk") == pk).height == 0
    from transactions.frames import mirror_lines

    assert mirror_lines().filter(pl.col("customer_pk") == pk).collect().height == 0
    assert customer_features(pk) == {}


def test_door_3_a_person_can_be_moved_and_moved_back(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF)
    a, b = (Customer.objects.get(customer_id=c).pk for c in "AB")
    before = {verbs.key: verbs.disclose(a) for verbs in person_verbs()}
    journals = {verbs.key: verbs.repoint(a, b) for verbs in person_verbs()}
    transactions = next(verbs for verbs in person_verbs() if verbs.key == "transactions")
    assert len(transactions.disclose(b)["order_lines"]) == 5
    for verbs in person_verbs():
        verbs.repoint_back(journals[verbs.key], a, b)
    assert {verbs.key: verbs.disclose(a) for verbs in person_verbs()} == before


@pytest.mark.parametrize(("messages", "reachable"), [(0, True), (1, True), (2, False)])
def test_door_4_the_ledger_that_campaigns_write_limits_who_is_reachable(messages, reachable):
    configure_organisation(cap_messages=2, cap_days=7)
    customer = Customer.objects.create(customer_id="A", load_id=1)
    Consent.objects.create(customer=customer, channel="email", granted=True, at=NOW - timedelta(9))
    for number in range(messages):
        at = NOW - timedelta(days=6 - number)
        ContactLedger.objects.create(customer=customer, channel="email", campaign="x", at=at)
    # Before the window, and at the moment itself: neither counts.
    for at in (NOW - timedelta(days=7, seconds=1), NOW):
        ContactLedger.objects.create(customer=customer, channel="email", campaign="y", at=at)
    found = profile_frame(NOW).row(0, named=True)
    assert (found["consent_email"], found["reachable_email"]) == (True, reachable)
    assert found["reachable_sms"] is False


def test_door_4_suppression_goes_before_consent():
    customer = Customer.objects.create(customer_id="A", load_id=1)
    before = NOW - timedelta(seconds=1)
    Consent.objects.create(customer=customer, channel="email", granted=True, at=before)
    Consent.objects.create(customer=customer, channel="email", granted=False, at=NOW)
    Suppression.objects.create(customer=customer, channel="email", reason="bounced", at=before)
    Suppression.objects.create(customer=customer, channel="sms", reason="bounced", at=NOW)
    found = profile_frame(NOW).row(0, named=True)
    assert (found["consent_email"], found["reachable_email"]) == (True, False)
