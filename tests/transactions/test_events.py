"""Web and app events: once each, in whatever order they come, and of whom they are."""

import json
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction

from core.errors import Conflict
from core.people import person_verbs
from customers.models import Customer
from ingestion.models import Load, Reject
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.conftest import person
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Event, Product

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "customer_id,visitor_id,kind,at,sku,url,properties\n"
SEEN = ",v1,product_view,2026-02-01T10:00Z,p1,https://shop.example/p1,\n"
SIGNED_IN = "A,v1,sign_in,2026-02-01T11:00Z,,,\n"
AFTER = ",v1,visit,2026-02-01T12:00Z,,,\n"
OTHER_SIGNED_IN = "B,v1,sign_in,2026-02-01T13:00Z,,,\n"
LATEST = ",v1,visit,2026-02-01T14:00Z,,,\n"
STRANGER = ",v2,visit,2026-02-01T10:00Z,,,\n"


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def whose() -> dict[tuple[str, int], str | None]:
    """{(visitor, hour): customer}."""
    rows = Event.objects.values_list("visitor_id", "at__hour", "customer__customer_id")
    return {(visitor, hour): customer for visitor, hour, customer in rows}


def undone(load) -> None:
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""


def post(client, body):
    return client.post("/api/v1/events/", json.dumps(body), content_type="application/json")


def test_an_event_keeps_what_it_says(tmp_path):
    row = (
        'A,,Search,2026-02-01T10:00Z,p1,https://shop.example/?q=tea,"{""q"": ""tea"", ""n"": 2}"\n'
    )
    assert counts(bring_in(tmp_path, HEADER + row, "events")) == (1, 1, 0, 0, 0, 0)
    event = Event.objects.select_related("customer").get()
    assert (event.customer.customer_id, event.identified, event.visitor_id) == ("A", True, None)
    assert (event.kind, event.sku, event.properties) == ("search", "p1", {"q": "tea", "n": 2})
    assert not Product.objects.exists()


def test_the_same_events_again_change_nothing(tmp_path):
    rows = HEADER + SEEN + SIGNED_IN + STRANGER + SEEN
    assert counts(bring_in(tmp_path, rows, "events")) == (4, 3, 0, 0, 1, 0)
    before = checksums()
    assert counts(bring_in(tmp_path, rows, "events")) == (4, 0, 0, 3, 1, 0)
    assert checksums() == before


def test_what_a_visitor_did_before_they_were_known_joins_them(tmp_path):
    bring_in(tmp_path, HEADER + SEEN + STRANGER, "events")
    assert whose() == {("v1", 10): None, ("v2", 10): None}
    load = bring_in(tmp_path, HEADER + SIGNED_IN, "events")
    assert load.notes["joined_events"] == 1
    assert whose() == {("v1", 10): "A", ("v1", 11): "A", ("v2", 10): None}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_two_on_one_device_each_has_what_led_to_their_sign_in(tmp_path, order):
    files = [SEEN + AFTER + LATEST, SIGNED_IN, OTHER_SIGNED_IN]
    for number in order:
        bring_in(tmp_path, HEADER + files[number], "events")
    assert whose() == {
        ("v1", 10): "A", ("v1", 11): "A", ("v1", 12): "B", ("v1", 13): "B", ("v1", 14): "B",
    }  # fmt: skip


def test_an_event_that_comes_again_with_its_customer_is_theirs(tmp_path):
    bring_in(tmp_path, HEADER + SEEN, "events")
    load = bring_in(tmp_path, HEADER + "A" + SEEN, "events")
    assert counts(load) == (1, 0, 1, 0, 0, 0)
    assert list(Event.objects.values_list("customer__customer_id", "identified")) == [("A", True)]


def test_an_undo_takes_the_joins_out_with_what_made_them(tmp_path):
    bring_in(tmp_path, HEADER + SEEN, "events")
    before = checksums()
    load = bring_in(tmp_path, HEADER + SIGNED_IN + AFTER, "events")
    assert whose()["v1", 10] == "A"
    undone(load)
    assert checksums() == before
    assert not Customer.objects.exists()


def test_the_first_load_can_be_undone_though_its_rows_have_joined_a_customer(tmp_path):
    first = bring_in(tmp_path, HEADER + SEEN, "events")
    bring_in(tmp_path, HEADER + SIGNED_IN, "events")
    undone(first)
    assert whose() == {("v1", 11): "A"}


def test_a_load_whose_customers_others_have_named_since_stays(tmp_path):
    load = bring_in(tmp_path, HEADER + SIGNED_IN, "events")
    bring_in(tmp_path, HEADER + "A,,visit,2026-02-03T10:00Z,,,\n", "events")
    with pytest.raises(Conflict, match="1 events of other loads name customers that it brought in"):
        request_undo(load=load)


def test_customers_of_a_file_stay_while_events_name_them(tmp_path):
    load = bring_in(tmp_path, "customer_id,region\nA,North\n", "customers")
    bring_in(tmp_path, HEADER + SIGNED_IN, "events")
    with pytest.raises(Conflict, match="1 events belong to customers that it brought in"):
        request_undo(load=load)


def test_an_event_of_nobody_and_what_is_no_object_are_turned_away(tmp_path):
    rows = ",,visit,2026-02-01,,,\nA,,visit,2026-02-01,,,[1]\nA,,visit,2026-02-01,,,{oops\n"
    rows += 'A,,visit,2026-02-01,,,"{""a"": ""\\u0000""}"\nA,,visit,2026-02-01,,,{}\n'
    load = bring_in(tmp_path, HEADER + rows, "events")
    assert counts(load) == (5, 1, 0, 0, 0, 4)
    told = Reject.objects.filter(load=load).order_by("row").values_list("row", "column", "reason")
    assert list(told) == [
        (2, "visitor_id", "neither a customer nor a visitor"),
        (3, "properties", "not a JSON object that can be kept"),
        (4, "properties", "not a JSON object that can be kept"),
        (5, "properties", "not a JSON object that can be kept"),
    ]


def test_the_database_itself_refuses_an_event_of_nobody():
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(
            event_key="00000000-0000-0000-0000-000000000001", identified=False, kind="visit",
            at="2026-02-01T00:00Z", load_id=1,
        )  # fmt: skip
    assert not Event.objects.exists()


def test_posted_events_are_in_the_record_when_the_answer_comes(api_of):
    client = api_of(person("ann"))
    row = {"visitor_id": "v1", "kind": "visit", "at": "2026-02-01T10:00Z", "properties": {"n": 1}}
    answer = post(client, [row, {**row, "customer_id": "A", "at": "2026-02-01T10:05Z"}])
    assert (answer.status_code, answer.json()["kind"], answer.json()["loaded"]) == (
        200, "events", 2,
    )  # fmt: skip
    assert set(Event.objects.values_list("customer__customer_id", flat=True)) == {"A"}
    assert Event.objects.first().properties == {"n": 1}
    again = post(client, [row])
    assert (again.json()["loaded"], again.json()["identical"]) == (0, 1)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"kind": "visit", "at": "2026-02-01"}, "visitor_id"),
        ({"visitor_id": "v1", "at": "2026-02-01"}, "kind"),
        ({"visitor_id": {"a": 1}, "kind": "visit", "at": "2026-02-01"}, "Row 1: visitor_id"),
        ({"visitor_id": "v", "kind": "visit", "at": "2026-02-01", "properties": [1]}, "properties"),
    ],
)
def test_what_is_no_batch_of_events_is_refused_whole(api_of, row, words):
    answer = post(api_of(person("ann")), [row])
    assert (answer.status_code, words in answer.json()["error"]["message"]) == (400, True)
    assert not Load.objects.exists()


def test_marketing_posts_no_events(api_of, mara):
    assert (
        post(api_of(mara), [{"visitor_id": "v", "kind": "visit", "at": "2026-02-01"}]).status_code
        == 403
    )
    assert not Event.objects.exists()


def test_forgetting_a_person_takes_what_had_joined_them_and_leaves_strangers(tmp_path):
    bring_in(tmp_path, HEADER + SEEN + SIGNED_IN + STRANGER, "events")
    verbs = next(verbs for verbs in person_verbs() if verbs.key == "transactions")
    pk = Customer.objects.get(customer_id="A").pk
    assert [row["kind"] for row in verbs.disclose(pk)["events"]] == ["product_view", "sign_in"]
    assert verbs.forget(pk)["transactions.Event"] == 2
    assert whose() == {("v2", 10): None}


def test_a_merge_takes_the_events_along_and_a_later_file_keeps_them_together(tmp_path):
    bring_in(tmp_path, HEADER + SEEN + SIGNED_IN, "events")
    target = Customer.objects.create(customer_id="M", load_id=1)
    verbs = next(verbs for verbs in person_verbs() if verbs.key == "transactions")
    pk = Customer.objects.get(customer_id="A").pk
    before = checksums()
    journal = verbs.repoint(pk, target.pk)
    bring_in(tmp_path, HEADER + SEEN, "events")
    assert whose() == {("v1", 10): "M", ("v1", 11): "M"}
    verbs.repoint_back(journal, pk, target.pk)
    assert checksums() == before
