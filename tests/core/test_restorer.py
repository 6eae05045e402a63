"""Goal: a restore goes on only from state that may be gone on from, and says what to do about any other.

Method: the real restorer over a simulated disk; broker and clock are a few dictionaries that each scene fills.
Blind spot: a real broker and a real RocksDB (tests/system/test_restore.py), and transactions that are not decided yet.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition
from msgspec.structs import replace

from screener import topics
from screener.catalog import BRAND_COUNTER
from screener.processor import Processor
from screener.runtime.assignment import Assignment
from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Outside
from screener.runtime.partition import META_FORMAT, META_KEY, POSITION_KEY, Meta, Position, encode, read_meta, read_position
from screener.runtime.restore import TOMBSTONE_AGE_MAX_MS, Cancelled, Restored, Restorer
from screener.runtime.settings import Settings
from tests.simulated import SimulatedDisk, SimulatedStore

COUNT = 4
NOW_MS = 1_800_000_000_000
CHANGELOG = BRAND_COUNTER.changelog
INPUT, TRACE = topics.BRAND_HIT, topics.TRACE
TRACED = replace(BRAND_COUNTER, trace=TRACE)
"""The counter as it would be with a trace."""

Mark = tuple[int, int]
"""(log start, high watermark)."""


@dataclass
class World:
    """One partition: what lies on its changelog and its input, and on the worker's disk."""

    changelog: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)
    """(offset, key, value), in order."""
    changelog_mark: Mark = (0, 0)
    input_mark: Mark = (0, 0)
    now_ms: int = NOW_MS
    disk: SimulatedDisk = field(default_factory=SimulatedDisk)
    cancelled: Callable[[], bool] = lambda: False
    group: int = -1001
    """What the group committed for the input; librdkafka's OFFSET_INVALID for nothing."""
    trace: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)
    trace_mark: Mark = (0, 0)
    processor: Processor = BRAND_COUNTER
    application: str = "screener"

    @property
    def store(self) -> SimulatedStore:
        return SimulatedStore(Path(), self.disk)

    def on_disk(self, values: dict[bytes, bytes | None]) -> None:
        """What an earlier run left."""
        database = self.store.open(0)
        database.write(values)
        database.close()

    def restore(self, count: int = COUNT) -> Restored:
        """With so many partitions a topic."""
        clock = SimpleNamespace(time=lambda: self.now_ms / 1000, monotonic=lambda: 0.0, sleep=lambda _s: None)
        outside = Outside(admin=lambda _c: _Admin(self), consumer=lambda _c: _Changelog(self), clock=clock)  # type: ignore[arg-type, return-value]
        restorer = Restorer(Settings(application=self.application), self.processor, self.store, outside)
        return restorer.restore(Assignment(1, (0,), None, {INPUT: count}), self.cancelled, lambda: None)


class _Admin:
    def __init__(self, world: World) -> None:
        self._world = world

    def list_offsets(self, request: dict[TopicPartition, Any], **_: Any) -> dict[TopicPartition, Future[Any]]:
        answers = {}
        for partition, spec in request.items():
            marks = {CHANGELOG: self._world.changelog_mark, TRACE: self._world.trace_mark}
            low, high = marks.get(partition.topic, self._world.input_mark)
            answers[partition] = _done(SimpleNamespace(offset=high if spec._value == -1 else low))
        return answers


class _Changelog:
    def __init__(self, world: World) -> None:
        self._world = world

    def committed(self, partitions: list[TopicPartition], _timeout: float) -> list[TopicPartition]:
        return [TopicPartition(one.topic, one.partition, self._world.group) for one in partitions]

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._position = partitions[0].offset
        of_trace = partitions[0].topic == TRACE
        self._records = self._world.trace if of_trace else self._world.changelog
        self._mark = self._world.trace_mark if of_trace else self._world.changelog_mark

    def consume(self, _count: int, _timeout: float) -> list[Any]:
        """One record a time, then the end."""
        for offset, key, value in self._records:
            if offset >= self._position:
                self._position = offset + 1
                return [_message(offset, key, value, None)]
        return [_message(self._mark[1], None, None, KafkaError(KafkaError._PARTITION_EOF))]

    def close(self) -> None:
        pass


def _message(offset: int, key: bytes | None, value: bytes | None, error: KafkaError | None) -> Any:
    return SimpleNamespace(partition=lambda: 0, offset=lambda: offset, key=lambda: key, value=lambda: value, error=lambda: error)


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


def meta(**more: Any) -> bytes:
    return encode(Meta(applied={INPUT: 7}, partitions=COUNT, **more) if "partitions" not in more else Meta(applied={INPUT: 7}, **more))


def level(value: bytes) -> World:
    """A worker whose disk is level with its changelog."""
    world = World(changelog=[(0, META_KEY, value)], changelog_mark=(0, 2), input_mark=(0, 7))
    world.on_disk({META_KEY: value, POSITION_KEY: encode(Position(2, NOW_MS))})
    return world


def test_another_partition_count_ends_the_worker_for_good() -> None:
    with pytest.raises(EngineStop, match=r"had 4 partitions, now they have 8.*new application id") as caught:
        level(meta()).restore(count=8)
    assert caught.value.code == DO_NOT_RESTART
    world = level(meta())
    world.disk.safe.clear()  # the same on a new disk: the changelog says it
    with pytest.raises(EngineStop, match="new application id"):
        world.restore(count=8)


def test_the_same_partition_count_goes_on_and_so_does_state_that_never_noted_one() -> None:
    for value in (meta(), meta(partitions=0), _without_partitions()):
        assert [p.offset for p in level(value).restore().positions] == [7]


def _without_partitions() -> bytes:
    old = {"format": 1, "applied": {INPUT: 7}, "sequence": 3, "tick_ms": 0, "window": [1, 0, 0]}
    return encode(old)


def test_a_newer_format_that_only_the_changelog_holds_ends_the_worker_for_good() -> None:
    world = World(changelog=[(0, META_KEY, meta(format=META_FORMAT + 1))], changelog_mark=(0, 2))
    with pytest.raises(EngineStop, match="newer release") as caught:
        world.restore()
    assert caught.value.code == DO_NOT_RESTART


def test_an_old_copy_is_thrown_away_when_deletions_may_be_missing_and_kept_otherwise() -> None:
    for age_ms, high, wiped in ((TOMBSTONE_AGE_MAX_MS + 1, 4, True), (TOMBSTONE_AGE_MAX_MS, 4, False), (10 * TOMBSTONE_AGE_MAX_MS, 2, False)):
        world = World(changelog=[(2, META_KEY, meta())], changelog_mark=(0, high), input_mark=(0, 7))
        world.on_disk({META_KEY: meta(), b"bghost": b"deleted since", POSITION_KEY: encode(Position(2, NOW_MS - age_ms))})
        before = METRICS.restores_in_full._value.get()
        stores = world.restore().stores
        assert (stores[0].get(b"bghost") is None) is wiped
        assert METRICS.restores_in_full._value.get() - before == wiped


def test_a_restore_that_was_cut_short_does_not_count_as_level() -> None:
    hour_ms = 3_600_000
    world = World(changelog=[(2, b"ba", b"1"), (3, META_KEY, meta())], changelog_mark=(0, 5), input_mark=(0, 7))
    world.on_disk({META_KEY: meta(), POSITION_KEY: encode(Position(2, NOW_MS - 11 * hour_ms))})
    looks = iter([False, False, True])
    world.cancelled = lambda: next(looks)
    with pytest.raises(Cancelled):
        world.restore()
    database = world.store.open(0)
    assert read_position(database) == Position(3, NOW_MS - 11 * hour_ms), "deletions are kept as counted from the older position"
    database.close()
    world.cancelled = lambda: False
    before = METRICS.restored._value.get()
    assert read_position(world.restore().stores[0]) == Position(5, NOW_MS)
    assert METRICS.restored._value.get() - before == 1, "one entry was left to restore; the position is none"


def test_a_marker_that_retention_took_is_passed_and_lost_records_are_not() -> None:
    for mark, start in (((8, 8), 8), ((7, 8), 7), ((8, 9), 7), ((9, 9), 7), ((0, 8), 7)):
        world = level(meta())
        world.input_mark = mark
        assert [p.offset for p in world.restore().positions] == [start], mark


def test_an_input_never_read_is_read_from_its_log_start() -> None:
    world = World(input_mark=(3, 9))
    restored = world.restore()
    assert [(p.topic, p.partition, p.offset) for p in restored.positions] == [(INPUT, 0, 3)]
    assert read_meta(restored.stores[0]) == Meta()


def test_state_ahead_of_its_changelog_or_cut_off_from_it_is_restored_in_full() -> None:
    """A position that the changelog does not have: nobody knows what lies between."""
    for position, mark in ((9, (0, 4)), (1, (2, 4)), (5, (0, 4))):
        world = World(changelog=[(3, META_KEY, meta())], changelog_mark=mark, input_mark=(0, 7))
        world.on_disk({META_KEY: meta(), b"bghost": b"of another changelog", POSITION_KEY: encode(Position(position, NOW_MS))})
        assert world.restore().stores[0].get(b"bghost") is None, (position, mark)
    for position in (2, 3, 4):
        world = World(changelog=[(3, META_KEY, meta())], changelog_mark=(2, 4), input_mark=(0, 7))
        world.on_disk({META_KEY: meta(), b"bkept": b"1", POSITION_KEY: encode(Position(position, NOW_MS))})
        assert world.restore().stores[0].get(b"bkept") == b"1", position


def test_what_a_worker_stored_of_a_changelog_that_is_empty_now_is_left_as_it_is() -> None:
    world = World(changelog_mark=(0, 0), input_mark=(0, 7))
    world.on_disk({META_KEY: meta(), b"bkept": b"1", POSITION_KEY: encode(Position(9, NOW_MS))})
    with pytest.raises(EngineStop, match=r"which is empty.*and on new topics") as caught:
        world.restore()
    assert caught.value.code == DO_NOT_RESTART
    assert world.store.open(0).get(b"bkept") == b"1"


def test_inputs_that_the_group_passed_without_a_state_anywhere_end_the_worker_for_good() -> None:
    world = World(input_mark=(0, 9), group=5)
    with pytest.raises(EngineStop, match=r"was read up to 5, but its state is in no changelog.*and on new topics") as caught:
        world.restore()
    assert caught.value.code == DO_NOT_RESTART
    assert [p.offset for p in World(input_mark=(0, 9), group=0).restore().positions] == [0]


def test_a_trace_without_a_changelog_ends_the_worker_for_good_whatever_its_application() -> None:
    """An application that is new has no group that could tell: the trace does."""
    world = World(input_mark=(0, 9), trace=[(0, b"k", b"{}")], trace_mark=(0, 2), processor=TRACED, application="anew")
    with pytest.raises(EngineStop, match=r"says that inputs were judged.*was never written.*and on new topics") as caught:
        world.restore()
    assert caught.value.code == DO_NOT_RESTART
    for mark, changelog_mark in (((0, 2), (0, 0)), ((2, 2), (0, 0)), ((0, 0), (0, 0))):  # aborted only; deleted by retention; never written
        fresh = World(input_mark=(0, 9), trace_mark=mark, changelog_mark=changelog_mark, processor=TRACED)
        assert [p.offset for p in fresh.restore().positions] == [0], mark


def test_topics_of_another_application_are_refused_and_those_of_nobody_are_taken() -> None:
    world = level(meta(application="screener"))
    world.application = "screener2"
    with pytest.raises(EngineStop, match=r"belongs to the application screener: .*Set SCREENER_APPLICATION=screener, or") as caught:
        world.restore()
    assert caught.value.code == DO_NOT_RESTART
    for owner in ("screener", ""):
        assert [p.offset for p in level(meta(application=owner)).restore().positions] == [7]
