"""Messages of a Kafka topic; the offsets are ours, never the broker's."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from core.contracts.connector import (
    Batch,
    Cursor,
    Found,
    Reach,
    SourceRefused,
    Stream,
    asked,
    secret,
)
from ingestion.tables import object_of

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, TopicPartition

CONNECT_SECONDS = 10.0
WAIT_SECONDS, SILENT_SECONDS = 1.0, 60.0
# Needed by the library; no offset is ever committed under it.
GROUP = "customer-behaviour-analysis"


@dataclass(frozen=True)
class Kafka(Stream):
    key: ClassVar[str] = "kafka"
    title: ClassVar[str] = "Kafka topic"
    says: ClassVar[str] = "Messages in JSON, followed as they come"
    place: ClassVar[tuple[str, ...]] = ("topic",)

    brokers: str = asked(label="Brokers", help="kafka1.example.com:9092,kafka2.example.com:9092")
    topic: str = asked(label="Topic")
    security: Literal["plaintext", "ssl", "sasl_ssl", "sasl_plaintext"] = asked(
        "plaintext", label="Security"
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = asked(
        "PLAIN", label="Sign-in", help="Where the security is sasl"
    )
    username: str = asked("", label="User")
    password: str = secret(label="Password")
    batch_rows: int = asked(1_000, label="Messages at a time", least=1, most=50_000)

    def test(self, reach: Reach) -> Found:
        with self._consumer() as (consumer, _):
            many = len(self._partitions(consumer))
        parts = "1 partition" if many == 1 else f"{many} partitions"
        return Found(f"The brokers answer; the topic {self.topic} has {parts}.")

    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        for batch in self._messages(cursor):
            if batch is None:
                return
            yield batch

    def follow(self, cursor: Cursor, reach: Reach) -> Iterator[Batch | None]:
        return self._messages(cursor)

    def _messages(self, cursor: Cursor) -> Iterator[Batch | None]:
        """None where the end of every partition is reached."""
        offsets: dict[str, int] = dict(cursor.get("offsets", {}))
        silent = 0.0
        with self._consumer() as (consumer, problems):
            partitions = self._partitions(consumer)
            offsets |= self._beginnings(consumer, partitions - {int(n) for n in offsets})
            consumer.assign([self._place(number, offsets) for number in partitions])
            ended: set[int] = set()
            while True:
                found = consumer.consume(self.batch_rows, WAIT_SECONDS)
                messages = self._kept(found, ended)
                if messages:
                    offsets |= {str(m.partition()): m.offset() + 1 for m in messages}
                    yield self._batch(messages, {"offsets": dict(offsets)})
                elif ended >= partitions:
                    yield None
                silent = 0.0 if found or ended >= partitions else silent + WAIT_SECONDS
                if problems or silent > SILENT_SECONDS:
                    why = problems[-1].str() if problems else "nobody answers in time"
                    raise SourceRefused(f"The brokers of {self.topic} say: {why}.")

    def _batch(self, messages: list[Any], cursor: Cursor) -> Batch:
        """Messages without a value say that something was deleted: they are no rows."""
        values = [message.value() for message in messages]
        rows = tuple(object_of(value) for value in values if value is not None)
        many = f"{len(rows):,} {'message' if len(rows) == 1 else 'messages'}"
        return Batch(cursor, f"{many} of {self.topic}", objects=rows)

    def _kept(self, found: list[Any], ended: set[int]) -> list[Any]:
        """The messages among what came; ends of partitions are noted, errors refused."""
        from confluent_kafka import KafkaError

        kept = []
        for message in found:
            error, partition = message.error(), message.partition()
            if error is None:
                ended.discard(partition)
                kept.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add(partition)
            elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
                raise SourceRefused(
                    f"Messages of {self.topic} are gone that were not read: the topic keeps them"
                    " too shortly. Let the source begin anew to read what is there."
                )
            elif not error.retriable():
                raise SourceRefused(f"The brokers of {self.topic} say: {error.str()}.")
        return kept

    def _partitions(self, consumer: Consumer) -> set[int]:
        topic = consumer.list_topics(self.topic, timeout=CONNECT_SECONDS).topics[self.topic]
        if topic.error is not None or not topic.partitions:
            why = topic.error.str() if topic.error else "it has no partition"
            raise SourceRefused(f"There is no topic {self.topic}: {why}.")
        return set(topic.partitions)

    def _beginnings(self, consumer: Consumer, partitions: set[int]) -> dict[str, int]:
        """Where partitions begin that nothing was read of: kept, so that what goes is missed."""
        from confluent_kafka import TopicPartition

        found = {}
        for number in partitions:
            place = TopicPartition(self.topic, number)
            found[str(number)], _ = consumer.get_watermark_offsets(place, timeout=CONNECT_SECONDS)
        return found

    def _place(self, number: int, offsets: dict[str, int]) -> TopicPartition:
        from confluent_kafka import TopicPartition

        return TopicPartition(self.topic, number, offsets[str(number)])

    @contextmanager
    def _consumer(self) -> Iterator[tuple[Consumer, list[KafkaError]]]:
        """A consumer, and the errors that concern all of it as they happen."""
        from confluent_kafka import Consumer, KafkaError, KafkaException

        problems: list[KafkaError] = []

        def note(error: KafkaError) -> None:
            if error.fatal() or error.code() in (
                KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION,
            ):  # fmt: skip
                problems.append(error)

        words: dict[str, Any] = {
            "bootstrap.servers": self.brokers.strip(),
            "group.id": GROUP,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # What was read is never read again for want of an offset: that is said.
            "auto.offset.reset": "error",
            "security.protocol": self.security,
            "error_cb": note,
            "log_level": 0,
        }
        if self.security.startswith("sasl"):
            words |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        try:
            consumer = Consumer(words)
            try:
                yield consumer, problems
            finally:
                consumer.close()
        except KafkaException as error:
            why = problems[-1].str() if problems else error.args[0].str()
            raise SourceRefused(f"The brokers of {self.topic} say: {why}.") from error
