"""Goal: whatever ends the poll thread ends the worker, with the code a supervisor needs, and lag is known before a first record comes.

Method: the real poll thread, run in the test's own, over a consumer whose answers are written down.
Blind spot: librdkafka's own answers (tests/system/test_poller.py asks a real broker), and every rebalance but the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition

from screener import topics
from screener.catalog import JUDGE
from screener.runtime.assignment import Assignment
from screener.runtime.exits import DO_NOT_RESTART, RESTART, EngineStop
from screener.runtime.outside import Outside
from screener.runtime.poller import Hooks, Poller
from screener.runtime.settings import Settings

TOPICS = (*JUDGE.inputs, *JUDGE.outputs, *JUDGE.keyed_outputs, JUDGE.changelog, str(JUDGE.trace))
NO_POSITION = -1001
PLACE = (topics.LISTING, 0)


class Script:
    """A consumer that assigns partition 0 of everything at the first poll and then gives what was written down; after the last, the thread ends."""

    def __init__(self, answers: Iterable[Any] = (), missing: str = "", counts: dict[str, int] | None = None) -> None:
        self.answers = iter(answers)
        self.counts = {topic: (counts or {}).get(topic, 1) for topic in TOPICS if topic != missing}
        self.high = 0
        self.offset = NO_POSITION
        self.assigned: list[TopicPartition] = []
        self.within_callback = self.asked_within = False
        self.failures: list[EngineStop] = []
        self.lag: list[int] = []

    def run(self, starts: int = 0) -> Script:
        """The thread, to its end; the engine has it fetch from offset `starts` of everything."""
        outside = Outside(consumer=lambda _config: self, thread=_Inline)  # type: ignore[arg-type, return-value]

        def assigned(assignment: Assignment) -> None:
            self.poller.fetch_from(assignment, [TopicPartition(topic, 0, starts) for topic in JUDGE.inputs])

        hooks = Hooks(assigned, lambda _wait_s: True, lambda: None, lambda _batches: None, self.failures.append, lambda: 0, lambda: 0)
        self.poller = Poller(Settings(), JUDGE, "one", hooks, outside)
        self.poller._lag_due = float("-inf")
        self.poller.start()
        return self

    # What the thread asks of a consumer.

    def subscribe(self, _topics: list[str], on_assign: Callable[[Any, list[TopicPartition]], None], **_: Any) -> None:
        self._on_assign = on_assign

    def poll(self, _timeout: float) -> Any:
        if not self.assigned:
            self.within_callback = True
            self._on_assign(self, [TopicPartition(topic, 0) for topic in JUDGE.inputs])
            self.within_callback = False
            self.assigned = [TopicPartition(topic, 0) for topic in JUDGE.inputs]
            return None
        self.lag.append(self.poller.lag.get(PLACE, 0))
        self.poller._lag_due = float("-inf")
        answer = next(self.answers, None)
        if answer is None:
            self.poller._stopping.set()
        return answer(self) if callable(answer) else None

    def consume(self, _count: int, _timeout: float) -> list[Any]:
        return []

    def list_topics(self, timeout: float) -> Any:
        self.asked_within = self.asked_within or self.within_callback
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None, partitions=range(count)) for topic, count in self.counts.items()})

    def assignment(self) -> list[TopicPartition]:
        return self.assigned

    def position(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition(p.topic, p.partition, self.offset) for p in partitions]

    def get_watermark_offsets(self, partition: TopicPartition, cached: bool) -> tuple[int, int]:
        return 0, self.high if (partition.topic, partition.partition) == PLACE else 0

    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def resume(self, partitions: list[TopicPartition]) -> None: ...
    def pause(self, partitions: list[TopicPartition]) -> None: ...
    def consumer_group_metadata(self) -> None: ...
    def close(self) -> None: ...


class _Inline:
    def __init__(self, _name: str, target: Callable[[], None]) -> None:
        self.start = target


def error(code: int) -> Callable[[Script], Any]:
    """A message that is an error."""
    message = SimpleNamespace(error=lambda: KafkaError(code))
    return lambda _script: message


def high(offset: int) -> Callable[[Script], None]:
    """The broker has so many records, and none comes."""

    def set_high(script: Script) -> None:
        script.high = offset

    return set_high


def at(offset: int) -> Callable[[Script], None]:
    """Everything before this offset has come."""

    def set_offset(script: Script) -> None:
        script.offset = offset

    return set_offset


def bug(_script: Script) -> Any:
    raise LookupError("planted")


@pytest.mark.parametrize("missing", TOPICS)
def test_any_missing_topic_ends_the_worker_for_good(missing: str) -> None:
    [stop] = Script(missing=missing).run().failures
    assert stop.code == DO_NOT_RESTART
    assert missing in str(stop)
    assert "screener topics apply" in str(stop)


def test_topics_with_different_counts_end_the_worker_for_good_but_keyed_outputs_may_differ() -> None:
    [stop] = Script(counts={topics.DECISION: 2}).run().failures
    assert stop.code == DO_NOT_RESTART
    assert f"{topics.DECISION} 2" in str(stop)
    assert not Script(counts={topics.BRAND_HIT: 2}).run().failures


def test_a_position_out_of_range_ends_the_worker_for_good() -> None:
    for code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        [stop] = Script([error(code)]).run().failures
        assert stop.code == DO_NOT_RESTART
        assert "records were deleted before they were judged" in str(stop)


def test_a_lost_place_in_the_group_asks_for_a_restart_and_a_lost_broker_for_nothing() -> None:
    [stop] = Script([error(KafkaError._MAX_POLL_EXCEEDED)]).run().failures
    assert stop.code == RESTART
    assert not Script([error(KafkaError._ALL_BROKERS_DOWN)]).run().failures


def test_a_bug_in_the_thread_ends_the_worker() -> None:
    [stop] = Script([bug]).run().failures
    assert stop.code == RESTART
    assert "LookupError: planted" in str(stop)


def test_lag_is_known_before_a_first_record() -> None:
    script = Script([high(9), high(10), at(10), None]).run(starts=4)
    assert script.lag == [0, 5, 6, 0]
    assert not script.failures


def test_the_broker_is_asked_nothing_within_a_callback() -> None:
    """confluent_kafka 2.16 aborts the process at a second callback of one poll when the first has called what waits for the broker."""
    script = Script([None]).run()
    assert script.assigned
    assert not script.asked_within
