"""Brings RocksDB level with the changelog before a partition is served. Runs beside the event loop, on every assignment.

(a) ask until no older transaction can commit source offsets any more; (b) only then take the changelog's high watermark; (c) read the changelog,
read_committed, until its end passes that mark; (d) wipe and restore in full what cannot be continued; (e) say from where every source is read;
(f) the caller starts fetching. The order of (a) and (b) is the point: a dead worker's transaction may still commit until it has been decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec

from screener.processor import Processor
from screener.runtime.assignment import Assignment
from screener.runtime.exits import DO_NOT_RESTART, RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Outside, Store
from screener.runtime.partition import META_FORMAT, POSITION_KEY, Position, encode, read_meta, read_position
from screener.runtime.settings import Settings
from screener.runtime.store import KeyValue

log = structlog.get_logger()

NEVER_COMMITTED = -1001
"""librdkafka's OFFSET_INVALID: the group never committed for the partition."""

STABLE_RETRY_S = 0.2
REQUEST_TIMEOUT_S = 30.0
READ_BATCH = 2_000

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
            for number in assignment.numbers:
                restored.stores[number] = self._open(number, marks[number])  # (d)
            restored.records = self._read(restored.stores, marks, cancelled, advanced)  # (c)
            restored.positions = self._positions(assignment, restored.stores, committed)  # (e)
        except KafkaException as error:
            self._close(restored)
            raise EngineStop(RESTART, f"restore failed: {error.args[0]}; the supervisor restarts the worker") from error
        except msgspec.MsgspecError as error:
            self._close(restored)
            raise EngineStop(
                DO_NOT_RESTART,
                f"the key `m` of {self._processor.changelog} cannot be read: {error}; somebody else wrote there. Mend the key, restore the topic "
                "from a backup, or begin anew under a new application id",
            ) from error
        except BaseException:  # also what ends the thread: an open database would keep its lock
            self._close(restored)
            raise
        return restored

    def _close(self, restored: Restored) -> None:
        for store in restored.stores.values():
            store.close()

    def _stable_offsets(self, assignment: Assignment, cancelled: Callable[[], bool], advanced: Callable[[], None]) -> dict[tuple[str, int], int]:
        wanted = [TopicPartition(topic, number) for topic in assignment.counts for number in assignment.numbers]
        while True:
            if cancelled():
                raise Cancelled
            request = self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(self._group, wanted)], require_stable=True, request_timeout=REQUEST_TIMEOUT_S
            )
            answer = request[self._group].result().topic_partitions
            unstable = [p for p in answer if p.error is not None and p.error.code() == KafkaError.UNSTABLE_OFFSET_COMMIT]
            failed = [p for p in answer if p.error is not None and p not in unstable]
            if failed:
                raise KafkaException(failed[0].error)
            if not unstable:
                return {(p.topic, p.partition): p.offset for p in answer}
            log.info("waiting for a former owner's transaction to be decided", partitions=len(unstable))
            advanced()  # this wait is bounded by the broker's transaction timeout, it is not a stuck restore
            self._clock.sleep(STABLE_RETRY_S)

    def _watermarks(self, assignment: Assignment) -> dict[int, tuple[int, int]]:
        """(log start, high watermark) of the changelog per number; read_uncommitted, for the last stable offset may lag behind."""
        changelog = self._processor.changelog
        found: dict[int, list[int]] = {number: [] for number in assignment.numbers}
        for spec in (OffsetSpec.earliest(), OffsetSpec.latest()):
            request = {TopicPartition(changelog, number): spec for number in assignment.numbers}
            futures = self._admin.list_offsets(request, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=REQUEST_TIMEOUT_S)
            for partition, future in futures.items():
                found[partition.partition].append(future.result().offset)
        return {number: (low, high) for number, (low, high) in found.items()}

    def _open(self, number: int, mark: tuple[int, int]) -> KeyValue:
        store = self._store.open(number)
        position, (low, high) = read_position(store), mark
        unreadable = _unreadable_meta(store)
        if not unreadable and read_meta(store).format > META_FORMAT:
            raise EngineStop(DO_NOT_RESTART, f"partition {number} was written by a newer release; start that release, or wipe the state directory")
        if unreadable:
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
        starts = {number: position.offset if (position := read_position(store)) else marks[number][0] for number, store in stores.items()}
        behind = {number for number, start in starts.items() if start < marks[number][1]}
        if not behind:
            return 0
        consumer = self._outside.consumer(
            self._settings.client(
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
        )
        try:
            consumer.assign([TopicPartition(self._processor.changelog, number, starts[number]) for number in sorted(behind)])
            return self._follow(consumer, stores, marks, behind, cancelled, advanced)
        finally:
            consumer.close()

    def _follow(
        self,
        consumer: Any,
        stores: Mapping[int, KeyValue],
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
            ends: dict[int, int] = {}
            messages: list[Any] = consumer.consume(READ_BATCH, 0.1)
            for message in messages:
                number, error = message.partition(), message.error()
                if error is None:
                    writes.setdefault(number, {})[message.key()] = message.value()
                    ends[number] = message.offset() + 1
                    records += 1
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                elif message.offset() >= marks[number][1]:
                    # The end passes markers, the last record does not: store the end, or a restart would never get past the marker.
                    ends[number] = message.offset()
                    behind.discard(number)
            for number, end in ends.items():  # once a batch, in the same write as its records
                writes.setdefault(number, {})[POSITION_KEY] = self._position(end)
            for number, batch in writes.items():
                stores[number].write(batch)
            if writes:
                advanced()
                METRICS.restored.inc(sum(len(batch) for batch in writes.values()))
        return records

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
                        "from a backup, or begin anew under a new application id",
                    )
                if start is None:
                    unseen.append(TopicPartition(topic, number))
                    continue
                if group not in (start, NEVER_COMMITTED):
                    log.warning("the group's offset is not the applied one", topic=topic, partition=number, group=group, applied=start)
                    METRICS.offset_differences.inc()
                positions.append(TopicPartition(topic, number, start))
        return positions + self._earliest(unseen)

    def _earliest(self, unseen: list[TopicPartition]) -> list[TopicPartition]:
        if not unseen:
            return []
        futures = self._admin.list_offsets({p: OffsetSpec.earliest() for p in unseen}, request_timeout=REQUEST_TIMEOUT_S)
        return [TopicPartition(p.topic, p.partition, future.result().offset) for p, future in futures.items()]

    def _position(self, offset: int) -> bytes:
        return encode(Position(offset, int(self._clock.time() * 1000)))


def _unreadable_meta(store: KeyValue) -> str:
    try:
        read_meta(store)
    except msgspec.MsgspecError as error:
        return f"its `m` cannot be read: {error}"
    return ""
