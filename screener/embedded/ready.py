"""Prove that a broker works: a topic made, a group joined, a record and its group offset committed in one transaction, the record read back.

An open port says little: Kafka answers it seconds before a group can be joined. Everything made for the proof is removed again.
"""

import logging
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from screener.embedded.errors import EmbeddedBrokerError

TICK_SECONDS = 0.05
"""How often to look whether the process lives while waiting; short against a start of 3 s."""

_TURN_SECONDS = 2.0
"""A blocking call of librdkafka looks neither at the process nor at Ctrl-C; it may be called again and goes on where it was."""

_RECONNECT_MS_MAX = 100
"""A broker that is starting refuses for a moment; librdkafka's default would wait up to 10 s between tries."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Deadline:
    """A point in time to be ready by, and a check to make while waiting (raises if waiting is pointless)."""

    def __init__(self, seconds: float, check: Callable[[], None]) -> None:
        """Start now; `check` is called between waits and raises EmbeddedBrokerError when the process is gone."""
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self._check = check

    def tick(self, waiting_for: str) -> None:
        """Return if there is time left and reason to wait; else EmbeddedBrokerError."""
        self._check()
        if time.monotonic() > self._end:
            raise EmbeddedBrokerError(
                f"the embedded broker was not ready within {self._seconds:.0f} s (waiting for: {waiting_for}). "
                "Start it again on an idle machine; with --data, see broker.log there."
            )

    def left(self) -> float:
        """Seconds left, never below one tick."""
        return max(TICK_SECONDS, self._end - time.monotonic())


def wait_ready(port: int, deadline: Deadline, login: Mapping[str, str] | None = None) -> None:
    """Return when the broker at 127.0.0.1:port produces, lets a group join and commits a transaction; else EmbeddedBrokerError.

    `login`: librdkafka settings where the listener asks who we are.
    """
    wait_port(port, deadline)
    name = f"broker-ready-{uuid.uuid4().hex[:12]}"  # new each time: what a crashed start left behind must not hold this one up
    config: dict[str, str | int | float | bool] = {
        **(login or {}),
        "bootstrap.servers": f"127.0.0.1:{port}",
        "reconnect.backoff.ms": int(TICK_SECONDS * 1000),
        "reconnect.backoff.max.ms": _RECONNECT_MS_MAX,
        "log_level": 0,  # refusals while starting are expected; librdkafka would print them
    }
    admin = AdminClient(config)
    try:
        _create_topic(admin, name, deadline)
        _prove_transaction(config, name, deadline)
        _wait(admin.delete_consumer_groups([name])[name], "the proof's group to go", deadline)
        _wait(admin.delete_topics([name])[name], "the proof's topic to go", deadline)
    except KafkaException as error:
        raise EmbeddedBrokerError(f"the embedded broker answers but does not work: {error}. With --data, see broker.log there.") from error


def wait_port(port: int, deadline: Deadline) -> None:
    """Wait for the port by connecting plainly: cheaper than librdkafka's backoff."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return
        except OSError:
            deadline.tick("its port")
            time.sleep(TICK_SECONDS)


def _wait(future: "Future[_T]", waiting_for: str, deadline: Deadline) -> _T:
    """Return the future's result, looking at the deadline meanwhile."""
    while True:
        try:
            return future.result(timeout=TICK_SECONDS)
        except TimeoutError:
            deadline.tick(waiting_for)


def _create_topic(admin: AdminClient, name: str, deadline: Deadline) -> None:
    """Create the topic, again and again: a broker not yet registered with its controller refuses at first."""
    while True:
        try:
            _wait(admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])[name], "a topic to be made", deadline)
            return
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:  # an earlier try that timed out here succeeded there
                return
            _log.debug("not yet: %s", error)
            deadline.tick(f"a topic to be made ({error})")
            time.sleep(TICK_SECONDS)


def _prove_transaction(config: dict[str, str | int | float | bool], name: str, deadline: Deadline) -> None:
    """Join the group and open the transactional producer side by side (saves 0.6 s), then commit one record and one offset, and read it back."""
    # one id for all starts: init_transactions then also ends what a crashed start had left open
    producer = Producer({**config, "transactional.id": "broker-ready", "transaction.timeout.ms": 10_000})
    group = {"group.id": name, "enable.auto.commit": False, "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
    consumer = Consumer({**config, **group})
    pool = ThreadPoolExecutor(1)
    try:
        opened = pool.submit(_open_transactions, producer, deadline)
        assigned: list[TopicPartition] = []
        consumer.subscribe([name], on_assign=lambda _, partitions: assigned.extend(partitions))
        while not assigned:
            consumer.poll(TICK_SECONDS)
            deadline.tick("a group to be joined")
        _wait(opened, "a transactional producer", deadline)
        producer.begin_transaction()
        producer.produce(name, value=b"ready")
        producer.send_offsets_to_transaction([TopicPartition(name, 0, 0)], consumer.consumer_group_metadata(), deadline.left())
        producer.commit_transaction(deadline.left())
        while not _is_record(consumer.poll(TICK_SECONDS)):
            deadline.tick("the committed record")
    finally:
        consumer.close()
        pool.shutdown()


def _open_transactions(producer: Producer, deadline: Deadline) -> None:
    """Call init_transactions in short turns, so that a java that died ends the wait."""
    while True:
        try:
            producer.init_transactions(_TURN_SECONDS)
            return
        except KafkaException as error:
            if not error.args[0].retriable():
                raise
            deadline.tick(f"a transactional producer ({error})")


def _is_record(message: Message | None) -> bool:
    return message is not None and message.error() is None
