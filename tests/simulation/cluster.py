"""What Apache Kafka keeps and promises, as far as the engine leans on it: logs, transactions with their fences, groups with their generations.

Written from the protocol's rules (KIP-98, KIP-345, KIP-447, KIP-890 in outline) and from what tests/broker and tests/faults see of the real broker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError

from screener.client.partitioner import partition_of
from tests.simulation.hub import Clock, Process

Place = tuple[str, int]


@dataclass
class Transaction:
    """A transaction on the broker."""

    transactional_id: str
    started_at: float
    timeout_s: float
    state: str = "ongoing"
    """ongoing, committed or aborted."""
    first: dict[Place, int] = field(default_factory=dict)
    """Per partition it wrote to, the offset of its first record there."""
    offsets: dict[Place, int] = field(default_factory=dict)
    """Group offsets that it commits."""
    records: list[tuple[Place, int]] = field(default_factory=list)


@dataclass
class Entry:
    """A record or (`transaction` and no value and `marker`) a control marker."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] | None
    timestamp_ms: int
    transaction: Transaction | None = None
    marker: bool = False
    compacted: bool = False


@dataclass
class _Producer:
    epoch: int = 0
    transaction: Transaction | None = None
    ended: Transaction | None = None


@dataclass
class Member:
    """A group member's seat, by group.instance.id."""

    instance: str
    process: Process
    member_id: int
    strategy: str
    topics: tuple[str, ...]
    expires_at: float
    joined: bool = True


@dataclass(frozen=True)
class Metadata:
    """What `consumer_group_metadata()` holds."""

    instance: str
    member_id: int
    generation: int


class Refused(Exception):
    """The broker's answer to a request; `code` is Kafka's."""

    def __init__(self, code: int) -> None:
        super().__init__(KafkaError(code).name())
        self.code = code


class Cluster:
    """One broker with one group; every partition is a list, every request takes no time."""

    def __init__(self, clock: Clock, partitions: Mapping[str, int], session_timeout_s: float, say: Callable[[str], None]) -> None:
        self.clock, self.partitions, self.say = clock, dict(partitions), say
        self.logs: dict[Place, list[Entry]] = {(topic, n): [] for topic, count in partitions.items() for n in range(count)}
        self.producers: dict[str, _Producer] = defaultdict(_Producer)
        self.ongoing: list[Transaction] = []
        self.committed: dict[Place, int] = {}
        self.members: dict[str, Member] = {}
        self.generation = 0
        self.preparing = False
        self.assignments: dict[str, list[Place]] = {}
        self.session_timeout_s = session_timeout_s
        self._next_member = 0
        self.changes = 0
        """Grows with everything that a waiting consumer may wait for."""
        self.on_commit: Callable[[Transaction], None] = lambda _transaction: None

    # Logs

    def append(
        self, place: Place, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]] | None, by: Transaction | None
    ) -> int:
        """Appends a record; its offset."""
        self.changes += 1
        log = self.logs[place]
        log.append(Entry(len(log), key, value, headers, int(self.clock.now * 1000), by))
        if by is not None:
            by.first.setdefault(place, len(log) - 1)
            by.records.append((place, len(log) - 1))
        return len(log) - 1

    def end(self, place: Place) -> int:
        """High watermark."""
        return len(self.logs[place])

    def last_stable(self, place: Place) -> int:
        """Where the first open transaction begins, or the end."""
        return min((t.first[place] for t in self.ongoing if place in t.first), default=self.end(place))

    def compact(self, place: Place, keep_from: int) -> None:
        """What a cleaner does to the part below `keep_from`: older records of a key go, and deletions go as well."""
        log, last = self.logs[place], {}
        stop = min(keep_from, self.last_stable(place))
        for entry in log:
            if entry.key is not None and not entry.marker and not self.is_aborted(entry):
                last[entry.key] = entry.offset
        for entry in log[:stop]:
            if entry.key is not None and not entry.marker and (last.get(entry.key) != entry.offset or entry.value is None):
                entry.compacted = True

    @staticmethod
    def is_aborted(entry: Entry) -> bool:
        """Whether it belongs to an aborted transaction."""
        return entry.transaction is not None and entry.transaction.state == "aborted"

    # Transactions

    def init_transactions(self, transactional_id: str) -> int:
        """Fences older producers of the id and aborts what they left; the new epoch."""
        producer = self.producers[transactional_id]
        if producer.transaction is not None:
            self._finish(producer, "aborted")
        producer.epoch += 1
        return producer.epoch

    def write(
        self,
        transactional_id: str,
        epoch: int,
        timeout_s: float,
        place: Place,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]] | None,
    ) -> int:
        """A record of a transaction. Raises `Refused`."""
        return self.append(place, key, value, headers, self._current(transactional_id, epoch, timeout_s))

    def add_offsets(self, transactional_id: str, epoch: int, timeout_s: float, offsets: Mapping[Place, int], metadata: Metadata) -> None:
        """TxnOffsetCommit: the group's fence is checked here, and only here. Raises `Refused`."""
        transaction = self._current(transactional_id, epoch, timeout_s)
        member = self.members.get(metadata.instance)
        if member is None:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        if member.member_id != metadata.member_id:
            raise Refused(KafkaError.FENCED_INSTANCE_ID)
        if metadata.generation != self.generation:
            raise Refused(KafkaError.ILLEGAL_GENERATION)
        transaction.offsets.update(offsets)

    def finish(self, transactional_id: str, epoch: int, outcome: str) -> None:
        """EndTxn; the same answer again when it was asked before. Raises `Refused`."""
        producer = self.producers[transactional_id]
        self._fence(producer, epoch)
        if producer.transaction is not None:
            self._finish(producer, outcome)
        elif producer.ended is not None and producer.ended.state != outcome:
            raise Refused(KafkaError.INVALID_TXN_STATE)

    def _current(self, transactional_id: str, epoch: int, timeout_s: float) -> Transaction:
        producer = self.producers[transactional_id]
        self._fence(producer, epoch)
        if producer.transaction is None:
            producer.transaction = Transaction(transactional_id, self.clock.now, timeout_s)
            self.ongoing.append(producer.transaction)
        return producer.transaction

    @staticmethod
    def _fence(producer: _Producer, epoch: int) -> None:
        if producer.epoch != epoch:
            raise Refused(KafkaError.INVALID_PRODUCER_EPOCH)

    def _finish(self, producer: _Producer, outcome: str) -> None:
        transaction = producer.transaction
        assert transaction is not None
        self.changes += 1
        transaction.state = outcome
        self.ongoing.remove(transaction)
        producer.transaction, producer.ended = None, transaction
        for place in transaction.first:
            log = self.logs[place]
            log.append(Entry(len(log), None, None, None, int(self.clock.now * 1000), transaction, marker=True))
        self.say(f"broker {outcome} {transaction.transactional_id} records={len(transaction.records)} offsets={sorted(transaction.offsets.items())}")
        if outcome == "committed":
            self.committed.update(transaction.offsets)
            self.on_commit(transaction)

    # The group

    def join(self, instance: str, process: Process, strategy: str, topics: tuple[str, ...]) -> int:
        """A consumer's first join; a known instance takes its old seat back without a rebalance. Returns the member id."""
        self._next_member += 1
        self.changes += 1
        member = self.members.get(instance)
        expires_at = self.clock.now + self.session_timeout_s
        if member is not None:
            member.member_id, member.process, member.expires_at = self._next_member, process, expires_at
            if self.preparing:
                member.joined = True
                self._complete()
        else:
            self.members[instance] = Member(instance, process, self._next_member, strategy, topics, expires_at)
            self._rebalance(instance)
        return self._next_member

    def rejoin(self, instance: str, member_id: int) -> None:
        """A member comes back for the rebalance under way."""
        member = self.members.get(instance)
        if member is not None and member.member_id == member_id:
            member.joined = True
            self.changes += 1
            self._complete()

    def tick(self) -> None:
        """Time passes: sessions and transactions end, live processes beat."""
        for member in list(self.members.values()):
            if member.process.alive and not member.process.paused:
                member.expires_at = self.clock.now + self.session_timeout_s
            elif member.expires_at <= self.clock.now:
                del self.members[member.instance]
                self.say(f"broker removes {member.instance}")
                self._rebalance(None)
        for transaction in [t for t in self.ongoing if t.started_at + t.timeout_s <= self.clock.now]:
            producer = self.producers[transaction.transactional_id]
            producer.epoch += 1
            self._finish(producer, "aborted")

    def _rebalance(self, joined: str | None) -> None:
        self.preparing = True
        self.changes += 1
        for member in self.members.values():
            if member.instance != joined and self.generation and member.instance in self.assignments:
                member.joined = False
        self._complete()

    def _complete(self) -> None:
        if not self.preparing or not all(member.joined for member in self.members.values()):
            return
        self.preparing = False
        self.changes += 1
        self.generation += 1
        self.assignments = self._assign()
        self.say(
            f"broker generation {self.generation}: "
            + ", ".join(f"{i} {sorted({n for _, n in places})}" for i, places in sorted(self.assignments.items()))
        )

    def _assign(self) -> dict[str, list[Place]]:
        instances = sorted(self.members)
        found: dict[str, list[Place]] = {instance: [] for instance in instances}
        if not instances:
            return found
        topics = self.members[instances[0]].topics
        if self.members[instances[0]].strategy == "roundrobin":
            for index, place in enumerate((topic, n) for topic in sorted(topics) for n in range(self.partitions[topic])):
                found[instances[index % len(instances)]].append(place)
            return found
        for topic in topics:
            share, extra = divmod(self.partitions[topic], len(instances))
            start = 0
            for index, instance in enumerate(instances):
                stop = start + share + (index < extra)
                found[instance] += [(topic, n) for n in range(start, stop)]
                start = stop
        return found

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """Where a record without a partition goes."""
        return partition_of(key or b"", self.partitions[topic])
