"""What every connector keeps to; a new file in ingestion/connectors/ needs a neighbour below.

Each speaks with a real server: it is given seven rows, two of them of one moment, to be read two
at a time.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from core.contracts.connector import Batch, Connector, Reach, is_secret
from core.registry import plugins
from ingestion.connectors.folder import Folder
from ingestion.connectors.http_json import HttpJson
from ingestion.connectors.kafka import Kafka
from ingestion.connectors.redis_stream import RedisStream
from ingestion.connectors.sql import Sql
from tests.neighbours import mariadb, postgres, s3, service, streams

FOUND = plugins(packages=["ingestion.connectors"], contract=Connector)
ROWS = [(n, f"c{n % 3}", f"2026-02-0{min(n, 6)} 10:00", f"{n}.5") for n in range(1, 8)]
VALUES = ", ".join(f"({n}, '{who}', '{at}', {amount})" for n, who, at, amount in ROWS)
COLUMNS = "order_id, customer_id, changed_at, amount"


@contextmanager
def a_postgres(folder: Path) -> Iterator[Connector]:
    with postgres.other_database("contract") as other:
        other.run(
            "CREATE TABLE lines (order_id int, customer_id text, changed_at timestamptz,"
            f" amount numeric(9,2)); INSERT INTO lines VALUES {VALUES}"
        )
        yield Sql(
            url=other.url,
            password=other.password,
            table="lines",
            cursor_column="changed_at",
            batch_rows=2,
        )


@contextmanager
def a_mariadb(folder: Path) -> Iterator[Connector]:
    with mariadb.mariadb() as other:
        other.run(
            "CREATE TABLE `lines` (order_id int, customer_id text, changed_at datetime,"
            " amount decimal(9,2))",
            f"INSERT INTO `lines` VALUES {VALUES}",
        )
        yield Sql(
            url=other.url,
            password=mariadb.PASSWORD,
            query=f"SELECT {COLUMNS} FROM `lines` WHERE customer_id LIKE 'c%'",
            cursor_column="changed_at",
            batch_rows=2,
        )


def _files() -> dict[str, str]:
    return {f"day-{n}.csv": f"{COLUMNS}\n{','.join(map(str, row))}\n" for n, row in enumerate(ROWS)}


@contextmanager
def a_folder(folder: Path) -> Iterator[Connector]:
    for name, text in _files().items():
        (folder / name).write_text(text)
    (folder / "notes.txt").write_text("not meant")
    yield Folder(folder=str(folder), pattern="day-*.csv", settle_seconds=0)


@contextmanager
def a_bucket(folder: Path) -> Iterator[Connector]:
    with s3.store() as store:
        for name, text in _files().items():
            store.put(f"daily/{name}", text)
        yield Folder(
            folder=f"s3://{s3.BUCKET}/daily",
            pattern="day-*.csv",
            settle_seconds=0,
            endpoint=store.endpoint,
            access_key=s3.ACCESS_KEY,
            secret_key=s3.SECRET_KEY,
        )


def service_of(**options: Any):
    @contextmanager
    def a_service(folder: Path) -> Iterator[Connector]:
        with service.service() as other:
            other.rows = _objects()
            yield HttpJson(
                url=f"{other.url}/orders",
                token=service.KEY,
                since_parameter="since",
                since_field="changed_at",
                batch_rows=2,
                **options,
            )

    return a_service


@contextmanager
def a_redis_stream(folder: Path) -> Iterator[Connector]:
    with streams.redis_stream() as other:
        for row in _objects():
            other.add(**row)
        yield RedisStream(url=other.url, password=other.password, stream=other.name, batch_rows=2)


@contextmanager
def a_topic(folder: Path) -> Iterator[Connector]:
    with streams.kafka_topic() as other:
        other.send(*map(json.dumps, _objects()))
        yield Kafka(brokers=other.brokers, topic=other.name, batch_rows=2)


def _objects() -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS.split(", "), row, strict=True)) for row in ROWS]


NEIGHBOURS = {
    "redis stream": a_redis_stream,
    "topic": a_topic,
    "service by links": service_of(),
    "service by numbers": service_of(pagination="page"),
    "service by tokens": service_of(pagination="next_field", next_field="meta.next"),
    "postgres": a_postgres,
    "mariadb": a_mariadb,
    "folder": a_folder,
    "bucket": a_bucket,
}
EACH = [
    pytest.param(name, marks=pytest.mark.mariadb if name == "mariadb" else ())
    for name in NEIGHBOURS
]


@pytest.fixture(scope="module", params=EACH)
def place(request, tmp_path_factory, django_db_setup) -> Iterator[tuple[Connector, Reach]]:
    folder = tmp_path_factory.mktemp("place")
    with ExitStack() as stack:
        connector = stack.enter_context(NEIGHBOURS[request.param](folder))
        yield connector, Reach(folders=(folder,), hosts=("127.0.0.1",))


def rows_of(batch: Batch) -> list[Any]:
    if batch.file is not None:
        return [batch.file.read()]
    if batch.table is not None:
        return batch.table.rows()
    return list(batch.objects)


def read(connector: Connector, reach: Reach, cursor: dict, most: int | None = None):
    """The rows of so many batches, and each cursor as it comes back from the database."""
    rows, cursors = [], []
    batches = connector.read(cursor, reach)
    for batch in batches:
        rows.append(rows_of(batch))
        cursors.append(json.loads(json.dumps(batch.cursor)))
        if most is not None and len(rows) == most:
            break
    batches.close()
    return rows, cursors


def test_every_connector_stands_beside_a_neighbour(request):
    assert set(FOUND) == {"folder", "http_json", "kafka", "redis_stream", "sql"}


def test_reading_in_two_sittings_equals_reading_in_one(place):
    connector, reach = place
    whole, cursors = read(connector, reach, {})
    assert len(whole) >= 4
    every = [row for batch in whole for row in batch]
    assert len(every) == len(ROWS)
    for stop in range(1, len(whole)):
        first, at = read(connector, reach, {}, most=stop)
        second, _ = read(connector, reach, at[-1])
        assert [row for batch in (*first, *second) for row in batch] == every
    assert read(connector, reach, cursors[-1])[0] == []


def test_a_test_of_the_connection_says_what_is_there(place):
    connector, reach = place
    found = connector.test(reach)
    assert found.says.endswith(".")
    if found.columns:
        assert found.columns == tuple(COLUMNS.split(", "))


@pytest.mark.parametrize("key", FOUND)
def test_each_option_has_a_label_and_no_secret_has_a_default(key):
    for option in fields(FOUND[key]):
        assert option.metadata["label"]
        assert not is_secret(option) or option.default == ""
        assert option.default is MISSING or isinstance(option.default, str | int | bool)


def test_a_sample_has_some_of_the_rows_and_can_be_taken_again(place):
    connector, reach = place
    sample = connector.sample(reach)
    assert 0 < len(rows_of(sample)) <= len(ROWS)
    assert connector.sample(reach).name == sample.name
