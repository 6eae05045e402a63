"""The poll thread through a rebalance that comes while it has paused fetching, and over transactions.

Goal: whatever was paused for the sake of back pressure or of backfill is fetched again under the next assignment; lag is neither missed nor made up.
Method: a real broker and the poll thread alone, with hooks that record; a plain consumer joins its group while it is throttled; a transactional
producer leaves a record undecided, then a marker behind it.
Blind spot: what the engine does with the batches (test_three_workers), and rebalances that take partitions away for good.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Producer, TopicPartition

from screener import topics
from screener.catalog import JUDGE
from screener.embedded import EmbeddedBroker
from screener.runtime.assignment import Assignment, Batch
from screener.runtime.exits import EngineStop
from screener.runtime.outside import REAL
from screener.runtime.poller import BACKLOG_WAIT_S, Hooks, Poller
from screener.runtime.settings import Settings
from tests.harness import TIMEOUT_S, Cluster, until
from tests.streams import Record, publish

RECORDS = 200


@dataclass
class Engine:
    """What stands in for the engine."""

    assigned: queue.Queue[Assignment] = field(default_factory=queue.Queue)
    fetched: list[Batch] = field(default_factory=list)
    failures: list[EngineStop] = field(default_factory=list)
    backlog: int = 0

    def hooks(self) -> Hooks:
        return Hooks(
            assigned=self.assigned.put,
            revoke=lambda _wait_s: True,
            lost=lambda: None,
            fetched=self.fetched.extend,
            failed=self.failures.append,
            backlog=lambda: self.backlog,
            backfill_backlog=lambda: 0,
        )

    def count(self, assignment: Assignment) -> int:
        """Records fetched under an assignment."""
        return sum(len(batch.records) for batch in list(self.fetched) if batch.assignment is assignment)


def test_what_was_paused_is_fetched_again_after_a_rebalance(own_broker: EmbeddedBroker) -> None:
    cluster, engine = Cluster(own_broker.bootstrap), Engine()
    cluster.set_up(registry=None, partitions=2)
    publish(own_broker.bootstrap, [Record(topics.LISTING, f"seller-{number}".encode(), b"{}") for number in range(RECORDS)])
    publish(own_broker.bootstrap, [Record(topics.LISTING_BACKFILL, f"seller-{number}".encode(), b"{}") for number in range(RECORDS)])
    ends = cluster.ends(topics.LISTING, topics.LISTING_BACKFILL)
    poller = Poller(Settings(bootstrap=own_broker.bootstrap, session_timeout_ms=6_000), JUDGE, "poller-test", engine.hooks(), REAL)
    rival = Consumer(
        {
            "bootstrap.servers": own_broker.bootstrap,
            "group.id": f"screener-{JUDGE.name}",
            "partition.assignment.strategy": "range",
            "session.timeout.ms": 6_000,
            "enable.auto.commit": False,
        }
    )
    poller.start()
    try:
        first = engine.assigned.get(timeout=TIMEOUT_S)
        poller.fetch_from(first, _from_start(first))
        until(lambda: engine.count(first) == sum(ends.values()), TIMEOUT_S, lambda: f"{engine.count(first)} fetched, {engine.failures}")
        engine.backlog = 10**9
        time.sleep(2 * BACKLOG_WAIT_S)  # now it has paused
        rival.subscribe(list(JUDGE.inputs))
        second = _next_assignment(engine, rival)
        engine.backlog = 0
        poller.fetch_from(second, _from_start(second))
        wanted = sum(end for (_, number), end in ends.items() if number in second.numbers)
        assert 0 < wanted < sum(ends.values()), f"the rival took nothing: {second.numbers}"
        until(lambda: engine.count(second) == wanted, TIMEOUT_S, lambda: f"{engine.count(second)} of {wanted} fetched after the rebalance")
    finally:
        rival.close()
        poller.stop()
    assert not engine.failures


def test_lag_is_known_before_a_first_record_and_none_is_left_behind_a_marker(own_broker: EmbeddedBroker) -> None:
    cluster, place = Cluster(own_broker.bootstrap), (topics.LISTING, 0)
    cluster.set_up(registry=None, partitions=1)
    producer = Producer({"bootstrap.servers": own_broker.bootstrap, "transactional.id": "a-marketplace", "log_level": 0})
    producer.init_transactions(TIMEOUT_S)
    producer.begin_transaction()
    producer.produce(topics.LISTING, value=b"{}", key=b"seller", partition=0)
    producer.flush(TIMEOUT_S)
    with _polling(own_broker, "early") as (poller, engine):
        until(lambda: poller.lag.get(place) == 1, TIMEOUT_S, lambda: f"an undecided record is no lag: {poller.lag}")
        assert not engine.fetched
    producer.commit_transaction(TIMEOUT_S)
    with _polling(own_broker, "late") as (poller, engine):  # now the marker lies there from the start
        until(lambda: bool(engine.fetched) and poller.lag.get(place) == 0, TIMEOUT_S, lambda: f"{len(engine.fetched)} fetched, lag {poller.lag}")


@contextmanager
def _polling(broker: EmbeddedBroker, application: str) -> Iterator[tuple[Poller, Engine]]:
    """A poll thread in a group of its own that fetches everything from the start."""
    engine = Engine()
    settings = Settings(bootstrap=broker.bootstrap, application=application, session_timeout_ms=6_000)
    poller = Poller(settings, JUDGE, "lag-test", engine.hooks(), REAL)
    poller.start()
    try:
        first = engine.assigned.get(timeout=TIMEOUT_S)
        poller.fetch_from(first, _from_start(first))
        yield poller, engine
    finally:
        poller.stop()
    assert not engine.failures


def _from_start(assignment: Assignment) -> list[TopicPartition]:
    return [TopicPartition(topic, number, 0) for topic in assignment.counts for number in assignment.numbers]


def _next_assignment(engine: Engine, rival: Consumer) -> Assignment:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        rival.poll(0.1)  # it joins, and stays in the group, only while it is polled
        if not engine.assigned.empty():
            return engine.assigned.get()
    raise AssertionError("no rebalance came")
