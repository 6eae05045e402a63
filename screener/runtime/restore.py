"""Brings RocksDB level with the changelog before a partition is served. Runs beside the event loop, on every assignment.

(a) ask until no older transaction can commit source offsets any more; (b) only then take the changelog's high watermark; (c) read the changelog,
read_committed, until its end passes that mark; (d) wipe and restore in full what cannot be continued; (e) say from where every source is read;
(f) the caller starts fetching. The order of (a) and (b) is the point: a dead worker's transaction may still commit until it has been decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec

from screener.processor import Processor
from screener.runtime.assignment import Assignment
from screener.runtime.exits import ANEW, DO_NOT_RESTART, RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Outside, Store
from screener.runtime.partition import META_FORMAT, POSITION_KEY, Position, encode, read_meta, read_position
from screener.runtime.settings import Settings
from screener.runtime.store import KeyValue

log = structlog.get_logger()

NEVER_COMMITTED = -1001
"""librdkafka's OFFSET_INVALID: the group never committed for the partition."""

STABLE_TURN_S = 1.0
"""So long one question for stable offsets waits; a revoke waits five seconds for a restore to give up."""
STABLE_PATIENCE = 2.0
"""So many transaction timeouts a dead owner's transaction may take, and a request more: the broker looks for overdue ones every ten seconds."""
REQUEST_TIMEOUT_S = 30.0
READ_BATCH = 2_000

MARKER = 1
"""Offsets that the marker of a transaction takes."""

TOMBSTONE_AGE_MAX_MS = 12 * 3_600_000
"""Half of the changelog's `delete.retention.ms` (24 h): an older copy may have missed deletions whose tombstones are gone."""


class Cancelled(Exception):
    """The assignment ended while it was being restored."""


@dataclass
class Restored:
    """What a restore ends with: open databases and where to read each source from."""

    stores: dict[int, KeyValue] = field(default_factory=dict)
    positions: list[TopicPartition] = field(default_factory=list)
    records: int = 0


class Restorer:
    """Restores assignments; one at a time."""

    def __init__(self, settings: Settings, processor: Processor, store: Store, outside: Outside) -> None:
        self._settings, self._processor, self._store, self._outside, self._clock = settings, processor, store, outside, outside.clock
        self._group = f"{settings.application}-{processor.name}"

    def restore(self, assignment: Assignment, cancelled: Callable[[], bool], advanced: Callable[[], None]) -> Restored:
        """Steps (a) to (e). Raises `Cancelled` when the assignment ended, `EngineStop` when it cannot be served."""
        restored = Restored()
        if not assignment.numbers:
            return restored
        # A new one each time: one from before a broker's pause asks with the leader epochs of then, and is refused.
        self._admin = self._outside.admin(self._settings.client())
        try:
            committed = self._stable_offsets(assignment, cancelled, advanced)  # (a)
            marks = self._watermarks(assignment)  # (b)
            self._refuse_lost_changelog(marks, cancelled)
            for number in assignment.numbers:
                restored.stores[number] = self._open(number, marks[number])  # (d)
            restored.records = self._read(restored.stores, marks, cancelled, advanced)  # (c)
            self._check(assignment, restored.stores)
            restored.positions = self._positions(assignment, restored.stores, committed)  # (e)
        except KafkaException as error:
            self._close(restored)
            raise EngineStop(RESTART, f"restore failed: {error.args[0]}; the supervisor restarts the worker") from error
        except msgspec.MsgspecError as error:
            self._close(restored)
            raise EngineStop(
                DO_NOT_RESTART,
                f"the key `m` of {self._processor.changelog} cannot be read: {error}; somebody else wrote there. Mend the key, restore the topic "
                f"from a backup, or {ANEW}",
            ) from error
        except BaseException:  # also what ends the thread: an open database would keep its lock
            self._close(restored)
            raise
        return restored

    def _close(self, restored: Restored) -> None:
        for store in restored.stores.values():
            store.close()

    def _stable_offsets(self, assignment: Assignment, cancelled: Callable[[], bool], advanced: Callable[[], None]) -> dict[tuple[str, int], int]:
        """The group's offsets once no transaction can change them any more.

        A read_committed consumer asks for stable ones; the admin client could too, but dies of its request when the broker goes away meanwhile
        (librdkafka's issues 3663 and 4605).
        """
        wanted = [TopicPartition(topic, number) for topic in assignment.counts for number in assignment.numbers]
        deadline = self._clock.monotonic() + STABLE_PATIENCE * self._settings.transaction_timeout_ms / 1000 + REQUEST_TIMEOUT_S
        asking = self._outside.consumer(self._settings.client(group_id=self._group, enable_auto_commit=False, isolation_level="read_committed"))
        try:
            while True:
                if cancelled():
                    raise Cancelled
                try:
                    answer: list[TopicPartition] = asking.committed(wanted, STABLE_TURN_S)
                except KafkaException as error:
                    if error.args[0].code() != KafkaError._TIMED_OUT or self._clock.monotonic() > deadline:
                        raise
                    log.info("waiting for a former owner's transaction to be decided")
                    advanced()  # bounded by the deadline, so it is not a stuck restore
                else:
                    if failed := [p.error for p in answer if p.error is not None]:
                        raise KafkaException(failed[0])
                    return {(p.topic, p.partition): p.offset for p in answer}
        finally:
            asking.close()

    def _watermarks(self, assignment: Assignment) -> dict[int, tuple[int, int]]:
        """(log start, high watermark) of the changelog per number; read_uncommitted, for the last stable offset may lag behind."""
        places = [TopicPartition(self._processor.changelog, number) for number in assignment.numbers]
        lows, highs = self._offsets(places, OffsetSpec.earliest()), self._offsets(places, OffsetSpec.latest())
        return {number: (lows[topic, number], highs[topic, number]) for topic, number in lows}

    def _offsets(self, partitions: Sequence[TopicPartition], spec: OffsetSpec) -> dict[tuple[str, int], int]:
        """The first or the last offset of partitions, whatever is committed there."""
        if not partitions:
            return {}
        request = {TopicPartition(p.topic, p.partition): spec for p in partitions}
        futures = self._admin.list_offsets(request, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=REQUEST_TIMEOUT_S)
        return {(p.topic, p.partition): future.result().offset for p, future in futures.items()}

    def _refuse_lost_changelog(self, marks: Mapping[int, tuple[int, int]], cancelled: Callable[[], bool]) -> None:
        """A transaction writes trace and changelog alike: where only the trace has anything committed, the changelog is not the one it was."""
        trace = self._processor.trace
        if trace is None:
            return
        places = [TopicPartition(trace, number) for number, (_, high) in sorted(marks.items()) if high == 0]
        lows, highs = self._offsets(places, OffsetSpec.earliest()), self._offsets(places, OffsetSpec.latest())
        for (_, number), low in lows.items():
            if highs[trace, number] > low and self._has_committed(TopicPartition(trace, number, low), highs[trace, number], cancelled):
                raise EngineStop(
                    DO_NOT_RESTART,
                    f"{trace} {number} says that inputs were judged, and {self._processor.changelog} {number} was never written: "
                    f"it was deleted or made anew, and every input would be decided again. Restore it from a backup, or {ANEW}",
                )

    def _has_committed(self, start: TopicPartition, high: int, cancelled: Callable[[], bool]) -> bool:
        """Whether a committed record lies on a partition: a process that died in its first transaction may have left others."""
        consumer = self._outside.consumer(self._reading())
        try:
            consumer.assign([start])
            while True:
                if cancelled():
                    raise Cancelled
                messages: list[Any] = consumer.consume(1, 0.1)
                for message in messages:
                    error = message.error()
                    if error is None:
                        return True
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    if message.offset() >= high:
                        return False
        finally:
            consumer.close()

    def _open(self, number: int, mark: tuple[int, int]) -> KeyValue:
        store = self._store.open(number)
        position, (low, high) = read_position(store), mark
        if position is not None and position.offset > low == high:
            store.close()
            raise EngineStop(
                DO_NOT_RESTART,
                f"the state of partition {number} goes up to {position.offset} of {self._processor.changelog}, which is empty: it was deleted or "
                f"made anew. What this worker stored is left as it is; restore the topic from a backup, or {ANEW}",
            )
        if unreadable := _unreadable_meta(store):
            reason: str | None = unreadable  # if it came from the changelog and was mended there, the whole of it is right
        elif position is None:
            reason = None if store.get(b"m") is None else "it has no changelog position"
        elif position.offset > high:
            reason = f"it is ahead of the changelog ({position.offset} > {high})"
        elif position.offset < low:
            reason = f"the changelog was cut before it ({position.offset} < {low})"
        elif self._clock.time() * 1000 - position.written_ms > TOMBSTONE_AGE_MAX_MS and position.offset < high:
            reason = "it is so old that deletions may have been compacted away"
        else:
            reason = None
        if reason is None:
            return store
        log.warning("state is restored from the start", partition=number, reason=reason)
        METRICS.restores_in_full.inc()
        store.close()
        self._store.wipe(number)
        return self._store.open(number)

    def _read(
        self, stores: Mapping[int, KeyValue], marks: Mapping[int, tuple[int, int]], cancelled: Callable[[], bool], advanced: Callable[[], None]
    ) -> int:
        began_ms = int(self._clock.time() * 1000)
        starts = {number: read_position(store) or Position(marks[number][0], began_ms) for number, store in stores.items()}
        behind = {number for number, start in starts.items() if start.offset < marks[number][1]}
        if not behind:
            return 0
        consumer = self._outside.consumer(self._reading())
        try:
            consumer.assign([TopicPartition(self._processor.changelog, number, starts[number].offset) for number in sorted(behind)])
            return self._follow(consumer, stores, starts, marks, behind, cancelled, advanced)
        finally:
            consumer.close()

    def _reading(self) -> dict[str, Any]:
        """The configuration of a consumer that reads what was committed, to its end."""
        return self._settings.client(
            group_id=f"{self._group}-restore",
            enable_auto_commit=False,
            enable_partition_eof=True,
            isolation_level="read_committed",
            auto_offset_reset="error",
            fetch_queue_backoff_ms=5,
            queued_max_messages_kbytes=32 * 1024,
            fetch_max_bytes=4 * 1024 * 1024,
            fetch_wait_max_ms=50,
        )

    def _follow(
        self,
        consumer: Any,
        stores: Mapping[int, KeyValue],
        starts: Mapping[int, Position],
        marks: Mapping[int, tuple[int, int]],
        behind: set[int],
        cancelled: Callable[[], bool],
        advanced: Callable[[], None],
    ) -> int:
        records = 0
        while behind:
            if cancelled():
                raise Cancelled
            writes: dict[int, dict[bytes, bytes | None]] = {}
            ends: dict[int, Position] = {}
            messages: list[Any] = consumer.consume(READ_BATCH, 0.1)
            for message in messages:
                number, error = message.partition(), message.error()
                if error is None:
                    writes.setdefault(number, {})[message.key()] = message.value()
                    ends[number] = Position(message.offset() + 1, starts[number].written_ms)
                    records += 1
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                elif message.offset() >= marks[number][1]:
                    # The end passes markers, the last record does not: store the end, or a restart would never get past the marker.
                    ends[number] = Position(message.offset(), int(self._clock.time() * 1000))
                    behind.discard(number)
            # Not level before the end: deletions further on are kept by the broker only as long as counted from where this reading went out.
            for number, end in ends.items():  # once a batch, in the same write as its records
                writes.setdefault(number, {})[POSITION_KEY] = encode(end)
            for number, batch in writes.items():
                stores[number].write(batch)
            if writes:
                advanced()
                METRICS.restored.inc(sum(len(batch) - 1 for batch in writes.values()))  # the position is no record
        return records

    def _check(self, assignment: Assignment, stores: Mapping[int, KeyValue]) -> None:
        """Whether this release, on these topics, may go on from what was restored."""
        count = assignment.partition_count
        for number, store in stores.items():
            meta = read_meta(store)
            if meta.format > META_FORMAT:
                message = f"partition {number} was written by a newer release; start that release, or wipe the state directory"
                raise EngineStop(DO_NOT_RESTART, message)
            if meta.partitions not in (0, count):
                raise EngineStop(
                    DO_NOT_RESTART,
                    f"partition {number} was written when its topics had {meta.partitions} partitions, now they have {count}: keys have moved away "
                    f"from their state and would be judged anew; {ANEW}",
                )
            if meta.application not in ("", self._settings.application):
                raise EngineStop(
                    DO_NOT_RESTART,
                    f"partition {number} belongs to the application {meta.application}: a second one on the same topics would decide every input "
                    f"again. Set SCREENER_APPLICATION={meta.application}, or give {self._settings.application} topics of its own",
                )

    def _positions(self, assignment: Assignment, stores: Mapping[int, KeyValue], committed: Mapping[tuple[str, int], int]) -> list[TopicPartition]:
        unseen: list[TopicPartition] = []
        positions: list[TopicPartition] = []
        for number in assignment.numbers:
            applied = read_meta(stores[number]).applied
            for topic in assignment.counts:
                start, group = applied.get(topic), committed.get((topic, number), NEVER_COMMITTED)
                if start is None and group > 0:
                    raise EngineStop(
                        DO_NOT_RESTART,
                        f"{topic} {number} was read up to {group}, but its state is in no changelog; restore {self._processor.changelog} "
                        f"from a backup, or {ANEW}",
                    )
                if start is None:
                    unseen.append(TopicPartition(topic, number))
                    continue
                if group not in (start, NEVER_COMMITTED):
                    log.warning("the group's offset is not the applied one", topic=topic, partition=number, group=group, applied=start)
                    METRICS.offset_differences.inc()
                positions.append(TopicPartition(topic, number, start))
        starts = self._offsets(unseen, OffsetSpec.earliest())
        return self._past_markers(positions) + [TopicPartition(*place, start) for place, start in starts.items()]

    def _past_markers(self, positions: list[TopicPartition]) -> list[TopicPartition]:
        """Where nothing is left on an idle partition but the marker of the transaction that sent its last record, and retention took that marker too,
        the position moves behind it. Any wider gap may have held records: the fetch from there ends the worker.
        """
        lows = self._offsets(positions, OffsetSpec.earliest())
        highs = self._offsets([p for p in positions if lows[p.topic, p.partition] - p.offset == MARKER], OffsetSpec.latest())
        for number, position in enumerate(positions):
            place = position.topic, position.partition
            if highs.get(place) == lows[place]:
                log.warning("the log start passed the last transaction's marker", topic=place[0], partition=place[1], applied=position.offset)
                positions[number] = TopicPartition(*place, lows[place])
        return positions


def _unreadable_meta(store: KeyValue) -> str:
    try:
        read_meta(store)
    except msgspec.MsgspecError as error:
        return f"its `m` cannot be read: {error}"
    return ""
