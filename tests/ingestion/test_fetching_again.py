"""An undo leaves the source where it is: its rows come again when somebody says so."""

from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict
from core.models import AuditEntry
from ingestion import sources
from ingestion.feeds import ReadAlready, gone_back, way_back
from ingestion.fetching import fetch_again
from ingestion.models import Load, Source
from ingestion.reading import NotEntered, read_on, read_source
from ingestion.services import load_numbered, request_undo, undo_load
from runs.services import perform
from tests.conftest import PASSWORD, person
from transactions.models import Order

HEADER = "customer_id,order_id,occurred_at,amount\n"
cursors = st.recursive(
    st.dictionaries(
        st.sampled_from("abc"), st.none() | st.integers(0, 3) | st.lists(st.booleans())
    ),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(0, 3)),
    max_leaves=6,
)


@given(cursors, cursors)
def test_the_way_back_leads_to_where_it_stood(after, before):
    assert gone_back(after, way_back(after, before)) == before


@pytest.fixture
def exports(tmp_path, settings) -> Path:
    settings.SOURCE_FOLDERS = [tmp_path]
    for day in (1, 2, 3):
        (tmp_path / f"day-{day}.csv").write_text(f"{HEADER}A,o{day},2026-02-0{day},5\n")
    return tmp_path


@pytest.fixture
def till(exports, transactional_db) -> Source:
    source = sources.create_source(
        name="till",
        connector="folder",
        kind="order_lines",
        options={"folder": str(exports), "settle_seconds": 0},
        actor=person("ann"),
    )
    read(source)
    return source


def read(source: Source) -> list[str]:
    """What came, by the names of the files."""
    before = set(Load.objects.values_list("pk", flat=True))
    run = perform(run=sources.request_read(source=source, send=False), job=read_source)
    assert run.error == ""
    source.refresh_from_db()
    return sorted(Load.objects.exclude(pk__in=before).values_list("file_name", flat=True))


def undone(name: str) -> Load:
    load = Load.objects.get(file_name=name, undone_at=None)
    run = perform(run=request_undo(load=load, actor=person("ann"), send=False), job=undo_load)
    assert run.error == ""
    return load_numbered(load.pk)


def orders() -> list[str]:
    return sorted(Order.objects.values_list("order_id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_was_undone_comes_again_from_before_it(till):
    load = undone("day-2.csv")
    assert (read(till), orders()) == ([], ["o1", "o3"])
    fetch_again(load=load, whole=False, actor=person("ann"), send=False)
    assert (read(till), orders()) == (["day-2.csv", "day-3.csv"], ["o1", "o2", "o3"])
    assert Load.objects.filter(file_name="day-3.csv").first().identical == 1
    entry = AuditEntry.objects.get(verb="fetch_again")
    assert (entry.subject, entry.detail) == ("till", {"import": load.pk})


@pytest.mark.django_db(transaction=True)
def test_what_was_undone_comes_again_from_the_beginning(till):
    load = undone("day-3.csv")
    fetch_again(load=load, whole=True, actor=person("ann"), send=False)
    assert read(till) == ["day-1.csv", "day-2.csv", "day-3.csv"]
    assert orders() == ["o1", "o2", "o3"]


@pytest.mark.django_db(transaction=True)
def test_the_pages_say_that_it_does_not_come_by_itself_and_offer_it_once(till):
    load = undone("day-2.csv")
    client = Client()
    client.login(email=person("ann").email, password=PASSWORD)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "Its rows do not come again by themselves" in page
    assert "Fetch again from before this import" in page
    told = f"import {load.pk}, day-2.csv"
    assert told in client.get(f"/sources/{till.pk}/").content.decode()
    answer = client.post(f"/sources/loads/{load.pk}/fetch/")
    assert answer.url == f"/sources/{till.pk}/"
    perform(run=Source.objects.get().reading, job=read_source)
    assert orders() == ["o1", "o2", "o3"]
    # Files have come twice by now: undo what came last.
    newest = Load.objects.filter(feed=till).first()
    perform(run=request_undo(load=newest, send=False), job=undo_load)
    assert (
        "What till brought last was undone." in client.get(f"/sources/{till.pk}/").content.decode()
    )
    assert told not in client.get(f"/sources/{till.pk}/").content.decode()
    assert "Fetch again" not in client.get(f"/imports/{load.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_is_in_the_record_is_not_fetched_again(till):
    stood = till.cursor
    with pytest.raises(Conflict, match="Undo it first"):
        fetch_again(load=Load.objects.get(file_name="day-2.csv"), whole=False)
    load = undone("day-2.csv")
    Load.objects.filter(pk=load.pk).update(feed_before=None)
    with pytest.raises(Conflict, match="was not kept"):
        fetch_again(load=load_numbered(load.pk), whole=False)
    till.refresh_from_db()
    assert (till.cursor, orders()) == (stood, ["o1", "o3"])


@pytest.mark.django_db(transaction=True)
def test_what_a_reader_has_in_hand_does_not_enter_over_a_source_that_was_set_back(till, exports):
    for day in (4, 5):
        (exports / f"day-{day}.csv").write_text(f"{HEADER}A,o{day},2026-02-0{day},5\n")
    reading = read_on(till)
    assert next(reading).file_name == "day-4.csv"
    sources.start_over(source=till, actor=person("ann"))
    with pytest.raises((NotEntered, ReadAlready), match="moved on since"):
        next(reading)
    till.refresh_from_db()
    assert till.cursor == {}
    assert len(read(till)) == 5
    assert orders() == ["o1", "o2", "o3", "o4", "o5"]
