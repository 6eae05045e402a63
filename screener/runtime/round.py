"""One round: inputs judged in memory (effect 1), then produced, committed and stored (effects 2 to 4). No event loop here."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from screener.client.partitioner import partition_of
from screener.headers import headers_of
from screener.processor import Compiled, Incoming, Input, Malformed, Origin, Outgoing, Processor
from screener.runtime.assignment import Assignment, Batch
from screener.runtime.effects import Effect
from screener.runtime.exits import ANEW, DO_NOT_RESTART, GRANT, RESTART, EngineStop
from screener.runtime.landing import Landing, Place
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Clock, Mark, Outside
from screener.runtime.partition import POSITION_KEY, DeadLetterWindow, Meta, Partition, Position, encode
from screener.runtime.rights import refused_topics
from screener.runtime.settings import Settings
from screener.step import Stepped, read_ahead, step, tick
from screener.trouble import is_not_permitted

log = structlog.get_logger()

POLL_EVERY_RECORDS = 500
"""librdkafka counts a delivery report against its queue until it was polled for."""

AHEAD_RECORDS = 16
"""Records that are read together (`Processor.look_ahead`) between two looks at the clock and at the round's size. Of twice as many each costs a
twentieth less, but a round would end later."""

INIT = "init_transactions"
"""The one call before any transaction."""

REBALANCED = (KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.FENCED_INSTANCE_ID)
"""Refusals that mean the group moved on: the round belongs to another owner now, or to this worker's next assignment. A static member that joined
again after its session was over has a new member id, and the old one is "fenced"; a second process of the same id ends this one by its consumer's
fatal error."""


@dataclass
class Round:
    """What was judged under one assignment and is not committed yet."""

    assignment: Assignment
    records: list[Outgoing] = field(default_factory=list)
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    touched: dict[int, Partition] = field(default_factory=dict)
    inputs: int = 0
    size_bytes: int = 0
    oldest_ms: int | None = None
    """Append time of the input that waited longest, ticks not counted."""
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed_detectors: Counter[str] = field(default_factory=Counter)
    wrong_partition: int = 0
    """Keys first seen on a partition that is not murmur2's."""

    def seal(self) -> dict[int, Mapping[bytes, bytes | None]]:
        """Ends effect 1: what every partition writes. The round before this one must have been stored."""
        return {number: partition.seal() for number, partition in self.touched.items()}


class Judging:
    """Effect 1: takes waiting batches and ticks, and judges them into a round, a slice of bounded time after the other."""

    def __init__(self, settings: Settings, processor: Processor, partitions: Mapping[int, Partition], clock: Clock) -> None:
        self._settings, self._processor, self._partitions, self._clock = settings, processor, partitions, clock

    def tick(self, round_: Round, due: list[int], compiled: Compiled, now_ms: int) -> None:
        """Lets the clock pass `now_ms` in the partitions whose deadlines are due."""
        for number in due:
            with self._readable(number):
                self._tick(round_, self._partitions[number], compiled, now_ms)

    def judge(self, round_: Round, waiting: deque[tuple[Batch, int]], compiled: Compiled) -> int:
        """One slice of what waits; batches not used up stay in `waiting`. Returns how many records it took from there.

        Raises `EngineStop` at the dead-letter limit, and when a state cannot be read.
        """
        deadline = self._clock.perf_counter() + self._settings.round_max_judging_ms / 1000
        taken = 0
        while waiting and not self.is_full(round_) and self._clock.perf_counter() <= deadline:
            batch, start = waiting.popleft()
            with self._readable(batch.partition):
                stopped = self._judge_batch(round_, batch, start, compiled, deadline)
            taken += stopped - start
            if stopped < len(batch.records):
                waiting.appendleft((batch, stopped))
        return taken

    @contextmanager
    def _readable(self, number: int) -> Iterator[None]:
        """State that cannot be decoded ends the worker: nothing is judged as if it were not there."""
        try:
            yield
        except msgspec.DecodeError as error:
            raise EngineStop(
                DO_NOT_RESTART,
                f"a state of partition {number} cannot be read: {error}; somebody else wrote into {self._processor.changelog}. Mend its key there, "
                f"restore the topic from a backup, or {ANEW}",
            ) from error

    def is_full(self, round_: Round) -> bool:
        """Whether the round has as many inputs or bytes as a transaction should."""
        return round_.inputs >= self._settings.round_max_inputs or round_.size_bytes >= self._settings.round_max_bytes

    def _judge_batch(self, round_: Round, batch: Batch, start: int, compiled: Compiled, deadline: float) -> int:
        """Judges from index `start`; returns the index of the first record not judged."""
        partition, topic = self._partitions[batch.partition], batch.topic
        applied = partition.meta.applied.get(topic, 0)
        for index in range(start, len(batch.records), AHEAD_RECORDS):
            if self.is_full(round_) or self._clock.perf_counter() > deadline:
                return index
            messages = batch.records[index : index + AHEAD_RECORDS]
            fresh = [_incoming(topic, partition.number, message) for message in messages if message.offset() >= applied]
            METRICS.refetched.inc(len(messages) - len(fresh))
            for incoming, item in zip(fresh, read_ahead(self._processor, fresh, compiled.side), strict=True):
                self._input(round_, partition, incoming, item, compiled)
                round_.offsets[topic, batch.partition] = incoming.origin.offset + 1
        return len(batch.records)

    def _input(self, round_: Round, partition: Partition, incoming: Incoming, item: Input | Malformed, compiled: Compiled) -> None:
        key, value, topic, offset = incoming.key, incoming.value, incoming.origin.topic, incoming.origin.offset
        timestamp_ms = incoming.origin.timestamp_ms
        meta = partition.meta
        stepped = step(self._processor, partition, incoming, compiled.side, compiled.in_force, meta.sequence + 1, item)
        outcome = stepped.outcome
        dead = outcome.kind == "dead_letter"
        # Under `key_mismatch` the key is what is wrong: it does not tell whose the input is.
        window = meta.window.after(dead, None if outcome.reason == "key_mismatch" else key, self._settings.dead_letter_window)
        if dead:
            self._check_dead_letters(window, partition.number, outcome.reason)
            round_.reasons[outcome.reason] += 1
        if outcome.first_seen and key and partition_of(key, round_.assignment.counts[topic]) != partition.number:
            round_.wrong_partition += 1
        round_.failed_detectors.update(outcome.failed_detectors)
        applied = {**meta.applied, topic: offset + 1}
        partition.meta = self._meta(round_, meta, applied, meta.tick_ms, window)
        if round_.oldest_ms is None or timestamp_ms < round_.oldest_ms:
            round_.oldest_ms = timestamp_ms
        self._take(round_, partition, stepped, len(value or b""))

    def _meta(self, round_: Round, meta: Meta, applied: dict[str, int], tick_ms: int, window: DeadLetterWindow) -> Meta:
        """What `m` is after one trace record more."""
        return Meta(meta.format, applied, meta.sequence + 1, tick_ms, window, round_.assignment.partition_count, self._settings.application)

    def _tick(self, round_: Round, partition: Partition, compiled: Compiled, now_ms: int) -> None:
        meta = partition.meta
        if now_ms <= meta.tick_ms or not meta.applied:
            return
        stepped = tick(self._processor, partition, partition.number, now_ms, compiled.side, compiled.in_force, meta.sequence + 1)
        partition.meta = self._meta(round_, meta, meta.applied, now_ms, meta.window)
        # Without a source offset the broker would not check the generation: a round of only ticks sends an applied one again.
        topic = min(meta.applied)
        round_.offsets.setdefault((topic, partition.number), meta.applied[topic])
        self._take(round_, partition, stepped, 0)
        partition.look_for_deadlines()

    def _take(self, round_: Round, partition: Partition, stepped: Stepped, size: int) -> None:
        outcome = stepped.outcome
        partition.put(outcome.writes)
        round_.records.extend(stepped.records)
        round_.touched[partition.number] = partition
        round_.inputs += 1
        round_.size_bytes += 2 * size + sum(len(record.value) for record in stepped.records[:-1])
        round_.outcomes[outcome.kind] += 1
        for decision in outcome.decisions:
            round_.decisions[decision_labels(decision)] += 1

    def _check_dead_letters(self, window: DeadLetterWindow, number: int, reason: str) -> None:
        settings = self._settings
        if settings.dead_letter_run_max == 0:
            return
        if window.run > settings.dead_letter_run_max:
            found = f"{window.run} inputs one after another are dead letters"
        elif window.inputs >= settings.dead_letter_window and window.dead > window.inputs * settings.dead_letter_share_max:
            found = f"{window.dead / window.inputs:.0%} of about the last {window.inputs} inputs are dead letters"
        else:
            return
        raise EngineStop(
            DO_NOT_RESTART,
            f"partition {number}: {found} under changing keys, the last one {reason}: that is a bad deploy, not bad data; "
            "nothing of this round was sent. Mend the producer or the screener; SCREENER_DEAD_LETTER_RUN_MAX=0 lets them all through to the DLQ, "
            "from where `screener dlq replay` brings back what was not their fault",
        )


def _incoming(topic: str, partition: int, message: Any) -> Incoming:
    timestamp_ms = max(0, message.timestamp()[1])  # negative only where a topic does not use the broker's append time
    return Incoming(Origin(topic, partition, message.offset(), timestamp_ms), message.key(), message.value(), headers_of(message))


def decision_labels(decision: bytes) -> tuple[str, str]:
    """(decision, mode) of an encoded decision, read from its canonical JSON without decoding it."""
    return _between(decision, b'"decision":"'), _between(decision, b'"mode":"')


def _between(text: bytes, start: bytes) -> str:
    begin = text.index(start) + len(start)
    return text[begin : text.index(b'"', begin)].decode()


@dataclass
class Sealed:
    """A round whose judging (effect 1) has ended: what the partitions write from now on belongs to the next one."""

    round_: Round
    changed: Mapping[int, Mapping[bytes, bytes | None]]
    landing: Landing
    started: float
    refusal: _MustAbort | None = None
    """The broker refused: the transaction can only be aborted."""


class Committer:
    """Effects 2 to 4 of a sealed round: `begin`, `produce`, `commit`, in this order, whatever the one before met."""

    def __init__(self, settings: Settings, processor: Processor, transactional_id: str, mark: Mark, outside: Outside) -> None:
        self._settings, self._processor, self._mark, self._outside, self._clock = settings, processor, mark, outside, outside.clock
        self._landed: dict[Place, int] = {}
        """The last offset that this process was given in each partition."""
        self._producer = outside.producer(
            {
                **settings.client(),
                "transactional.id": transactional_id,
                "transaction.timeout.ms": settings.transaction_timeout_ms,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
                "queue.buffering.max.kbytes": 256 * 1024,
                "message.max.bytes": 2 * 1024 * 1024 + 64 * 1024,
                # While the last transaction's markers are written the next is refused; librdkafka would wait 100 ms between tries.
                "retry.backoff.ms": 2,
                "retry.backoff.max.ms": 10,
            }
        )

    def open(self) -> None:
        """Fences every older process of this id and aborts what it left open. Before joining the group."""
        self._until_settled(INIT, lambda timeout: self._producer.init_transactions(timeout))

    def seal(self, round_: Round) -> Sealed:
        """Ends effect 1; in the judging thread, when the round before was stored."""
        return Sealed(round_, round_.seal(), Landing(self._landed), self._clock.perf_counter())

    def begin(self, sealed: Sealed) -> None:
        """Effect 2 begins, in the commit thread: the transaction is opened with the source offsets.

        They go first because while the last transaction's markers are written the broker refuses the next one's first request: librdkafka asks for
        offsets again after `retry.backoff.ms`, but for partitions after 20 ms, whatever is configured (deploy/decisions/0007).
        """
        self._mark.committing(Effect.PRODUCE)
        round_ = sealed.round_
        offsets = [TopicPartition(topic, number, offset) for (topic, number), offset in round_.offsets.items()]
        metadata = round_.assignment.metadata
        try:
            self._until_settled("begin", lambda _timeout: self._producer.begin_transaction())
            self._until_settled("send_offsets", lambda timeout: self._producer.send_offsets_to_transaction(offsets, metadata, timeout))
        except _MustAbort as refusal:
            sealed.refusal = refusal

    def produce(self, sealed: Sealed) -> None:
        """Effect 2, in the judging thread: handing the interpreter lock over for every record would take longer than the records themselves."""
        if sealed.refusal is not None:
            return
        records, landing = sealed.round_.records, sealed.landing
        told = landing.expect([None if record.partition is None else (record.topic, record.partition) for record in records])
        try:
            for count, record in enumerate(records):
                report = landing.report if count in told else None
                self._send(record.topic, record.key, record.value, record.partition, list(record.headers), report)
                if count % POLL_EVERY_RECORDS == 0:
                    self._producer.poll(0)
            for number, writes in sealed.changed.items():
                told = landing.expect([(self._processor.changelog, number)] * len(writes))
                for count, (key, value) in enumerate(writes.items()):
                    self._send(self._processor.changelog, key, value, number, None, landing.report if count in told else None)
                    if count % POLL_EVERY_RECORDS == 0:
                        self._producer.poll(0)
        except _MustAbort as refusal:
            sealed.refusal = refusal

    def commit(self, sealed: Sealed) -> bool:
        """Effects 3 and 4, in the commit thread. True, or False when the round belongs to another owner now.

        Ends the process when only the broker knows how the commit ended.
        """
        round_ = sealed.round_
        try:
            if sealed.refusal is not None:
                raise sealed.refusal
            self._mark.committing(Effect.COMMIT)
            self._until_settled("flush", self._flush)
            if missing := sealed.landing.missing():
                self._abort_lost(missing)
            self._until_settled("commit", lambda timeout: self._producer.commit_transaction(timeout))
        except _MustAbort as refusal:
            return self._abort(refusal)
        self._mark.committing(Effect.STORE)
        self._landed.update(sealed.landing.ends)
        now_ms = int(self._clock.time() * 1000)
        for number, partition in round_.touched.items():
            position = encode(Position(self._landed[self._processor.changelog, number] + 1, now_ms))
            partition.store.write({**sealed.changed[number], POSITION_KEY: position})
            partition.stored()
        self._mark.committing(Effect.NEXT)
        METRICS.commit.observe(self._clock.perf_counter() - sealed.started)
        return True

    def _send(self, topic: str, key: bytes | None, value: bytes | None, partition: int | None, headers: Any, delivered: Any) -> None:
        more: dict[str, Any] = {} if partition is None else {"partition": partition}
        if headers:
            more["headers"] = headers
        if delivered is not None:
            more["on_delivery"] = delivered
        while True:
            try:
                self._producer.produce(topic, value=value, key=key, **more)
            except BufferError:
                self._producer.poll(0.05)
            except KafkaException as error:
                if _may_be_rights(error.args[0]):  # no commit was sent, and one could go through without the record
                    raise _MustAbort("produce", error.args[0]) from error
                raise self._judge("produce", error.args[0]) from error
            else:
                return

    def _flush(self, timeout_s: float) -> None:
        """Waits until everything that was produced is delivered and reported."""
        if left := self._producer.flush(timeout_s):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"{left} records are not delivered", retriable=True))

    def _until_settled(self, what: str, call: Any) -> None:
        """Calls the same function again while its outcome is open; at the deadline, or on a fatal error, ends the process."""
        deadline = self._clock.monotonic() + self._settings.transaction_timeout_ms / 1000
        while True:
            try:
                call(max(0.1, deadline - self._clock.monotonic()))
            except KafkaException as error:
                cause: KafkaError = error.args[0]
                if cause.retriable() and not cause.fatal() and self._clock.monotonic() < deadline:
                    continue
                raise self._judge(what, cause) from error
            else:
                return

    def _judge(self, what: str, error: KafkaError) -> _MustAbort:
        if what == INIT:  # nothing was sent yet, so no round is in doubt
            if is_not_permitted(error):
                raise EngineStop(DO_NOT_RESTART, f"the broker does not let this worker write: {error.str()}; {GRANT}")
            raise EngineStop(
                RESTART,
                f"the broker gave this worker no place for transactions: {error.name()} ({error.str()}); the supervisor restarts the worker. If it "
                "comes again, look at the broker's log, its transaction topic and what this worker may do",
            )
        if not error.txn_requires_abort():
            self._outside.die(
                f"{what} ended with {error.name()} ({error.str()}): only the broker knows whether the round counts; restart the worker, it asks"
            )
        return _MustAbort(what, error)

    def _drop_transaction(self) -> None:
        self._until_settled("abort", lambda timeout: self._producer.abort_transaction(timeout))
        self._mark.committing(Effect.NEXT)

    def _abort_lost(self, missing: str) -> NoReturn:
        METRICS.aborted.inc()
        self._drop_transaction()
        raise EngineStop(
            RESTART,
            f"{missing}, so the round was not committed; the supervisor restarts the worker, which judges it again. If it comes again, look for lost "
            "data in the broker's log",
        )

    def _abort(self, refusal: _MustAbort) -> bool:
        METRICS.aborted.inc()
        if _may_be_rights(refusal.error):
            self._check_rights(refusal)
        self._drop_transaction()
        if refusal.error.code() in REBALANCED:
            log.warning("round dropped, its partitions have another owner", refused=refusal.what, error=refusal.error.name())
            return False
        raise EngineStop(
            RESTART,
            f"{refusal.what} was refused: {refusal.error.name()} ({refusal.error.str()}); the supervisor restarts the worker. If it comes again, see "
            "the topic it names in the broker's log and with `screener topics check` (max.message.bytes, rights)",
        )

    def _check_rights(self, refusal: _MustAbort) -> None:
        """Ends the worker when a right is missing: a restart would end the same way. Refused before its commit was sent, the round never counts."""
        topics = ", ".join(refused_topics(self._settings, self._processor, self._outside))
        if not topics and not is_not_permitted(refusal.error):
            return
        # The broker does not know a transaction that it let no partition into: it refuses to end that too, which librdkafka takes for fatal.
        with suppress(KafkaException):
            self._producer.abort_transaction(self._settings.transaction_timeout_ms / 1000)
        self._mark.committing(Effect.NEXT)
        raise EngineStop(
            DO_NOT_RESTART,
            f"the broker does not let this worker write{f' {topics}' if topics else ''}: {refusal.what} ended with {refusal.error.str()}; {GRANT}",
        )


def _may_be_rights(error: KafkaError) -> bool:
    """Whether a missing right may be the cause: of a transaction that failed for one, some calls say no more than that it failed."""
    return error.code() == KafkaError._STATE or is_not_permitted(error)


class _MustAbort(Exception):
    """The broker refused; the transaction can only be aborted."""

    def __init__(self, what: str, error: KafkaError) -> None:
        super().__init__(f"{what}: {error}")
        self.what, self.error = what, error
