"""Reads topics to their end, for the commands: no group, no offsets kept, read_committed unless said."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from screener.headers import headers_of
from screener.trouble import Trouble, first_answer, is_not_permitted

REQUEST_TIMEOUT_S = 10.0
READ_BATCH = 2_000

UNDECIDED_TIMEOUT_S = 60.0
"""Four times the workers' transaction timeout: by then the broker has aborted what a dead worker left open."""

PASSING = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE})
"""Connections failed: librdkafka makes others."""


class Unreachable(Exception):
    """There is no connection to a broker: none answers, or one refused the login or the certificate. The message ends with what to do."""


class TopicMissing(Exception):
    """The topic does not exist; the message ends with what to do."""


class Undecided(Exception):
    """A transaction stays open where records are to be read; the message ends with what to do."""


class ReadFailed(Exception):
    """The broker refused to give records, or the connection cannot be mended; the message ends with what to do."""

    def __init__(self, error: KafkaError) -> None:
        super().__init__(f"reading failed: {error.str()} ({error.name()}); check the broker's log and what this client may read")


class NotPermitted(Exception):
    """The broker knows us and does not let us read; the message ends with what to do."""

    def __init__(self, error: KafkaError) -> None:
        super().__init__(
            f"the broker does not permit it: {error.str()}; grant it in topics/acls.toml and run `screener topics apply`, or log in as one who may"
        )


class Record(NamedTuple):
    """A record as it lies on a topic; `timestamp_ms` is the broker's or the producer's, as the topic is configured."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    """Empty for a null value."""
    headers: tuple[tuple[str, bytes | None], ...]
    """As they were sent: in order, duplicates kept."""
    deletes: bool = False
    """The value is null: on a compacted topic it deletes its key."""


class TopicReader:
    """A consumer over all partitions of some topics, from given offsets or from their start. Close it, or use it as a context manager."""

    def __init__(self, config: Mapping[str, Any], *topics: str, committed_only: bool = True) -> None:
        self._trouble = Trouble(config)
        self._consumer = Consumer(
            {
                **config,
                "group.id": "screener-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed" if committed_only else "read_uncommitted",
                "auto.offset.reset": "earliest",
                "fetch.queue.backoff.ms": 5,
                "fetch.wait.max.ms": 50,
                "log_level": 0,
                **self._trouble.callback,
            }
        )
        self.partitions = [TopicPartition(topic, number) for topic in topics for number in self._numbers(topic)]

    def __enter__(self) -> TopicReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the broker."""
        self._consumer.close()

    def ends(self) -> dict[tuple[str, int], int]:
        """The offset after the last record, per topic and partition. Raises `Unreachable`.

        Read_committed it is the offset before which no transaction is open, else the one after whatever was sent.
        """
        return {(p.topic, p.partition): self.bounds((p.topic, p.partition))[1] for p in self.partitions}

    def bounds(self, place: tuple[str, int]) -> tuple[int, int]:
        """(first offset that is there, end as in `ends`) of one partition. Raises `Unreachable`."""
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), REQUEST_TIMEOUT_S)
        except KafkaException as error:
            raise _failure(self._consumer, self._trouble, error.args[0]) from error
        return low, high

    def between(self, starts: Mapping[tuple[str, int], int], stops: Mapping[tuple[str, int], int]) -> Iterator[Record]:
        """The records of the partitions that `stops` names, from `starts` (0 where it names none) to before its offset there.

        Waits for transactions that are open below a stop. Order holds within a partition. Raises `Unreachable`, `ReadFailed`, and `Undecided` when a
        transaction stays open longer than brokers let it.
        """
        waiting = {place: stop for place, stop in stops.items() if starts.get(place, 0) < stop}
        assigned = [TopicPartition(*place, starts.get(place, 0)) for place in waiting]
        self._consumer.assign(assigned)
        self._consumer.resume(assigned)  # a pause of an earlier call outlives the assignment
        patient_until = time.monotonic() + UNDECIDED_TIMEOUT_S
        while waiting:
            messages = self._consumer.consume(READ_BATCH, 0.2)
            if not messages and time.monotonic() > patient_until:
                self.bounds(min(waiting))  # librdkafka waits in silence for a broker that went away
                raise Undecided(
                    f"{' '.join(map(str, min(waiting)))} cannot be read to its end: a transaction stays open; look at the workers, then repeat"
                )
            for message in messages:
                error, place = message.error(), (str(message.topic()), int(message.partition() or 0))
                offset = int(message.offset() or 0)
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    if error.code() not in PASSING:
                        raise _refusal(error)
                    continue
                if place not in waiting:
                    continue  # fetched before the partition was paused
                if error is None and offset < waiting[place]:
                    patient_until = time.monotonic() + UNDECIDED_TIMEOUT_S
                    yield _record(message)
                if offset + (error is None) >= waiting[place]:
                    del waiting[place]
                    self._consumer.pause([TopicPartition(*place)])
        self._consumer.unassign()

    def start(self, starts: Mapping[tuple[str, int], int] | None = None) -> None:
        """Begins at these offsets; where none is given, at the start of the partition."""
        starts = starts or {}
        assigned = [TopicPartition(p.topic, p.partition, starts.get((p.topic, p.partition), 0)) for p in self.partitions]
        self._consumer.assign(assigned)

    def to_end(self) -> Iterator[Record]:
        """Every record up to the end of each partition as it is reached; call `start` first. Order holds within a partition.

        Raises `Unreachable` when no broker is left, and `ReadFailed`.
        """
        open_partitions = {(p.topic, p.partition) for p in self.partitions}
        patient_until = time.monotonic() + REQUEST_TIMEOUT_S
        while open_partitions:
            messages = self._consumer.consume(READ_BATCH, 0.2)
            if not messages and time.monotonic() > patient_until:
                self.ends()  # librdkafka waits in silence for a broker that went away
            elif messages:
                patient_until = time.monotonic() + REQUEST_TIMEOUT_S
            for message in messages:
                error = message.error()
                if error is None:
                    yield _record(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard((str(message.topic()), int(message.partition() or 0)))
                elif error.code() not in PASSING:
                    raise _refusal(error)

    def follow(self, timeout_s: float) -> Iterator[Record]:
        """Records as they come, until `timeout_s` seconds have passed; a broker that goes away meanwhile may come back. Raises `ReadFailed`."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            first = self._consumer.poll(min(left, 0.2))  # consume(n, t) alone would wait t to fill n
            for message in [] if first is None else [first, *self._consumer.consume(READ_BATCH, 0)]:
                error = message.error()
                if error is None:
                    yield _record(message)
                elif error.code() not in {KafkaError._PARTITION_EOF, *PASSING}:
                    raise _refusal(error)

    def _numbers(self, topic: str) -> list[int]:
        found = self._metadata(topic)
        if found.error is not None and is_not_permitted(found.error):
            raise NotPermitted(found.error)
        if found.error is not None:
            raise TopicMissing(f"topic {topic} does not exist; run `screener topics apply`")
        return sorted(found.partitions)

    def _metadata(self, topic: str) -> Any:
        """What the broker knows of the topic. Raises `Unreachable` when nobody answers in time, or at once when we are refused."""
        consumer = self._consumer
        try:
            known = first_answer(lambda turn_s: consumer.list_topics(topic, timeout=turn_s), consumer, self._trouble, REQUEST_TIMEOUT_S)
        except KafkaException as error:
            raise _failure(consumer, self._trouble, error.args[0]) from error
        return known.topics[topic]


def committed_offsets(config: Mapping[str, Any], group: str, *topics: str) -> dict[tuple[str, int], int]:
    """A group's committed offsets per topic and partition, 0 where it never committed; joins nothing. Raises `Unreachable` or `TopicMissing`."""
    with TopicReader(config, *topics) as reader:
        partitions = reader.partitions
    # Read_committed would wait until no transaction is pending on any partition at once; what is pending does not count either way.
    asking = {"group.id": group, "enable.auto.commit": False, "isolation.level": "read_uncommitted", "log_level": 0}
    trouble = Trouble(config)
    consumer = Consumer({**config, **asking, **trouble.callback})
    try:
        answer = consumer.committed(partitions, REQUEST_TIMEOUT_S)
    except KafkaException as error:
        raise _failure(consumer, trouble, error.args[0]) from error
    finally:
        consumer.close()
    return {(p.topic, p.partition): max(0, p.offset) for p in answer}


def require(config: Mapping[str, Any], *topics: str) -> None:
    """Raises `Unreachable` or `TopicMissing` at once, where a producer would go on trying for half a minute."""
    TopicReader(config, *topics).close()


def _refusal(error: KafkaError) -> NotPermitted | ReadFailed:
    return NotPermitted(error) if is_not_permitted(error) else ReadFailed(error)


def _failure(consumer: Consumer, trouble: Trouble, error: KafkaError) -> Unreachable | NotPermitted | ReadFailed:
    if error.code() > KafkaError.NO_ERROR:  # librdkafka's own have negative codes: a broker has answered
        return _refusal(error)
    consumer.poll(0)  # lets librdkafka tell what is wrong with its connections
    return Unreachable(trouble.words(error.str()))


def _record(message: Any) -> Record:
    timestamp_ms = message.timestamp()[1]
    value = message.value()
    place = (message.topic(), message.partition(), message.offset())
    return Record(*place, timestamp_ms, message.key(), value or b"", headers_of(message), value is None)
