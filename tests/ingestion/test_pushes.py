"""POST transactions/: a few order lines enter at once, each is accounted for, none half done."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from customers.models import Customer
from ingestion.models import Load
from ingestion.services import receive_file, request_undo, undo_load
from runs.models import Run, RunState
from runs.services import claim, perform
from tests.conftest import person
from tests.shops.checksums import checksums
from transactions.models import Order, OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

LINE = {"customer_id": "A", "order_id": "o1", "occurred_at": "2026-02-01T10:00Z", "amount": 12.5}
COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected")


@pytest.fixture
def client(transactional_db, api_of):
    return api_of(person("ann"))


def post(client, body, query: str = ""):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"/api/v1/transactions/{query}", text, content_type="application/json")


def counts(answer) -> tuple[int, ...]:
    return tuple(answer.json()[name] for name in COUNTS)


def test_a_posted_line_is_in_the_record_when_the_answer_comes(client):
    answer = post(client, [{**LINE, "sku": "p1", "quantity": 2}], "?source=till")
    assert (answer.status_code, counts(answer)) == (200, (1, 1, 0, 0, 0, 0))
    said = answer.json()
    assert (said["state"], said["kind"], said["source"]) == ("succeeded", "order_lines", "till")
    assert said["sums"]["amount_minor"]["record"] == 1250
    line = OrderLine.objects.select_related("order__source", "order__customer", "product").get()
    assert (line.amount_minor, line.product.sku, line.order.source.name) == (1250, "p1", "till")
    run = Run.objects.get(pk=said["run"])
    assert run.result["customers"] == [Customer.objects.get(customer_id="A").pk]


def test_the_same_body_twice_changes_nothing(client):
    body = [LINE, LINE, {**LINE, "customer_id": "B", "order_id": "o2", "line_number": 1}]
    assert counts(post(client, body)) == (3, 3, 0, 0, 0, 0)
    before = checksums()
    again = post(client, body)
    assert counts(again) == (3, 0, 0, 3, 0, 0)
    assert Run.objects.get(pk=again.json()["run"]).result["customers"] == []
    assert checksums() == before


def test_a_row_that_cannot_enter_is_told_and_the_others_enter(client):
    tomorrow = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    rows = [
        LINE,
        {**LINE, "order_id": "o2", "amount": "a lot"},
        {**LINE, "order_id": "o3", "occurred_at": "2026-02-30"},
        {**LINE, "order_id": "o4", "customer_id": ""},
        {**LINE, "order_id": "o5", "occurred_at": tomorrow},
        {**LINE, "order_id": "o6", "currency": "XXX"},
    ]
    answer = post(client, rows)
    assert (answer.status_code, counts(answer)) == (200, (6, 1, 0, 0, 0, 5))
    told = [(p["row"], p["column"], p["reason"]) for p in answer.json()["problems"]]
    assert told[:4] == [
        (2, "amount", "not an amount"),
        (3, "occurred_at", "not a time that exists"),
        (4, "customer_id", "empty"),
        (5, "occurred_at", "lies in the future"),
    ]
    assert told[4][:2] == (6, "currency")
    assert all(p["remedy"] for p in answer.json()["problems"])
    assert Order.objects.count() == 1


def test_unknown_fields_are_ignored_and_listed(client):
    answer = post(client, [{**LINE, "till": 7, "tags": ["a"], "note": {"b": 1}}])
    assert counts(answer) == (1, 1, 0, 0, 0, 0)
    assert answer.json()["notes"]["ignored_columns"] == ["till", "tags", "note"]


def test_ids_may_be_numbers_and_amounts_texts(client):
    row = {"customer_id": 17, "order_id": 12345678901234567890, "amount": "3.10"}
    assert counts(post(client, [{**LINE, **row}])) == (1, 1, 0, 0, 0, 0)
    line = OrderLine.objects.select_related("order__customer").get()
    assert (line.order.customer.customer_id, line.order.order_id, line.amount_minor) == (
        "17", "12345678901234567890", 310,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("[{", 400, "JSON"),
        ("", 400, "array"),
        ("{}", 400, "array"),
        ("[]", 400, "at least one"),
        ("[1]", 400, "Row 1 is not an object"),
        ("[{}]", 400, "customer_id"),
        ('[{"customer_id": "A", "amount": 1}]', 400, "occurred_at"),
        ('[{"customer_id": "A", "occurred_at": "2026-02-01"}]', 400, "amount"),
        (json.dumps([{**LINE, "amount": float("nan")}]), 400, "NaN"),
        (json.dumps([{**LINE, "amount": [1]}]), 400, "Row 1: amount"),
        (json.dumps([{**LINE, "customer_id": True}]), 400, "Row 1: customer_id"),
        (json.dumps([{**LINE, "sku": "\x00"}]), 400, "NUL"),
        (json.dumps([{**LINE, "sku": "\ud800"}]), 400, "half a character"),
        (json.dumps([LINE | {f"f{i}": 1 for i in range(300)}]), 400, "different fields"),
    ],
)
def test_what_is_no_batch_is_refused_whole(body, status, words, client):
    answer = post(client, body)
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (status, True), (
        answer.json()
    )
    assert (Load.objects.count(), Run.objects.count(), Order.objects.count()) == (0, 0, 0)


def test_an_amount_beyond_all_numbers_is_a_reject(client):
    body = json.dumps([LINE, {**LINE, "order_id": "o2"}]).replace("12.5", "1e999", 1)
    assert counts(post(client, body)) == (2, 1, 0, 0, 0, 1)


def test_a_key_without_the_scope_brings_nothing_in(api_of, ann, vic):
    assert post(api_of(ann, "VIEW_RESULTS"), [LINE]).status_code == 403
    assert post(api_of(vic), [LINE]).status_code == 403
    assert not Load.objects.exists()


def test_a_batch_behind_a_long_load_waits_for_a_worker(client, tmp_path, monkeypatch):
    path = tmp_path / "lines.csv"
    path.write_text("customer_id,occurred_at,amount\nZ,2026-02-01,1\n")
    long_one = receive_file(path=path, kind="order_lines", send=False)
    claim(run_pk=long_one.pk)
    monkeypatch.setattr("ingestion.pushes.PATIENCE_SECONDS", 0.2)
    answer = post(client, [LINE])
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.json()["waits_behind"] == long_one.pk
    assert not Order.objects.exists()


def test_a_posted_batch_can_be_undone(client):
    before = checksums()
    load = Load.objects.get(pk=post(client, [LINE]).json()["id"])
    ended = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert ended.state == RunState.SUCCEEDED
    assert checksums() == before


def test_no_file_stays_of_a_posted_batch(client):
    load = Load.objects.get(pk=post(client, [LINE]).json()["id"])
    assert not Path(load.file_path).exists()
