"""The producer client: typed, validated before it is sent, in order per seller, and honest about what was not delivered."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from screener import topics
from screener.client.events import MAX_EVENT_BYTES, EventCheck, NoDecision, PublishedRevisions, decode_decision
from screener.contracts import SCHEMA_VERSION, Decision, ListingEvent
from screener.reader import NotPermitted, ReadFailed, TopicReader
from screener.trouble import Trouble

REMEMBERED_DECISIONS = 100_000
"""Decisions kept for `wait_for_decision`; older ones are forgotten."""

_log = logging.getLogger(__name__)


class NotDelivered(Exception):
    """The broker did not take every event; `failed` has (event key, reason). Publish them again: a repeat is counted, never judged twice."""

    def __init__(self, failed: list[tuple[bytes, str]]) -> None:
        super().__init__(f"{len(failed)} events were not delivered, the first because {failed[0][1]}; publish them again")
        self.failed = failed


Delivered = Callable[[int, int], None]
"""Called with (partition, offset) of a delivered event."""


def producer_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Librdkafka settings that the contract asks of a producer: all replicas, no duplicates, no reordering, Java's partitioner."""
    return {
        **config,
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "message.max.bytes": MAX_EVENT_BYTES + 64 * 1024,
    }


class ListingPublisher:
    """Publishes listing events and waits for their decisions.

    `bootstrap` names the brokers; `config` adds librdkafka settings (`message.timeout.ms`): TLS and login from the same `SCREENER_*` variables as
    all of the product by `config=Connection().client()` (screener.connection). Use it as a context manager, or call `close`.
    """

    def __init__(self, bootstrap: str, *, config: Mapping[str, Any] | None = None, topic: str = topics.LISTING) -> None:
        self._config = {**(config or {}), "bootstrap.servers": bootstrap}
        self._topic = topic
        self._check = EventCheck(topic)
        self._trouble = Trouble(self._config)
        self._producer = Producer(producer_config({"linger.ms": 5, "log_level": 0, **self._config, **self._trouble.callback}))
        self._failed: list[tuple[bytes, str]] = []
        self._published = PublishedRevisions(REMEMBERED_DECISIONS)
        self._decisions: _DecisionListener | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def listen(self) -> None:
        """Starts to remember decisions. Call it before publishing what you will wait for. Raises `Unreachable` or `TopicMissing`."""
        if self._decisions is None:
            self._decisions = _DecisionListener(self._config)

    def publish(
        self, event: ListingEvent | Mapping[str, Any], *, headers: Mapping[str, bytes] | None = None, delivered: Delivered | None = None
    ) -> None:
        """Sends one event, keyed by its seller. Raises `InvalidEvent`; delivery errors surface in `flush`."""
        self.publish_bytes(self._check.encoded(event), headers=headers, delivered=delivered)

    def publish_bytes(self, value: bytes, *, headers: Mapping[str, bytes] | None = None, delivered: Delivered | None = None) -> None:
        """Sends one event that is JSON already; checked against the contract like any other."""
        event = self._check.decoded(value)
        key = event.seller_id.encode()
        sent = {"schema": SCHEMA_VERSION.encode(), **(headers or {})}

        def report(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self._failed.append((key, self._trouble.with_cause(error.str())))
                return
            self._trouble.is_over()
            if delivered is not None:
                partition, offset = message.partition(), message.offset()
                assert partition is not None
                assert offset is not None
                delivered(partition, offset)

        while True:
            try:
                self._producer.produce(self._topic, value=value, key=key, headers=list(sent.items()), on_delivery=report)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise NotDelivered([(key, error.args[0].str())]) from error
            else:
                break
        self._published.add(event)
        self._producer.poll(0)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Waits until the broker has everything. Raises `NotDelivered` with what it refused or did not confirm in time."""
        left = self._producer.flush(timeout_s)
        failed, self._failed = self._failed, []
        if left:
            failed.append((b"", self._trouble.with_cause(f"{left} events were not confirmed within {timeout_s:g} s")))
        if failed:
            raise NotDelivered(failed)

    def wait_for_decision(self, listing_id: str, revision: int, timeout_s: float, *, seller_id: str | None = None) -> Decision:
        """The newest decision about this revision among those seen since `listen`. Raises `NoDecision` after `timeout_s` seconds.

        The revision is that of `seller_id`; without one, of whoever last published it here, and if nobody did, of any seller. A decision of a kind
        this release does not know counts as hold.
        """
        late = self._decisions is None
        self.listen()
        assert self._decisions is not None
        hint = "call `listen` before publishing: what was decided before is not seen" if late else "check that a worker is ready"
        return self._decisions.wait(seller_id or self._published.seller_of(listing_id, revision), listing_id, revision, timeout_s, hint)

    def close(self) -> None:
        """Flushes (raising `NotDelivered` like `flush`) and stops listening."""
        try:
            self.flush()
        finally:
            if self._decisions is not None:
                self._decisions.close()
                self._decisions = None


class _DecisionListener:
    """Reads decisions in a thread, from the moment it was made on."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._reader = TopicReader(config, topics.DECISION)
        self._reader.start(self._reader.ends())
        self._known: OrderedDict[tuple[str | None, str, int], Decision] = OrderedDict()
        """By seller, listing and revision, and once more by None for any seller."""
        self._arrived = threading.Condition()
        self._stopping = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stopping:
                for record in self._reader.follow(0.2):
                    decision = decode_decision(record.value)
                    if decision is None:
                        _log.warning("%s %d offset %d holds no decision and is passed over", record.topic, record.partition, record.offset)
                        continue
                    with self._arrived:
                        for seller_id in (decision.seller_id, None):
                            self._known[seller_id, decision.listing_id, decision.revision] = decision
                        while len(self._known) > 2 * REMEMBERED_DECISIONS:
                            self._known.popitem(last=False)
                        self._arrived.notify_all()
        except (ReadFailed, NotPermitted) as error:
            with self._arrived:
                self._failure = error
                self._arrived.notify_all()

    def wait(self, seller_id: str | None, listing_id: str, revision: int, timeout_s: float, hint: str) -> Decision:
        deadline = time.monotonic() + timeout_s
        with self._arrived:
            while (decision := self._known.get((seller_id, listing_id, revision))) is None:
                if self._failure is not None:
                    raise self._failure
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoDecision(listing_id, revision, timeout_s, hint)
                self._arrived.wait(left)
        return decision

    def close(self) -> None:
        self._stopping = True
        self._thread.join(5)
        self._reader.close()
