"""How good a load is, what holds it, and what waits until somebody has looked."""

import json

import pytest
from django.core.management import call_command

from core.errors import Conflict, Refused
from core.models import AuditEntry
from core.services import configure_organisation
from ingestion.holding import accept_load, refuse_load
from ingestion.models import Load, Reject
from ingestion.quality import quality_of
from ingestion.selectors import loads_to_look_at
from ingestion.services import load_file, load_numbered, request_undo, undo_load
from pipelines.flow import follow_up
from pipelines.training import request_training
from runs.models import Run
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

HEADER = "customer_id,occurred_at,amount\n"
THREE = HEADER + "A,2026-01-31,1.50\nB,2026-01-31,2\nC,2026-01-31,3\n"
# Five of ten rows cannot be read.
POOR = HEADER + "A,2026-01-31,1\n" * 5 + "A,2026-01-31,x\n" * 5


def load_again(load: Load) -> Load:
    perform(run=load.run, job=load_file)
    return load_numbered(load.pk)


def clean(**changes) -> dict:
    given = {
        "read": 200, "rejected": 0, "duplicate": 0, "cells": 600, "missing": 0, "flagged": 0,
        "differs": False,
    }  # fmt: skip
    return {**given, **changes}


@pytest.mark.parametrize(
    ("given", "score", "lost"),
    [
        ({}, 100, {}),
        ({"rejected": 50}, 75, {"rejected": 25.0}),
        ({"duplicate": 50}, 87, {"duplicate": 12.5}),
        ({"missing": 60}, 95, {"missing": 5.0}),
        ({"flagged": 200}, 75, {"flagged": 25.0}),
        ({"differs": True}, 75, {"difference": 25.0}),
        ({"rejected": 1}, 99, {"rejected": 0.5}),
        ({"rejected": 14, "cells": 0}, 93, {"rejected": 7.0}),
        ({"rejected": 200, "missing": 600, "differs": True}, 0,
         {"rejected": 100.0, "missing": 50.0, "difference": 25.0}),
    ],
)  # fmt: skip
def test_the_score_follows_its_formula(given, score, lost):
    found = quality_of(**clean(**given))
    assert (found.score, found.lost) == (score, lost)


def test_a_file_without_rows_has_no_quality():
    assert quality_of(**clean(read=0, cells=0)) is None


@pytest.mark.django_db(transaction=True)
def test_a_load_is_judged_by_rejects_repeats_empty_cells_and_flags(tmp_path):
    text = HEADER + "A,2026-01-31,1\nA,2026-01-31,1\n,2026-01-31,1\nB,2026-01-31,900\n"
    rules = [
        {"rule": "repeats"},
        {"rule": "outliers", "column": "amount", "method": "limits", "most": 100.0},
    ]
    load = bring_in(tmp_path, text, mapping={"rules": rules})
    # 25 for the row without a customer, 12.5 for the repeat, 50 × 1 of 8 needed cells, 6.25.
    assert load.quality == 50
    assert load.notes["quality"] == {
        "rejected": 25.0, "duplicate": 12.5, "missing": 6.25, "flagged": 6.25,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_a_rule_leaves_out_is_no_fault_of_the_file(tmp_path):
    rule = {"rule": "returns", "then": "left out"}
    text = "customer_id,occurred_at,amount,quantity\nA,2026-01-31,1,1\nA,2026-01-31,-1,-1\n"
    load = bring_in(tmp_path, text, mapping={"rules": [rule]})
    assert (load.rejected, load.quality) == (1, 100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"expected_rows": 4}, "The control total of rows differs from what the sender says."),
        ({"expected_sum": 6.51},
         "The control total of the sum of amount differs from what the sender says."),
    ],
)  # fmt: skip
def test_a_load_whose_control_totals_differ_is_held_and_changes_nothing(tmp_path, options, why):
    before = checksums()
    load = bring_in(tmp_path, THREE, mapping={"options": options})
    assert (load.state, load.held_for) == ("held", why)
    assert (load.read, load.loaded) == (3, 3)
    assert load.run.result["customers"] == []
    assert checksums() == before
    follow_up(run_pk=load.pk)
    assert Run.objects.exclude(pk=load.pk).count() == 0
    with pytest.raises(Conflict, match="has loaded nothing"):
        request_undo(load=load)


@pytest.mark.django_db(transaction=True)
def test_totals_that_agree_with_the_sender_hold_nothing(tmp_path):
    load = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 3, "expected_sum": 6.5}})
    assert load.state == "succeeded"
    assert load.sums["amount_minor"]["expected"] == 650
    assert load.sums["rows"]["expected_difference"] == 0


@pytest.mark.django_db(transaction=True)
def test_an_accepted_load_enters_under_its_own_number(tmp_path, ann):
    text = THREE + "D,soon,1\n"
    held = bring_in(tmp_path, text, mapping={"options": {"expected_rows": 9}})
    assert Reject.objects.filter(load=held).count() == 1
    accepted = accept_load(load=held, actor=ann, send=False)
    assert (accepted.state, accepted.read) == ("queued", 0)
    load = load_again(accepted)
    assert (load.state, load.pk, load.loaded, load.rejected) == ("succeeded", held.pk, 3, 1)
    assert set(OrderLine.objects.values_list("load_id", flat=True)) == {held.pk}
    assert Reject.objects.filter(load=load).count() == 1
    assert load.run.result["customers"] != []
    entry = AuditEntry.objects.get(verb="accept_import")
    assert (entry.subject, entry.actor_label) == (str(held.pk), str(ann))
    # It came in with a difference, and somebody said that it may: nothing is asked again.
    assert (load.quality, list(loads_to_look_at())) == (50, [])


@pytest.mark.django_db(transaction=True)
def test_an_accepted_load_is_undone_like_any_other(tmp_path, ann):
    before = checksums()
    held = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 9}})
    load = load_again(accept_load(load=held, actor=ann, send=False))
    perform(run=request_undo(load=load, send=False), job=undo_load)
    assert checksums() == before


@pytest.mark.django_db(transaction=True)
def test_a_refused_load_stays_outside_for_good(tmp_path, ann):
    before = checksums()
    held = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 9}})
    assert refuse_load(load=held, actor=ann).pk == held.pk
    load = load_again(load_numbered(held.pk))
    assert load.state == "cancelled"
    assert checksums() == before
    assert AuditEntry.objects.get(verb="refuse_import").subject == str(held.pk)
    for verb in (accept_load, refuse_load):
        with pytest.raises(Conflict):
            verb(load=load_numbered(held.pk), actor=ann)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_shows_the_difference_and_is_not_held(tmp_path):
    load = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 9}}, dry_run=True)
    assert load.state == "succeeded"
    assert load.sums["rows"]["expected_difference"] == -6


@pytest.mark.django_db(transaction=True)
def test_a_poor_load_holds_training_until_somebody_looks(tmp_path, ann):
    load = bring_in(tmp_path, POOR)
    assert (load.state, load.quality) == ("succeeded", 50)
    with pytest.raises(Conflict, match=rf"Import {load.pk} .* quality of 50 of 100, .* of 70"):
        request_training(actor=ann)
    assert Run.objects.filter(name="train").count() == 0
    accept_load(load=load, actor=ann)
    assert request_training(actor=ann, send=False).state == "queued"
    with pytest.raises(Conflict, match="neither held nor under the limit"):
        accept_load(load=load, actor=ann)


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_the_organisations(tmp_path):
    load = bring_in(tmp_path, POOR)
    assert list(loads_to_look_at()) == [load]
    configure_organisation(quality_threshold=50)
    assert list(loads_to_look_at()) == []


@pytest.mark.django_db(transaction=True)
def test_an_undone_or_tried_load_holds_no_training(tmp_path):
    bring_in(tmp_path, POOR, dry_run=True)
    load = bring_in(tmp_path, POOR)
    assert list(loads_to_look_at()) == [load]
    perform(run=request_undo(load=load, send=False), job=undo_load)
    assert list(loads_to_look_at()) == []


@pytest.mark.django_db(transaction=True)
def test_the_page_says_why_it_is_held_and_takes_the_decision(client, ann, mara, tmp_path):
    held = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 9}})
    client.force_login(mara)
    assert client.post(f"/imports/{held.pk}/accept/").status_code == 403
    assert load_numbered(held.pk).state == "held"
    client.force_login(ann)
    page = client.get(f"/imports/{held.pk}/").content.decode()
    assert "order_lines.csv is held until somebody decides." in page
    assert "The control total of rows differs from what the sender says." in page
    assert "Quality 75 of 100: most was lost by a control total that differs" in page
    assert "The sender says" in page
    client.post(f"/imports/{held.pk}/accept/")
    assert load_numbered(held.pk).state == "queued"


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_poor_load_lets_models_learn_from_it(client, ann, tmp_path):
    load = bring_in(tmp_path, POOR)
    client.force_login(ann)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "Its quality is 50 of 100, under the limit of 70." in page
    client.post(f"/imports/{load.pk}/accept/")
    assert "under the limit" not in client.get(f"/imports/{load.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_program_accepts_or_refuses(api_of, ann, tmp_path):
    held = bring_in(tmp_path, THREE, mapping={"options": {"expected_rows": 9}})
    told = api_of(ann).get(f"/api/v1/imports/{held.pk}/").json()
    assert (told["state"], told["quality"]) == ("held", 75)
    assert told["held_for"].startswith("The control total of rows differs")
    answer = api_of(ann).post(f"/api/v1/imports/{held.pk}/refuse/")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    answer = api_of(ann).post(f"/api/v1/imports/{held.pk}/accept/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.django_db(transaction=True)
def test_the_command_says_how_to_decide(tmp_path, capsys):
    (tmp_path / "lines.csv").write_text(THREE)
    (tmp_path / "map.json").write_text(json.dumps({"options": {"expected_rows": 9}}))
    mapping = f"--mapping={tmp_path / 'map.json'}"
    with pytest.raises(SystemExit) as ended:
        call_command("import_file", str(tmp_path / "lines.csv"), "--kind=order_lines", mapping)
    assert ended.value.code == 1
    number = Load.objects.get().pk
    assert f"accept_import {number}, or accept_import {number} --refuse" in capsys.readouterr().out
    call_command("accept_import", str(number), "--json")
    assert json.loads(capsys.readouterr().out)["state"] == "succeeded"
    assert OrderLine.objects.count() == 3


@pytest.mark.parametrize(
    "options", [{"expected_rows": "many"}, {"expected_rows": -1}, {"expected_sum": "x"}]
)
@pytest.mark.django_db(transaction=True)
def test_what_a_sender_cannot_mean_is_refused(tmp_path, options):
    with pytest.raises(Refused, match="expected_"):
        bring_in(tmp_path, THREE, mapping={"options": options})
    assert Load.objects.count() == 0


def test_rules_are_described_for_programs(api_of, ann, db):
    found = {one["rule"]: one for one in api_of(ann).get("/api/v1/imports/rules/").json()}
    reach = next(o for o in found["outliers"]["options"] if o["name"] == "reach")
    assert reach == {
        "name": "reach", "type": "a number", "needed": False, "default": 1.5, "choices": [],
        "least": 0.0, "most": None,
    }  # fmt: skip
    assert found["dates"]["options"][1]["type"] == "a list of texts"
