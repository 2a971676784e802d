"""Lines, gzip and large bodies: what a program may send to transactions/ and events/."""

import gzip
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ingestion.models import Load
from ingestion.services import load_file
from runs.models import Run, RunState
from runs.services import perform
from tests.conftest import person
from tests.shops.checksums import checksums
from transactions.models import Event, Order

pytestmark = pytest.mark.django_db(transaction=True)

LINE = {"customer_id": "A", "order_id": "o1", "occurred_at": "2026-02-01T10:00Z", "amount": 12.5}
LINES = "application/x-ndjson"
COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected")


@pytest.fixture
def client(transactional_db, api_of):
    return api_of(person("ann"))


def post(client, body: str | bytes, media: str = LINES, to: str = "transactions", **headers: str):
    sent = body.encode() if isinstance(body, str) else body
    return client.post(f"/api/v1/{to}/", sent, content_type=media, headers=headers)


def counts(said: dict) -> tuple[int, ...]:
    return tuple(said[name] for name in COUNTS)


def orders(how_many: int) -> list[dict]:
    return [{**LINE, "order_id": f"o{n}", "line_number": 1} for n in range(how_many)]


def as_lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_lines_enter_before_the_answer(client):
    body = as_lines([LINE, {**LINE, "customer_id": "B", "order_id": "o2"}])
    answer = post(client, body)
    assert (answer.status_code, counts(answer.json())) == (200, (2, 2, 0, 0, 0, 0))
    assert counts(post(client, body).json()) == (2, 0, 0, 2, 0, 0)
    assert sorted(Order.objects.values_list("order_id", flat=True)) == ["o1", "o2"]


def test_a_line_that_is_no_object_is_told_by_its_number_and_the_others_enter(client):
    body = as_lines([LINE]) + '{"customer_id": "B", "am\n\n' + as_lines([{**LINE, "amount": "x"}])
    answer = post(client, body)
    assert (answer.status_code, counts(answer.json())) == (200, (3, 1, 0, 0, 0, 2))
    told = [(p["row"], p["column"], p["reason"]) for p in answer.json()["problems"]]
    assert told == [(2, "", "not JSON: Invalid control character at"),
                    (4, "amount", "not an amount")]  # fmt: skip


def test_an_event_comes_by_lines_and_gzip_too(client):
    body = as_lines([{"visitor_id": "v1", "kind": "visit", "at": "2026-02-01T10:00Z",
                      "properties": {"from": "mail"}}])  # fmt: skip
    answer = post(client, gzip.compress(body.encode()), to="events", **{"Content-Encoding": "gzip"})
    assert (answer.status_code, counts(answer.json())) == (200, (1, 1, 0, 0, 0, 0))
    assert Event.objects.values_list("visitor_id", "kind", "properties").get() == (
        "v1", "visit", {"from": "mail"},
    )  # fmt: skip


def test_an_array_may_be_gzip(client):
    body = gzip.compress(json.dumps([LINE]).encode())
    answer = post(client, body, "application/json", **{"Content-Encoding": "gzip"})
    assert counts(answer.json()) == (1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("media", [LINES, "application/json"])
def test_many_rows_are_answered_with_a_run_that_enters_them_and_twice_counts_once(client, media):
    rows = orders(1_001)
    body = as_lines(rows) if media == LINES else json.dumps(rows)
    for expected in [(1_001, 1_001, 0, 0, 0, 0), (1_001, 0, 0, 1_001, 0, 0)]:
        answer = post(client, body, media)
        assert (answer.status_code, answer.json()["state"]) == (202, "queued")
        run = Run.objects.get(pk=answer.json()["run"])
        assert perform(run=run, job=load_file).state == RunState.SUCCEEDED
        said = client.get(f"/api/v1/imports/{run.pk}/").json()
        assert counts(said) == expected
    assert Order.objects.count() == 1_001


def test_a_few_long_lines_are_many_too_and_each_is_accounted_for(client):
    rows = [LINE, {**LINE, "sku": "x" * 2_200_000}, {**LINE, "sku": "\ud800"}]
    answer = post(client, as_lines(rows))
    assert answer.status_code == 202
    ended = perform(run=Run.objects.get(pk=answer.json()["run"]), job=load_file)
    assert (ended.state, ended.error) == (RunState.SUCCEEDED, "")
    said = client.get(f"/api/v1/imports/{ended.pk}/").json()
    assert counts(said) == (3, 1, 0, 0, 0, 2)


def test_a_file_with_half_a_character_is_refused_in_words(client):
    file = SimpleUploadedFile("lines.json", json.dumps([{**LINE, "sku": "\ud800"}]).encode())
    answer = client.post("/api/v1/imports/", {"file": file, "kind": "order_lines"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400, "A text holds half a character. Write it whole.",
    )  # fmt: skip
    assert not Load.objects.exists()


# Without the time of day in it: each process names its tests by these bytes.
CUT = gzip.compress(as_lines([LINE]).encode(), mtime=0)[:-9]
BOMB = gzip.compress(b"\n" * (51 * 1024**2), mtime=0)


@pytest.mark.parametrize(
    ("body", "media", "coding", "status", "words"),
    [
        ("", LINES, "identity", 400, "at least one object"),
        ("\n\n", LINES, "identity", 400, "at least one object"),
        ("[1]\n", LINES, "identity", 400, "Row 1 is not an object"),
        ('{"customer_id": ["A"]}', LINES, "identity", 400, "Row 1: customer_id takes one value"),
        ('{"amount": NaN}', LINES, "identity", 400, "NaN is no number"),
        ('{"sku": "\\u0000"}', LINES, "identity", 400, "NUL"),
        (as_lines([LINE]), LINES, "br", 400, "gzip or none"),
        (as_lines([LINE]), LINES, "gzip", 400, "no whole gzip"),
        (CUT, LINES, "gzip", 400, "no whole gzip"),
        (BOMB, LINES, "gzip", 413, "at most 50 MB"),
        (BOMB, "application/json", "gzip", 413, "application/x-ndjson"),
        (as_lines([LINE]), "text/csv", "identity", 415, "text/csv"),
    ],
)  # fmt: skip
def test_what_is_no_body_is_refused_whole(body, media, coding, status, words, client):
    before = checksums()
    answer = post(client, body, media, **{"Content-Encoding": coding})
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (status, True), (
        answer.json()
    )
    assert (Load.objects.count(), Run.objects.count()) == (0, 0)
    assert checksums() == before
