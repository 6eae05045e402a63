"""confluent_kafka's Producer, Consumer and AdminClient over the simulated cluster: the calls that the engine makes, no others.

Errors are real `KafkaError`s. What a process that is dead does raises `Crash` and has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from tests.simulation.cluster import Cluster, Metadata, Place, Refused
from tests.simulation.hub import Actor, Hub, Process

SHORT_STALL_S, LONG_STALL_S = 2.0, 20.0
"""Within, and well beyond, the five seconds that a revoke waits and the session that follows."""

NOT_SET = -1001


@dataclass
class Trouble:
    """How often things go wrong for a client; all zero once a scenario lets the system come to rest."""

    lost_answer: float = 0.0
    """A commit is done and its answer does not arrive."""
    slow_commit: float = 0.0
    """A commit times out before the broker has seen it."""
    early_delivery: float = 0.0
    """Records reach the broker while more are produced."""
    stall: float = 0.0
    """A request, a thread or a batch takes seconds: longer than a revoke waits, longer than a session."""
    refusal: float = 0.0
    """The broker refuses a commit for a reason that is no rebalance."""
    vanishing: float = 0.0
    """A record gets lost between the client's queue and the log, and nobody says so."""


@dataclass(frozen=True)
class Message:
    """A consumed record, or an error."""

    _topic: str
    _partition: int
    _offset: int
    _key: bytes | None = None
    _value: bytes | None = None
    _headers: list[tuple[str, bytes | None]] | None = None
    _timestamp_ms: int = 0
    _error: KafkaError | None = None

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        return 2, self._timestamp_ms

    def error(self) -> KafkaError | None:
        return self._error


def stall_s(dice: Random, trouble: Trouble) -> float:
    """Seconds that something takes: mostly none."""
    return dice.random() * dice.choice((SHORT_STALL_S, LONG_STALL_S)) if trouble.stall and dice.random() < trouble.stall else 0.0


class SimulatedProducer:
    """A transactional producer. Records that were produced travel on their own, whatever the threads of the process do."""

    def __init__(self, process: Process, cluster: Cluster, dice: Random, trouble: Trouble, hub: Hub, config: dict[str, Any]) -> None:
        self._buffer: list[tuple[Place, bytes | None, bytes | None, Any, Any]] = []
        hub.actors.append(Actor(process, "delivery", lambda: bool(self._buffer) and trouble.early_delivery > 0, self._deliver_some))
        self._process, self._cluster, self._dice, self._trouble, self._hub = process, cluster, dice, trouble, hub
        self._id = config["transactional.id"]
        self._timeout_s = config["transaction.timeout.ms"] / 1000
        self._delivered: list[tuple[Any, Message]] = []
        self._epoch = 0
        self._refused: Refused | None = None

    def _travel(self) -> None:
        """A request is on its way."""
        self._process.check()
        self._hub.pause(stall_s(self._dice, self._trouble))

    def init_transactions(self, _timeout: float) -> None:
        self._travel()
        self._epoch = self._cluster.init_transactions(self._id)

    def begin_transaction(self) -> None:
        self._process.check()
        self._fail_if_fenced()
        self._cluster.producers[self._id].ended = None

    def produce(
        self, topic: str, value: bytes | None, key: bytes | None, partition: int | None = None, headers: Any = None, on_delivery: Any = None
    ) -> None:
        self._process.check()
        self._fail_if_fenced()
        place = (topic, self._cluster.partition_for(topic, key) if partition is None else partition)
        self._buffer.append((place, key, value, headers, on_delivery))
        if self._dice.random() < self._trouble.early_delivery:
            self._deliver(self._dice.randrange(len(self._buffer) + 1))

    def poll(self, _timeout: float) -> int:
        self._process.check()
        self._report()
        return 0

    def flush(self, _timeout: float) -> int:
        self._travel()
        self._deliver(len(self._buffer))
        self._fail_if_fenced()
        self._report()
        return 0

    def send_offsets_to_transaction(self, offsets: Sequence[TopicPartition], metadata: Metadata, _timeout: float) -> None:
        self._travel()
        wanted = {(p.topic, p.partition): p.offset for p in offsets}
        self._ask(lambda: self._cluster.add_offsets(self._id, self._epoch, self._timeout_s, wanted, metadata))

    def commit_transaction(self, _timeout: float) -> None:
        self._travel()
        self._deliver(len(self._buffer))
        self._fail_if_fenced()
        self._travel()
        if self._dice.random() < self._trouble.slow_commit:
            self._hub.pause(self._dice.random() * 2)
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "commit", retriable=True))
        if self._cluster.producers[self._id].transaction is not None and self._dice.random() < self._trouble.refusal:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE, "refused", txn_requires_abort=True))
        self._ask(lambda: self._cluster.finish(self._id, self._epoch, "committed"))
        if self._dice.random() < self._trouble.lost_answer:
            self._hub.pause(self._dice.random())
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "commit", retriable=True))
        self._hub.pause(0)
        self._report()

    def abort_transaction(self, _timeout: float) -> None:
        self._buffer.clear()
        self._travel()
        self._ask(lambda: self._cluster.finish(self._id, self._epoch, "aborted"))

    def _ask(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Refused as refused:
            if refused.code == KafkaError.INVALID_PRODUCER_EPOCH:
                self._refused = refused
                self._fail_if_fenced()
            raise KafkaException(KafkaError(refused.code, "group", txn_requires_abort=True)) from refused

    def _fail_if_fenced(self) -> None:
        if self._refused is not None:
            raise KafkaException(KafkaError(KafkaError._FENCED, "another producer has the id", fatal=True))

    def _deliver_some(self) -> None:
        if self._dice.random() < self._trouble.early_delivery:
            self._deliver(self._dice.randrange(len(self._buffer) + 1))

    def _deliver(self, count: int) -> None:
        sent, self._buffer = self._buffer[:count], self._buffer[count:]
        for place, key, value, headers, on_delivery in sent:
            if self._trouble.vanishing and self._dice.random() < self._trouble.vanishing:
                continue
            try:
                offset = self._cluster.write(self._id, self._epoch, self._timeout_s, place, key, value, headers)
            except Refused as refused:
                self._refused = refused
                return
            if on_delivery is not None:
                self._delivered.append((on_delivery, Message(*place, offset)))

    def _report(self) -> None:
        delivered, self._delivered = self._delivered, []
        for on_delivery, message in delivered:
            on_delivery(None, message)


class SimulatedConsumer:
    """A consumer: of a group when it subscribes, of what it is assigned otherwise."""

    def __init__(self, process: Process, cluster: Cluster, dice: Random, trouble: Trouble, hub: Hub, config: dict[str, Any]) -> None:
        self._process, self._cluster, self._dice, self._trouble, self._hub, self._config = process, cluster, dice, trouble, hub, config
        self._committed_only = config["isolation.level"] == "read_committed"
        self._positions: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._told_end: dict[Place, int] = {}
        self._topics: tuple[str, ...] = ()
        self._member_id = 0
        self._generation = 0
        self._owned: list[Place] | None = None
        self._queue: list[Message] = []
        self.on_released: Callable[[float], None] = lambda _waited_s: None
        """Called when `on_revoke` has come back, with the seconds that it took."""
        self.on_lost: Callable[[float], None] = lambda _waited_s: None
        """As `on_released`, of `on_lost`."""
        self.on_first_join: Callable[[str], None] = lambda _instance: None
        """Called before the process joins the group for the first time."""
        self.on_polled: Callable[[float], None] = lambda _apart_s: None
        """Called at each poll with the seconds since the last one came back."""
        self._came_back_at: float | None = None
        self._nothing_at = -1
        """The cluster's count of changes at which there was nothing to do for this consumer, as it is assigned and paused now."""

    # Membership

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        """A read_committed consumer waits until no transaction of the group's is pending for them."""
        self._hub.pause(0)
        places = [(p.topic, p.partition) for p in partitions]
        if self._committed_only and self._is_pending(places):
            self._hub.pause(timeout)
            if self._is_pending(places):
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "unstable"))
        return [TopicPartition(*place, self._cluster.committed.get(place, NOT_SET)) for place in places]

    def _is_pending(self, places: list[Place]) -> bool:
        pending = {place for transaction in self._cluster.ongoing for place in transaction.offsets}
        return any(place in pending for place in places)

    def subscribe(self, topics: list[str], on_assign: Any, on_revoke: Any, on_lost: Any) -> None:
        self._process.check()
        self._topics, self._on_assign, self._on_revoke, self._on_lost = tuple(topics), on_assign, on_revoke, on_lost

    def consumer_group_metadata(self) -> Metadata:
        self._process.check()
        return Metadata(self._config["group.instance.id"], self._member_id, self._generation)

    def _serve_group(self) -> bool:
        """One thing of the group's protocol; True if there was one."""
        if not self._topics:
            return False
        cluster, instance = self._cluster, self._config["group.instance.id"]
        member = cluster.members.get(instance)
        if self._member_id and member is not None and member.member_id != self._member_id:
            self._topics = ()
            self._queue.append(self._error("", 0, 0, KafkaError(KafkaError.FENCED_INSTANCE_ID, "fenced", fatal=True)))
            return True
        if self._member_id == 0 or member is None:
            if self._owned is not None:
                began = self._lived_s()
                self._give_up(self._on_lost)
                self._process.check()
                self.on_lost(self._lived_s() - began)
            if self._member_id == 0:
                self.on_first_join(instance)
            self._member_id = cluster.join(instance, self._process, self._config["partition.assignment.strategy"], self._topics)
            self._generation = 0
            return True
        if cluster.preparing:
            if member.joined:
                return False
            if self._owned is not None:
                began = self._hub.clock.now
                self._give_up(self._on_revoke)
                self._process.check()
                self.on_released(self._hub.clock.now - began)
            cluster.rejoin(instance, self._member_id)
            return True
        if self._generation != cluster.generation:
            self._generation = cluster.generation
            self._owned = list(cluster.assignments.get(instance, []))
            self._on_assign(self, [TopicPartition(topic, number) for topic, number in self._owned])
            return True
        return False

    def _give_up(self, callback: Any) -> None:
        owned, self._owned = self._owned or [], None
        callback(self, [TopicPartition(topic, number) for topic, number in owned])

    # Fetching

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._process.check()
        self._nothing_at = -1
        self._positions = {(p.topic, p.partition): p.offset for p in partitions}
        self._told_end.clear()
        self._queue = [m for m in self._queue if m.error() is not None]

    def unassign(self) -> None:
        self.assign([])

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(*place) for place in self._positions]

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._process.check()
        self._nothing_at = -1
        self._paused.update((p.topic, p.partition) for p in partitions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._process.check()
        self._nothing_at = -1
        self._paused.difference_update((p.topic, p.partition) for p in partitions)

    def position(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition(p.topic, p.partition, self._positions.get((p.topic, p.partition), NOT_SET)) for p in partitions]

    def get_watermark_offsets(self, partition: TopicPartition, cached: bool = False) -> tuple[int, int]:
        return 0, self._cluster.last_stable((partition.topic, partition.partition))

    def list_topics(self, timeout: float) -> Any:
        self._process.check()
        counts = self._cluster.partitions
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=dict.fromkeys(range(n)), error=None) for topic, n in counts.items()})

    def poll(self, timeout: float) -> Message | None:
        self._process.check()
        if self._came_back_at is not None:
            self.on_polled(self._lived_s() - self._came_back_at)
        self._hub.pause(stall_s(self._dice, self._trouble) if self._topics and self._dice.random() < 0.1 else 0)  # one poll in ten: they are many
        if not self._serve_group() and not self._ready():
            self._hub.pause(timeout, self._ready)
            self._serve_group()
        self._came_back_at = self._lived_s()
        found = self._fetch(1)
        return found[0] if found else None

    def _lived_s(self) -> float:
        return self._hub.clock.now - self._hub.clock.leapt_s

    def consume(self, count: int, timeout: float) -> list[Message]:
        self._process.check()
        if timeout:
            self._hub.pause(0)
            if not self._ready():
                self._hub.pause(timeout, self._ready)
        return self._fetch(count)

    def close(self) -> None:
        """A static member keeps its seat."""

    def _ready(self) -> bool:
        if self._nothing_at == self._cluster.changes:
            return False
        found = self._has_something()
        if not found:
            self._nothing_at = self._cluster.changes
        return found

    def _has_something(self) -> bool:
        if self._queue or any(self._available(place) for place in self._positions):
            return True
        if not self._topics:
            return False
        member = self._cluster.members.get(self._config["group.instance.id"])
        if member is None or member.member_id != self._member_id:
            return True
        return not member.joined or (not self._cluster.preparing and self._generation != self._cluster.generation)

    def _end(self, place: Place) -> int:
        return self._cluster.last_stable(place) if self._committed_only else self._cluster.end(place)

    def _available(self, place: Place) -> bool:
        if place in self._paused:
            return False
        position, end = self._positions[place], self._end(place)
        return position < end or (bool(self._config.get("enable.partition.eof")) and self._told_end.get(place) != position)

    def _fetch(self, count: int) -> list[Message]:
        self._nothing_at = -1
        found, self._queue = self._queue[:count], self._queue[count:]
        places = [place for place in self._positions if self._available(place)]
        self._dice.shuffle(places)
        for place in places:
            if len(found) < count:
                found += self._read(place, self._dice.randrange(1, count - len(found) + 1) if count - len(found) > 1 else 1)
        return found

    def _read(self, place: Place, count: int) -> list[Message]:
        position = self._positions[place]
        if position < 0:  # no offset was named: the group's, or what auto.offset.reset says
            position = self._cluster.committed.get(place, NOT_SET)
            if position < 0:
                del self._positions[place]
                return [self._error(*place, 0, KafkaError(KafkaError._AUTO_OFFSET_RESET, "no offset"))]
        found: list[Message] = []
        end = self._end(place)
        while position < end and len(found) < count:
            entry = self._cluster.logs[place][position]
            position += 1
            if entry.marker or entry.compacted or (self._committed_only and self._cluster.is_aborted(entry)):
                continue
            found.append(Message(*place, entry.offset, entry.key, entry.value, entry.headers, entry.timestamp_ms))
        self._positions[place] = position
        if len(found) < count and position >= end and self._config.get("enable.partition.eof") and self._told_end.get(place) != position:
            self._told_end[place] = position
            found.append(self._error(*place, position, KafkaError(KafkaError._PARTITION_EOF, "end")))
        return found

    @staticmethod
    def _error(topic: str, partition: int, offset: int, error: KafkaError) -> Message:
        return Message(topic, partition, offset, _error=error)


class SimulatedAdmin:
    """Where logs begin and end."""

    def __init__(self, process: Process, cluster: Cluster, hub: Hub) -> None:
        self._process, self._cluster, self._hub = process, cluster, hub

    def list_offsets(
        self, request: dict[TopicPartition, OffsetSpec], isolation_level: Any = None, request_timeout: float = 0
    ) -> dict[TopicPartition, Future[Any]]:
        self._hub.pause(0)
        answers: dict[TopicPartition, Future[Any]] = {}
        for partition, spec in request.items():
            place = (partition.topic, partition.partition)
            stable = isolation_level == IsolationLevel.READ_COMMITTED
            end = self._cluster.last_stable(place) if stable else self._cluster.end(place)
            answers[partition] = _done(SimpleNamespace(offset=0 if isinstance(spec, type(OffsetSpec.earliest())) else end))
        return answers


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future
