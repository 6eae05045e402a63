"""The poll thread: the only one that touches the Kafka consumer of inputs.

It polls from the first moment on (librdkafka joins a group only when polled), fetches only what the engine asked for after a restore, and waits in
`on_revoke` until the engine has let go. Nothing is committed and no offset is stored here: source offsets travel in the rounds' transactions.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from screener.processor import Processor
from screener.runtime.assignment import Assignment, Batch, WrongAssignment, check_counts, numbers_of
from screener.runtime.exits import ANEW, DO_NOT_RESTART, GRANT, RESTART, EngineStop
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings
from screener.trouble import is_not_permitted

log = structlog.get_logger()

FETCH_MAX_RECORDS = 1_000
"""Records taken per poll: a batch is handed on while it is still fresh, and per-call costs are spread over enough records."""

POLL_S = 0.05
"""How long a poll waits for a first record; also the longest wait of a command for the poll thread."""

REVOKE_WAIT_S = 5.0
"""How long a revoke waits for the engine to let go; half the session timeout, so that the member stays in the group."""

BACKLOG_WAIT_S = 1.0
"""How long the poll thread waits for the engine to catch up before it pauses fetching but goes on polling for the group's sake."""

LITTLE_LAG = 50
"""Records that may be behind on all other topics while backfill goes on: under a steady stream some always are just being fetched, and to wait for
none would be to wait for the night. Fifty are judged in a few hundredths of a second."""

LAG_EVERY_S = 0.2
"""Positions of all partitions are asked at most this often: sixty of them cost a tenth of a millisecond."""


@dataclass(frozen=True)
class Hooks:
    """What the poll thread tells the engine; called in the poll thread."""

    assigned: Callable[[Assignment], None]
    revoke: Callable[[float], bool]
    """Blocks until the engine let go of everything, at most so many seconds; False if it did not."""
    lost: Callable[[], None]
    fetched: Callable[[list[Batch]], None]
    failed: Callable[[EngineStop], None]
    backlog: Callable[[], int]
    """Records fetched and not judged yet, backfill not counted: it waits for the others, so they must not wait for it."""
    backfill_backlog: Callable[[], int]


@dataclass(frozen=True)
class _Joined:
    """What the group has given, as the callback was told: an `Assignment` whose partition counts nobody has asked for yet."""

    epoch: int
    assigned: Mapping[str, set[int]]
    metadata: Any


class Poller:
    """Owns the consumer and its thread."""

    def __init__(self, settings: Settings, processor: Processor, instance_id: str, hooks: Hooks, outside: Outside) -> None:
        self._settings, self._processor, self._hooks, self._outside, self._clock = settings, processor, hooks, outside, outside.clock
        self._instance_id = instance_id
        self._assignment: Assignment | None = None
        self._joined: _Joined | None = None
        self._epoch = 0
        self._starts: tuple[Assignment, Sequence[TopicPartition]] | None = None
        self._stopping = threading.Event()
        self._thread = outside.thread("kafka-poll", self._run)
        self._backfill_paused = False
        self._throttled = False
        self._lag_due = 0.0
        self._began: dict[tuple[str, int], int] = {}
        """Where fetching began: librdkafka knows no position before a first record has come."""
        self.lag: dict[tuple[str, int], int] = {}
        """Records behind the end, per topic and partition; written here, read by the metrics."""

    def start(self) -> None:
        """Joins the group."""
        self._thread.start()

    def fetch_from(self, assignment: Assignment, positions: Sequence[TopicPartition]) -> None:
        """Starts fetching an assignment at these offsets; nothing if it is no longer the current one."""
        self._starts = (assignment, positions)

    def stop(self) -> None:
        """Ends the thread and closes the consumer; a static member stays in the group until its session times out, so a restart moves nothing."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(REVOKE_WAIT_S + 10)

    def _run(self) -> None:
        try:
            consumer = self._outside.consumer(self._config())
            try:
                consumer.subscribe(list(self._processor.inputs), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)
                while not self._stopping.is_set():
                    self._turn(consumer)
            finally:
                consumer.close()
        except EngineStop as stop:
            self._hooks.failed(stop)
        except KafkaException as error:
            self._hooks.failed(EngineStop(RESTART, f"the consumer failed: {error.args[0]}; see the broker's log, the supervisor restarts the worker"))
        except WrongAssignment as error:
            self._hooks.failed(EngineStop(DO_NOT_RESTART, str(error)))
        except Exception as error:  # a bug: without this thread nothing is fetched any more, and nothing else would say so
            log.exception("the poll thread failed")
            self._hooks.failed(EngineStop(RESTART, f"the poll thread failed: {type(error).__name__}: {error}; the log has the traceback"))

    def _config(self) -> dict[str, Any]:
        settings = self._settings
        return {
            **settings.client(),
            "group.id": f"{settings.application}-{self._processor.name}",
            "group.instance.id": self._instance_id,
            "group.protocol": "classic",
            "partition.assignment.strategy": "range",  # the same partition numbers of every topic for every member
            "auto.offset.reset": "error",  # a position out of range means records were lost: never a silent jump
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "isolation.level": "read_committed",
            "session.timeout.ms": settings.session_timeout_ms,
            "heartbeat.interval.ms": max(500, settings.session_timeout_ms // 5),
            "fetch.queue.backoff.ms": 5,  # the default of 1,000 leaves a fast reader waiting two thirds of the time
            "fetch.wait.max.ms": 50,
            "statistics.interval.ms": 0,
        }

    def _turn(self, consumer: Any) -> None:
        self._announce(consumer)
        self._start_fetching(consumer)
        self._throttle(consumer)
        before = self._assignment
        first = consumer.poll(POLL_S)
        if first is None:
            self._measure_lag(consumer)
            return
        messages = [first, *consumer.consume(FETCH_MAX_RECORDS, 0)]
        assignment = self._assignment
        if assignment is None or assignment is not before:
            return  # fetched under an assignment that ended within these calls; the restore seeks back
        if batches := self._batches(assignment, messages):
            self._hooks.fetched(batches)
        self._measure_lag(consumer)

    def _batches(self, assignment: Assignment, messages: list[Any]) -> list[Batch]:
        records: dict[tuple[str, int], list[Any]] = defaultdict(list)
        for message in messages:
            error = message.error()
            if error is None:
                records[message.topic(), message.partition()].append(message)
            else:
                self._judge_error(error)
        return [Batch(assignment, topic, partition, found) for (topic, partition), found in records.items()]

    def _judge_error(self, error: KafkaError) -> None:
        code = error.code()
        if code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise EngineStop(
                DO_NOT_RESTART,
                f"records were deleted before they were judged: {error.str()}; find out why retention was shorter than the stop, "
                f"then restore the topic from a backup, or {ANEW}",
            )
        if code == KafkaError._MAX_POLL_EXCEEDED or error.fatal():
            raise EngineStop(RESTART, f"the consumer lost its place: {error.str()}; the supervisor restarts the worker")
        if is_not_permitted(error):
            raise EngineStop(DO_NOT_RESTART, f"the broker does not let this worker read: {error.str()}; {GRANT}")
        # Everything else (a broker that went away, a leader that moved) librdkafka retries by itself; the watchdog ends what does not heal.

    def _on_assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        """Only what cannot wait: asking the broker from within a callback would let the next callback of the same poll abort the process, because
        confluent_kafka (2.16) forgets the outer call when the inner one ends.
        """
        self._epoch += 1
        assigned: dict[str, set[int]] = defaultdict(set)
        for partition in partitions:
            assigned[partition.topic].add(partition.partition)
        consumer.assign([])  # nothing is fetched before the engine has restored and says from where
        self._assignment, self._joined = None, _Joined(self._epoch, assigned, consumer.consumer_group_metadata())

    def _announce(self, consumer: Any) -> None:
        """Checks what the group has given, and tells the engine."""
        joined, self._joined = self._joined, None
        if joined is None:
            return
        counts = self._partition_counts(consumer)
        self._assignment = Assignment(joined.epoch, numbers_of(joined.assigned, counts), joined.metadata, counts)
        self._backfill_paused = self._throttled = False
        self.lag.clear()
        self._began.clear()
        self._hooks.assigned(self._assignment)

    def _partition_counts(self, consumer: Any) -> dict[str, int]:
        processor = self._processor
        known = consumer.list_topics(timeout=10).topics
        needed = [*processor.inputs, *processor.outputs, processor.changelog, *([processor.trace] if processor.trace else [])]
        missing = [topic for topic in (*needed, *processor.keyed_outputs) if topic not in known or known[topic].error]
        if missing:
            raise EngineStop(DO_NOT_RESTART, f"topics are missing, or not permitted to be seen: {', '.join(missing)}; run `screener topics apply`")
        counts = {topic: len(known[topic].partitions) for topic in needed}
        check_counts(counts)
        return {topic: counts[topic] for topic in processor.inputs}

    def _on_revoke(self, consumer: Any, _partitions: list[TopicPartition]) -> None:
        self._assignment = self._joined = None
        self._hooks.revoke(REVOKE_WAIT_S)
        consumer.unassign()

    def _on_lost(self, consumer: Any, _partitions: list[TopicPartition]) -> None:
        self._assignment = self._joined = None
        self._hooks.lost()
        consumer.unassign()

    def _start_fetching(self, consumer: Any) -> None:
        if self._starts is None:
            return
        (assignment, positions), self._starts = self._starts, None
        if assignment is self._assignment:
            self._began = {(p.topic, p.partition): p.offset for p in positions}
            consumer.assign(list(positions))
            consumer.resume(list(positions))  # librdkafka keeps a pause through unassign and assign: one from before the rebalance would never end

    def _throttle(self, consumer: Any) -> None:
        """Waits while much is fetched and unjudged; past a second, pauses fetching so that polling can go on."""
        limit = self._settings.backlog_max_records
        waited_until = self._clock.monotonic() + BACKLOG_WAIT_S
        while self._hooks.backlog() > limit and self._clock.monotonic() < waited_until and not self._stopping.is_set():
            self._clock.sleep(0.005)
        if self._hooks.backfill_backlog() > limit and self._assignment is not None:
            self._pause_backfill(consumer, consumer.assignment(), True)
        behind = self._hooks.backlog() > limit
        if behind != self._throttled and self._assignment is not None:
            self._throttled = behind
            partitions = consumer.assignment()
            if behind:
                consumer.pause(partitions)
            else:
                consumer.resume([p for p in partitions if not (self._backfill_paused and p.topic in self._processor.backfill)])

    def _measure_lag(self, consumer: Any) -> None:
        """Lag from what the fetcher already knows; backfill is fetched only while the other topics have next to none."""
        now = self._clock.monotonic()
        if self._assignment is None or now < self._lag_due:
            return
        self._lag_due = now + LAG_EVERY_S
        partitions = consumer.assignment()
        if not partitions:
            return
        waiting = 0
        for position in consumer.position(partitions):
            place = (position.topic, position.partition)
            _low, high = consumer.get_watermark_offsets(position, cached=True)
            reached = position.offset if position.offset >= 0 else self._began.get(place, -1)
            lag = max(0, high - reached) if high >= 0 and reached >= 0 else 0
            self.lag[place] = lag
            waiting += 0 if position.topic in self._processor.backfill else lag
        self._pause_backfill(consumer, partitions, waiting > LITTLE_LAG or self._hooks.backfill_backlog() > self._settings.backlog_max_records)

    def _pause_backfill(self, consumer: Any, partitions: list[TopicPartition], pause: bool) -> None:
        backfill = [p for p in partitions if p.topic in self._processor.backfill]
        if backfill and pause != self._backfill_paused and not self._throttled:
            self._backfill_paused = pause
            (consumer.pause if pause else consumer.resume)(backfill)
