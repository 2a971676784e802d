"""What pages send waits a moment and enters together: nothing is lost, nothing counts twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.write_keys import create_write_key
from customers.models import Customer
from ingestion import posted_queue
from ingestion.models import Load, PostedRows, Reject
from ingestion.posted_queue import enter_posted, gather
from ingestion.services import receive_file
from runs.models import Run, RunState
from runs.services import claim, reap
from tests.conftest import person
from tests.shops.checksums import contents
from transactions.models import Event, Order, OrderLine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

LINE = {"customer_id": "A", "order_id": "o1", "occurred_at": "2026-02-01T10:00Z", "amount": 12.5}
NOW_WAITS = """import django; django.setup()
from ingestion.posted_queue import enter_posted; enter_posted()"""
PATIENCE = 60


@pytest.fixture
def key(transactional_db) -> str:
    _, key = create_write_key(email=person("ann").email, name="till", orders=True)
    return key


def send(key: str, *rows: object, to: str = "events"):
    """One request; a text is a line as it is."""
    body = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    return APIClient().post(f"/api/v1/{to}/?key={key}", body, content_type="text/plain")


def visit(visitor: str, second: int = 0, **more: object) -> dict:
    at = f"2026-02-01T10:00:{second:02}Z"
    return {"visitor_id": visitor, "kind": "visit", "at": at, **more}


def counts(load: Load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def test_many_requests_are_one_load_of_a_kind(key):
    for n in range(6):
        assert send(key, visit(f"v{n}"), visit(f"v{n}", 1)).status_code == 204
    send(key, LINE, to="transactions")
    assert (Load.objects.count(), Event.objects.count(), PostedRows.objects.count()) == (0, 0, 7)
    assert enter_posted() == 2
    found = Load.objects.order_by("kind").values_list("kind", "source", "read", "loaded")
    assert list(found) == [("events", "web: till", 12, 12), ("order_lines", "web: till", 1, 1)]
    load = Load.objects.get(kind="events")
    assert (load.file_name, load.run.arguments) == ("12 posted rows", {"pushed": True})
    assert str(load.run.requested_by) == str(person("ann"))
    assert Load.objects.get(kind="order_lines").file_name == "1 posted row"
    assert (PostedRows.objects.count(), Path(load.file_path).exists()) == (0, False)
    assert enter_posted() == 0


def test_the_same_order_of_two_requests_in_one_second_counts_once(key):
    """Without a number of its own, a line of one file that stands there twice was bought twice."""
    send(key, LINE, LINE, to="transactions")
    send(key, LINE, LINE, to="transactions")
    send(key, {**LINE, "order_id": "o2"}, to="transactions")
    assert enter_posted() == 2
    assert OrderLine.objects.filter(order__order_id="o1").count() == 2
    found = [counts(load) for load in Load.objects.order_by("pk")]
    assert found == [(2, 2, 0, 0, 0, 0), (3, 1, 0, 2, 0, 0)]


def test_an_order_that_is_corrected_within_the_second_says_the_last_word(key):
    numbered = {**LINE, "line_number": 1}
    for amount in (12.5, 10):
        send(key, {**numbered, "amount": amount}, to="transactions")
    enter_posted()
    assert OrderLine.objects.get().amount_minor == 1000
    assert not Reject.objects.exists()


def test_an_event_that_is_sent_again_with_its_customer_is_that_customers(key):
    send(key, visit("v1"))
    send(key, visit("v1", customer_id="A"))
    enter_posted()
    assert Event.objects.get().customer == Customer.objects.get(customer_id="A")
    assert not Reject.objects.exists()


ODD = [
    visit("v1", customer_id=17),
    visit("v2", customer_id=17.5),
    visit("v3", customer_id="A", properties={"a": 1}),
    visit("v4", sku=12345678901234567890, properties='{"b": 2}'),
    visit("v5", sku="1.250", properties="no object"),
    visit("v6", url="x" * 3_000),
    {"visitor_id": "v7", "kind": "visit", "at": "01.02.2026"},
    {"visitor_id": "v8", "kind": " Visit ", "at": "2026-02-01 11:00+01:00"},
    {"VISITOR_ID": "v9", "Kind": "visit", "AT": "2026-02-01"},
    {"kind": "visit", "at": "2026-02-01T10:00Z", "visitor_id": None},
]


def told() -> tuple[list, list]:
    """What entered, and why the others did not, whatever load they came by."""
    events = Event.objects.order_by("visitor_id").values_list(
        "visitor_id", "customer__customer_id", "kind", "at", "sku", "properties"
    )
    rejects = Reject.objects.order_by("column", "value").values_list("column", "value", "reason")
    return list(events), list(rejects)


def test_what_one_sends_changes_nothing_of_how_anothers_rows_are_read(key):
    for row in ODD:
        send(key, row)
    enter_posted()
    assert Load.objects.count() == 1
    together = told()
    assert [row[1] for row in together[0]][:3] == ["17", "17.5", "A"]
    assert len(together[0]) + len(together[1]) == len(ODD)
    Event.objects.all().delete()
    Reject.objects.all().delete()
    for row in ODD:
        send(key, row)
        enter_posted()
    assert told() == together


def test_an_amount_is_read_with_a_dot_whoever_else_sends(key):
    lines = [{**LINE, "order_id": f"o{n}", "amount": text} for n, text in
             enumerate(["3,50", "1.250", 2, 0.5])]  # fmt: skip
    for line in lines:
        send(key, line, to="transactions")
    enter_posted()
    found = OrderLine.objects.order_by("order__order_id").values_list("amount_minor", flat=True)
    assert list(found) == [125, 200, 50]
    assert list(Reject.objects.values_list("column", "value")) == [("amount", "3,50")]


def test_lines_that_are_no_rows_are_told_in_the_report_and_spoil_nothing(key):
    send(key, "PK\x03\x04 {", visit("v1"), '{"kind": "vis', "ÿþ\x00")
    send(key, visit("v2"))
    enter_posted()
    assert counts(Load.objects.get()) == (5, 2, 0, 0, 0, 3)
    assert {problem.reason.split(":")[0] for problem in Reject.objects.all()} == {"not JSON"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"visitor_id": "v1", "kind": "visit"}], "The column at is missing"),
        ([{"kind": "visit", "at": "2026-02-01"}], "customer_id"),
        ([visit("v1", url=["x"])], "url takes one value"),
        (["{"], "at least one object"),
    ],
)
def test_a_request_that_no_load_could_use_is_refused_at_once(rows, words, key):
    answer = send(key, *rows)
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (400, True)
    assert not PostedRows.objects.exists()


def test_a_key_cannot_fill_the_disk(key, monkeypatch):
    monkeypatch.setattr(posted_queue, "MOST_WAITING_BYTES", 150)
    assert [send(key, visit(f"v{n}")).status_code for n in range(3)] == [204, 204, 429]
    assert PostedRows.objects.count() == 2
    enter_posted()
    assert send(key, visit("v2")).status_code == 204


def test_the_page_says_what_waits(key, ann, client):
    client.force_login(ann)
    send(key, visit("v1"))
    assert "1 more request waits." in client.get("/imports/snippet/").content.decode()
    enter_posted()
    page = client.get("/imports/snippet/").content.decode()
    assert ("till sent 1 row in 24 hours." in page, "waits." in page) == (True, False)


def test_a_load_stays_a_small_one(key, monkeypatch):
    monkeypatch.setattr(posted_queue, "MOST_REQUESTS", 2)
    for n in range(5):
        send(key, visit(f"v{n}"))
    assert enter_posted() == 3
    assert sorted(Load.objects.values_list("read", flat=True)) == [1, 2, 2]


def test_behind_a_long_load_requests_wait_together(key, tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("customer_id,occurred_at,amount\nZ,2026-02-01,1\n")
    long_one = receive_file(path=path, kind="order_lines", send=False).run
    claim(run_pk=long_one.pk)
    for n in range(3):
        send(key, visit(f"v{n}"))
        assert enter_posted() == 0
    # The first of them is a load that waits its turn; the others go on waiting for the next.
    assert (Load.objects.filter(kind="events").count(), PostedRows.objects.count()) == (1, 2)
    Run.objects.filter(pk=long_one.pk).update(state="failed", finished_at="2026-02-02T00:00Z")
    assert enter_posted() == 2
    assert Event.objects.count() == 3


def test_a_full_key_is_answered_with_counts_as_before(api_of, ann):
    answer = api_of(ann).post("/api/v1/events/", [visit("v1")], format="json")
    assert (answer.status_code, answer.json()["loaded"]) == (200, 1)
    assert not PostedRows.objects.exists()


def another_process(hold_at: str = "") -> subprocess.Popen:
    at = connection.settings_dict
    address = f"{at['HOST']}:{at['PORT']}/{at['NAME']}"
    env = {
        **os.environ,
        "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{address}",
        "DJANGO_SETTINGS_MODULE": "cba_site.settings",
        "CBA_HOLD_AT": hold_at,
    }
    return subprocess.Popen([sys.executable, "-c", NOW_WAITS], env=env)


def killed_once(process: subprocess.Popen, state: str) -> None:
    """Kill it when its transaction has come to rest in this state."""
    deadline = time.monotonic() + PATIENCE
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        f" AND pid <> pg_backend_pid() AND {state}"
    )
    with connection.cursor() as cursor:
        while True:
            # Within a transaction the server shows what it has shown before.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_while_it_gathers_or_enters_nothing_is_lost_or_doubled(key):
    for n in range(3):
        send(key, {**LINE, "order_id": f"o{n}"}, to="transactions")
    # While the load that takes them is being written down.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ingestion_load IN SHARE MODE")
        killed_once(another_process(), "wait_event_type = 'Lock'")
    assert (PostedRows.objects.count(), Load.objects.count(), Order.objects.count()) == (3, 0, 0)

    # While the load enters.
    killed_once(
        another_process(hold_at="enter"),
        "state = 'idle in transaction' AND state_change < now() - interval '0.3 s'",
    )
    assert (PostedRows.objects.count(), Load.objects.count(), Order.objects.count()) == (0, 1, 0)
    reap()
    assert enter_posted() == 1
    assert (Order.objects.count(), OrderLine.objects.count()) == (3, 3)

    # After the load was written down, before anybody began with it.
    send(key, {**LINE, "order_id": "o9"}, to="transactions")
    gather(kind="order_lines", source="web: till")
    before = contents()
    assert enter_posted() == 1
    assert len(contents()) == len(before) + 2
    assert set(Load.objects.values_list("run__state", flat=True)) == {RunState.SUCCEEDED}
