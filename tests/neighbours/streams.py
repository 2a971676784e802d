"""A stream in the tests' own Valkey, and a topic of librdkafka's mock cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import redis
from confluent_kafka import Producer
from django.conf import settings

APART = "/9"


@dataclass(frozen=True)
class Stream:
    """``url`` is without the password, as a source has it."""

    name: str
    server: redis.Redis
    url: str
    password: str

    def add(self, **fields: object) -> None:
        self.server.xadd(self.name, {name: str(value) for name, value in fields.items()})


@contextmanager
def redis_stream() -> Iterator[Stream]:
    parts = urlsplit(settings.REDIS_URL)
    name = f"orders-{uuid4().hex}"
    # Not the database of the cache, which is emptied before each test.
    with redis.Redis.from_url(parts._replace(path=APART).geturl()) as server:
        url = f"redis://{parts.hostname}:{parts.port}{APART}"
        yield Stream(name, server, url, parts.password or "")
        server.delete(name)


@dataclass(frozen=True)
class Topic:
    name: str
    producer: Producer
    brokers: str

    def send(self, *values: str | None, partition: int = 0) -> None:
        for value in values:
            self.producer.produce(self.name, value, partition=partition)
        assert self.producer.flush(20) == 0


@contextmanager
def kafka_topic() -> Iterator[Topic]:
    producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    name = f"orders-{uuid4().hex}"
    brokers = producer.list_topics(name, timeout=20).brokers.values()
    yield Topic(name, producer, ",".join(f"{one.host}:{one.port}" for one in brokers))
