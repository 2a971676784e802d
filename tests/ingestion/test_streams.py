"""A stream is followed: its offsets move with the rows, so that none is lost or doubled."""

import json
import signal
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.contracts.connector import SourceRefused
from core.errors import Conflict
from core.selectors import organisation_zone
from ingestion.following import follow_source
from ingestion.health import FAILING, health_of
from ingestion.models import Load, Reject, Source
from ingestion.sources import create_source, pause_source, request_read, start_over
from runs.models import RunState
from runs.services import reap
from tests.conftest import person
from tests.neighbours.readers import python, somebody_waits, standing_still, until
from tests.neighbours.streams import kafka_topic, redis_stream
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)


def line(number: int) -> dict[str, object]:
    return {
        "customer_id": f"c{number % 3}", "order_id": f"o{number}",
        "occurred_at": f"2026-02-01T10:{number:02}Z", "amount": f"{number}.50",
    }  # fmt: skip


class Valkey:
    """The tests' own Valkey; each order is an entry."""

    def __init__(self, other) -> None:
        self.other = other
        self.connector = "redis_stream"
        self.options = {
            "url": other.url, "password": other.password, "stream": other.name, "batch_rows": 2,
        }  # fmt: skip

    def sell(self, *numbers: int) -> None:
        for number in numbers:
            self.other.add(**line(number))


class Brokers:
    """A mock cluster; orders go to both of two partitions."""

    def __init__(self, other) -> None:
        self.other = other
        self.connector = "kafka"
        self.options = {"brokers": other.brokers, "topic": other.name, "batch_rows": 2}

    def sell(self, *numbers: int) -> None:
        for number in numbers:
            self.other.send(json.dumps(line(number)), partition=number % 2)


@contextmanager
def valkey():
    with redis_stream() as other:
        yield Valkey(other)


@contextmanager
def brokers():
    with kafka_topic() as other:
        yield Brokers(other)


@pytest.fixture(params=[valkey, brokers], ids=["redis_stream", "kafka"])
def shop(request, transactional_db):
    with request.param() as far:
        yield far


def source_of(shop) -> Source:
    return create_source(
        name="orders",
        connector=shop.connector,
        kind="order_lines",
        options=shop.options,
        actor=person("ann"),
    )


def follow(source: Source) -> int:
    """Read what is there; how many rows."""
    source.refresh_from_db()
    return sum(load.read for load in follow_source(source, stopped=lambda: False, once=True))


def orders() -> list[str]:
    found = OrderLine.objects.values_list("order__order_id", flat=True)
    return sorted(found, key=lambda order_id: int(order_id[1:]))


def test_what_came_enters_once_and_the_next_time_only_what_is_new(shop):
    shop.sell(1, 2, 3)
    source = source_of(shop)
    assert follow(source) == 3
    assert follow(source) == 0
    shop.sell(4)
    assert follow(source) == 1
    assert orders() == ["o1", "o2", "o3", "o4"]
    source.refresh_from_db()
    assert (source.problem, source.read_at is None) == ("", False)
    assert {load.source for load in Load.objects.all()} == {"orders"}
    told = {"pushed": True, "feed": source.pk}
    assert all(load.run.arguments == told for load in Load.objects.select_related("run"))


def test_a_follower_killed_right_before_its_commit_loses_and_doubles_nothing(shop):
    shop.sell(1, 2, 3)
    source = source_of(shop)
    Source.objects.update(columns=list(line(1)))
    with standing_still(source), python("manage.py", "consume", source.name) as process:
        until(somebody_waits)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert orders() == []
    reap()
    assert follow(source) == 3
    assert orders() == ["o1", "o2", "o3"]
    assert set(Load.objects.values_list("run__state", flat=True)) == {RunState.SUCCEEDED}


def test_the_command_follows_until_it_is_asked_to_stop(shop):
    source = source_of(shop)
    with python("manage.py", "consume", source.name, "--json") as process:
        shop.sell(1, 2)
        until(lambda: orders() == ["o1", "o2"])
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    answer = json.loads(said)
    assert (answer["source"], answer["read"], answer["loaded"]) == ("orders", 2, 2)


def test_every_stream_is_followed_until_it_is_asked_to_stop(transactional_db):
    with valkey() as shop, python("manage.py", "follow_streams") as process:
        source_of(shop)
        shop.sell(1)
        until(lambda: orders() == ["o1"])
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (0, "Stopping.")


def test_a_message_that_is_no_row_is_rejected_and_holds_nobody_up(transactional_db):
    with brokers() as shop:
        shop.other.send("{not json", None, '["a list"]')
        shop.sell(1)
        shop.sell(2)
        source = source_of(shop)
        assert follow(source) == 4
    assert orders() == ["o1", "o2"]
    assert Reject.objects.values("load", "row").distinct().count() == 2


def test_messages_that_are_gone_are_told_and_nothing_is_jumped_over(transactional_db):
    with brokers() as shop:
        shop.sell(1)
        source = source_of(shop)
        Source.objects.update(cursor={"offsets": {"1": 900}})
        with pytest.raises(SourceRefused, match="gone that were not read"):
            follow(source)
    source.refresh_from_db()
    assert source.cursor == {"offsets": {"1": 900}}
    assert (source.failures, orders()) == (1, [])


def test_entries_that_were_trimmed_away_before_they_were_read_are_missed(transactional_db):
    with valkey() as shop:
        shop.sell(1, 2, 3)
        # What was gone before the first reading is not missed.
        shop.other.server.xtrim(shop.other.name, maxlen=2, approximate=False)
        source = source_of(shop)
        assert follow(source) == 2
        shop.other.server.xtrim(shop.other.name, maxlen=0, approximate=False)
        shop.sell(4, 5, 6, 7)
        assert follow(source) == 4, "those that were read may go"
        shop.sell(8, 9, 10)
        shop.other.server.xtrim(shop.other.name, maxlen=1, approximate=False)
        with pytest.raises(SourceRefused, match="2 entries of orders.* before they were read"):
            follow(source)
        assert orders() == ["o2", "o3", "o4", "o5", "o6", "o7"]
        health = health_of(Source.objects.get(), timezone.now(), organisation_zone())
        assert "2 entries" in health.problems[FAILING]
        start_over(source=source, actor=person("ann"))
        assert follow(source) == 1
    assert orders()[-1] == "o10"


def test_a_partition_that_was_empty_so_far_is_known_by_its_beginning(transactional_db):
    with brokers() as shop:
        shop.sell(2)
        source = source_of(shop)
        assert follow(source) == 1
    source.refresh_from_db()
    begun = dict.fromkeys(source.cursor["offsets"], 0)
    assert source.cursor["offsets"] == {**begun, "0": 1}
    assert len(begun) > 1


def test_nobody_answers_is_said(transactional_db):
    source = create_source(
        name="away",
        connector="redis_stream",
        kind="order_lines",
        options={"url": "redis://127.0.0.1:9/0", "stream": "orders"},
        actor=person("ann"),
    )
    with pytest.raises(SystemExit):
        call_command("consume", "away")
    source.refresh_from_db()
    assert "The server of the stream says: Error" in source.problem


def test_a_follower_that_keeps_trying_goes_on_when_the_server_is_back(transactional_db):
    with valkey() as shop:
        shop.sell(1)
        source = source_of(shop)
        Source.objects.update(options={**shop.options, "url": "redis://127.0.0.1:9/0"})
        with python("manage.py", "consume", source.name, "--keep-trying"):
            until(lambda: Source.objects.get().failures > 0)
            assert orders() == []
            Source.objects.update(options=shop.options)
            until(lambda: orders() == ["o1"])
            until(lambda: Source.objects.get().failures == 0)


def test_one_follower_is_enough(transactional_db):
    with valkey() as shop:
        shop.sell(1)
        source = source_of(shop)
        with python("manage.py", "consume", source.name):
            until(lambda: orders() == ["o1"])
            with pytest.raises(Conflict, match="followed by another process already"):
                follow(source)


def test_a_paused_stream_is_not_followed_and_a_stream_is_not_read_by_hand(transactional_db):
    with valkey() as shop:
        shop.sell(1)
        source = source_of(shop)
        with pytest.raises(Conflict, match="followed by consume"):
            request_read(source=source, actor=person("ann"))
        pause_source(source=source, paused=True, actor=person("ann"))
        with pytest.raises(Conflict, match="is paused"):
            follow(source)
    assert orders() == []
