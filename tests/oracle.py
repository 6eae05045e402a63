"""An independent check of what workers did: was every input judged exactly once, in order, and does every trace of it agree?

Goal: whatever was killed, moved or restored, the topics and the databases are what one undisturbed fold over the inputs gives.
Method: nothing of `screener.runtime` is used. Per partition the trace is read in its sequence; each record's input is looked up in the source
topic itself; the side knowledge it names is compiled from the side logs; `screener.step` is folded over a plain dict. Then every record on every
output topic, every key of the changelog and of RocksDB, and the group's offsets are compared with the fold, byte for byte.
Blind spot: the core itself: a judge that is wrong in the same way twice is right here. Which of two topics' inputs came first, which side-log version
was in force, and when the clock ticked was chosen by the worker: the trace is believed, for nobody else knows it.

    python -m tests.oracle --bootstrap 127.0.0.1:19092 --state-dir w1 [--state-dir w2] [--application screener] [--json]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import rocksdict
from confluent_kafka import Consumer, IsolationLevel, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from screener import topics
from screener.catalog import JUDGE
from screener.contracts import Decision, InForce, TraceHead
from screener.processor import CLOCK, Compiled, Headers, Incoming, NotReady, Origin, Outgoing, SideVersion
from screener.sidelog import SideReader
from screener.step import Stepped, step, tick
from screener.tracing import split
from tests.login import client
from tests.offsets import group_offsets

TIMEOUT_S = 30.0
SHOWN_MAX = 20
META_KEY = b"m"
"""The engine's own key: what was applied. Everything else that starts with `m` says where a copy lies in the changelog."""

OUTPUTS = (topics.DECISION, topics.HOLD, topics.BLOCK, topics.DEAD_LETTER)
"""Topics whose records lie on the partition of their input."""

_decode_decision = msgspec.json.Decoder(Decision).decode
_decode_meta = msgspec.msgpack.Decoder(dict[str, Any]).decode

Place = tuple[str, int]


@dataclass(frozen=True)
class Findings:
    """What was compared and what differed; `clean` when nothing did."""

    partitions: int
    inputs: int
    """Records on the source topics."""
    ticks: int
    outcomes: dict[str, int]
    decisions: int
    decided_listings: int
    """Listing events that were judged, each with exactly one decision."""
    records: dict[str, int]
    """Per output topic how many records were compared."""
    changelog_records: int
    state_keys: int
    copies: int
    """RocksDB databases that were compared."""
    seconds: float
    difference_count: int
    differences: tuple[str, ...]
    """The first twenty."""

    @property
    def clean(self) -> bool:
        """Nothing differs."""
        return not self.difference_count


@dataclass
class _Tally:
    inputs: int = 0
    ticks: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    decided_listings: int = 0
    records: Counter[str] = field(default_factory=Counter)
    changelog_records: int = 0
    state_keys: int = 0
    copies: int = 0
    differences: list[str] = field(default_factory=list)

    def differs(self, text: str) -> None:
        self.differences.append(text)


class Topics:
    """Reads whole partitions, as any client would."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = AdminClient(client(bootstrap))
        self._consumer = Consumer(
            {
                **client(bootstrap),
                "group.id": "oracle",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 50,
                "fetch.queue.backoff.ms": 5,
            }
        )
        self._counts = {name: len(found.partitions) for name, found in self._consumer.list_topics(timeout=TIMEOUT_S).topics.items()}

    def close(self) -> None:
        self._consumer.close()

    def count(self, topic: str) -> int:
        """Partitions of a topic, 0 if it does not exist."""
        return self._counts.get(topic, 0)

    def read(self, *places: Place) -> dict[Place, list[Message]]:
        """Every committed record; waits until no transaction is open there, and fails if one stays open."""
        ends = self._offsets(places, OffsetSpec.latest())
        starts = self._offsets(places, OffsetSpec.earliest())
        found: dict[Place, list[Message]] = {place: [] for place in places}
        unread = set(places)
        self._consumer.assign([TopicPartition(*place, starts[place]) for place in places])
        deadline = time.monotonic() + TIMEOUT_S
        while unread:
            for message in self._consumer.consume(5_000, 0.05):
                place = (str(message.topic()), _whole(message.partition()))
                if message.error() is None:
                    found[place].append(message)
                    deadline = time.monotonic() + TIMEOUT_S
                elif _whole(message.offset()) >= ends[place]:
                    unread.discard(place)
            if time.monotonic() > deadline:
                raise SystemExit(f"{sorted(unread)}: the end is not readable; a transaction is open, stop the workers first")
        self._consumer.unassign()
        return found

    def group_offsets(self, group: str, places: Sequence[Place]) -> dict[Place, int]:
        """The group's committed offsets, negative where there is none."""
        return group_offsets(self._bootstrap, group, [TopicPartition(*place) for place in places], TIMEOUT_S)

    def _offsets(self, places: Sequence[Place], spec: OffsetSpec) -> dict[Place, int]:
        request = {TopicPartition(*place): spec for place in places}
        futures = self._admin.list_offsets(request, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=TIMEOUT_S)
        return {(p.topic, p.partition): future.result(TIMEOUT_S).offset for p, future in futures.items()}


class Sides:
    """Side knowledge as of any trace record, compiled from the side logs."""

    def __init__(self, reader: Topics) -> None:
        self._versions: dict[str, dict[int, SideVersion]] = {}
        for topic in JUDGE.sides:
            fold = SideReader(topic)
            at: dict[int, SideVersion] = {}
            for message in reader.read((topic, 0))[topic, 0]:
                if fold.feed(_whole(message.offset()), message.value()) and fold.newest is not None:
                    at[fold.newest.in_force.offset] = fold.newest
            self._versions[topic] = at
        self._compiled: dict[tuple[tuple[str, int, str], ...], Compiled | str] = {}

    def named(self, side: Mapping[str, InForce]) -> Compiled | str:
        """What a trace head names, or why there is no such thing."""
        key = tuple(sorted((topic, one.offset, one.version) for topic, one in side.items()))
        if key not in self._compiled:
            self._compiled[key] = self._compile(side)
        return self._compiled[key]

    def _compile(self, side: Mapping[str, InForce]) -> Compiled | str:
        versions: dict[str, SideVersion] = {}
        for topic, named in side.items():
            version = self._versions.get(topic, {}).get(named.offset)
            if version is not None:
                versions[topic] = version
            elif named.offset != -1:
                return f"{topic} has no version that ends at {named.offset}"
        compiled = JUDGE.compile_side(versions)
        if isinstance(compiled, NotReady):
            return compiled.reason
        return compiled if compiled.in_force == dict(side) else f"compiled {compiled.in_force}, the trace names {dict(side)}"


class Fold:
    """The state as a dict, with the keys in order for `scan`."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self._deadlines: list[bytes] = []

    def get(self, key: bytes, /) -> bytes | None:
        return self.values.get(key)

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> list[tuple[bytes, bytes]]:
        assert start[:1] == b"t", "only deadlines are scanned"
        first, last = bisect_left(self._deadlines, start), bisect_left(self._deadlines, stop)
        return [(key, self.values[key]) for key in self._deadlines[first : min(last, first + limit)]]

    def put(self, writes: Sequence[tuple[bytes, bytes | None]]) -> None:
        for key, value in writes:
            if key[:1] == b"t" and (value is None) == (key in self.values):
                if value is None:
                    self._deadlines.remove(key)
                else:
                    insort(self._deadlines, key)
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value


class PartitionCheck:
    """One partition from its first input to its last."""

    def __init__(self, number: int, read: Mapping[Place, list[Message]], sides: Sides, tally: _Tally) -> None:
        self._number, self._read, self._sides, self._tally = number, read, sides, tally
        self._sources = {(topic, _whole(m.offset())): m for topic in JUDGE.inputs for m in read[topic, number]}
        self.fold = Fold()
        self._expected: dict[str, list[Outgoing]] = {topic: [] for topic in OUTPUTS}
        self.elsewhere: list[Outgoing] = []
        """Records whose partition their own key chooses."""
        self._applied: dict[str, int] = {}
        self._sequence = self._tick_ms = self._dead_run = 0
        self._died: list[bytes] = []
        """The four keys that died last."""
        self._judged: list[tuple[str, int]] = []

    def run(self) -> None:
        """Folds, and compares the topics."""
        traced: Counter[tuple[str, int]] = Counter()
        for message in self._read[topics.TRACE, self._number]:
            head, stored = split(message.value() or b"")
            self._sequence += 1
            where = f"trace {self._number} record {self._sequence}"
            if head.sequence != self._sequence:
                self._tally.differs(f"{where} has sequence {head.sequence}")
            if head.cause.partition != self._number:
                self._tally.differs(f"{where} is about partition {head.cause.partition}")
            if head.cause.topic == CLOCK:
                stepped = self._tick(head, where)
            else:
                traced[head.cause.topic, head.cause.offset] += 1
                stepped = self._input(head, stored, where)
            if stepped is not None:
                self._compare_trace(where, message, stepped.records[-1])
                self._take(stepped)
        self._tally.inputs += len(self._sources)
        for source in self._sources:
            if traced[source] != 1:
                self._tally.differs(f"{source[0]} {self._number} offset {source[1]} was traced {traced[source]} times")
        self._compare_outputs()
        self._compare_decisions()

    def _input(self, head: TraceHead, stored: bytes | None, where: str) -> Stepped | None:
        topic, offset = head.cause.topic, head.cause.offset
        source = self._sources.get((topic, offset))
        if source is None:
            self._tally.differs(f"{where} names {topic} offset {offset}, where nothing lies")
            return None
        if source.value() != stored:
            self._tally.differs(f"{where} does not hold the bytes of {topic} offset {offset}")
        if offset < self._applied.get(topic, 0):
            self._tally.differs(f"{where}: {topic} went back from {self._applied[topic]} to {offset}")
        self._applied[topic] = offset + 1
        compiled = self._side(head, where)
        if compiled is None:
            return None
        origin = Origin(topic, self._number, offset, max(0, source.timestamp()[1]))
        incoming = Incoming(origin, source.key(), source.value(), _headers(source))
        stepped = step(JUDGE, self.fold, incoming, compiled.side, compiled.in_force, self._sequence)
        if stepped.outcome.kind == "judged" and topic in (topics.LISTING, topics.LISTING_BACKFILL):
            self._judged.append((topic, offset))
        self._count_dead(stepped, incoming.key)
        return stepped

    def _count_dead(self, stepped: Stepped, key: bytes | None) -> None:
        """The run of dead letters, a key that goes on dying counted once; one that is not the event's own says nothing."""
        if stepped.outcome.kind != "dead_letter":
            self._dead_run = 0
            return
        repeated = False
        if key is not None and stepped.outcome.reason != "key_mismatch":
            repeated = key in self._died
            self._died = [*(other for other in self._died if other != key), key][-4:]
        self._dead_run += not repeated

    def _tick(self, head: TraceHead, where: str) -> Stepped | None:
        now_ms = head.cause.offset
        self._tally.ticks += 1
        if now_ms <= self._tick_ms:
            self._tally.differs(f"{where}: the clock went back from {self._tick_ms} to {now_ms}")
        self._tick_ms = now_ms
        compiled = self._side(head, where)
        return None if compiled is None else tick(JUDGE, self.fold, self._number, now_ms, compiled.side, compiled.in_force, self._sequence)

    def _side(self, head: TraceHead, where: str) -> Compiled | None:
        compiled = self._sides.named(head.side)
        if isinstance(compiled, str):
            self._tally.differs(f"{where}: {compiled}")
            return None
        return compiled

    def _compare_trace(self, where: str, message: Message, expected: Outgoing) -> None:
        value = message.value() or b""
        self._tally.records[topics.TRACE] += 1
        if value != expected.value:
            said, folded = split(value)[0], split(expected.value)[0]
            fields = [name for name in TraceHead.__struct_fields__ if getattr(said, name) != getattr(folded, name)]
            shown = "; ".join(f"{name} {getattr(said, name)!r} instead of {getattr(folded, name)!r}"[:300] for name in fields[:3])
            self._tally.differs(f"{where} ({said.cause}) is not what its input gives: {shown or 'other bytes'}")
        elif (message.key(), _headers(message)) != (expected.key, expected.headers):
            self._tally.differs(f"{where} has key {message.key()!r} and headers {_headers(message)}")

    def _take(self, stepped: Stepped) -> None:
        self.fold.put(stepped.outcome.writes)
        self._tally.outcomes[stepped.outcome.kind] += 1
        for record in stepped.records[:-1]:
            if record.partition is None:
                self.elsewhere.append(record)
            else:
                self._expected[record.topic].append(record)

    def _compare_outputs(self) -> None:
        for topic, expected in self._expected.items():
            found = self._read[topic, self._number]
            self._tally.records[topic] += len(found)
            if len(found) != len(expected):
                self._tally.differs(f"{topic} {self._number} has {len(found)} records instead of {len(expected)}")
            for message, wanted in zip(found, expected, strict=False):
                if (message.key(), message.value() or b"", _headers(message)) != (wanted.key, wanted.value, wanted.headers):
                    text = f"{(message.value() or b'')[:200]!r} instead of {wanted.value[:200]!r}"
                    self._tally.differs(f"{topic} {self._number} offset {message.offset()} is {text}")
                    break  # what follows is shifted

    def _compare_decisions(self) -> None:
        caused: Counter[tuple[str, int]] = Counter()
        for message in self._read[topics.DECISION, self._number]:
            decision = _decode_decision(message.value() or b"")
            caused[decision.cause.topic, decision.cause.offset] += 1
            self._tally.decisions += 1
        for topic, offset in self._judged:
            if caused[topic, offset] == 1:
                self._tally.decided_listings += 1
            else:
                self._tally.differs(f"{topic} {self._number} offset {offset} was judged and has {caused[topic, offset]} decisions")

    def compare_meta(self, what: str, value: bytes | None) -> None:
        """The engine's own `m` against what was folded."""
        if value is None:
            if self._sequence:
                self._tally.differs(f"{what} has no m")
            return
        meta = _decode_meta(value)
        said = {"applied": meta["applied"], "sequence": meta["sequence"], "tick_ms": meta["tick_ms"], "dead run": meta["window"][2]}
        folded = {"applied": self._applied, "sequence": self._sequence, "tick_ms": self._tick_ms, "dead run": self._dead_run}
        for name, wanted in folded.items():
            if said[name] != wanted:
                self._tally.differs(f"{what}: {name} is {said[name]} instead of {wanted}")

    def compare_state(self, what: str, found: Mapping[bytes, bytes]) -> None:
        """A copy of the state against the fold."""
        self.compare_meta(what, found.get(META_KEY))
        states = {key: value for key, value in found.items() if not key.startswith(META_KEY)}
        if states == self.fold.values:
            return
        for key in sorted(states.keys() | self.fold.values.keys()):
            said, wanted = states.get(key), self.fold.values.get(key)
            if said != wanted:
                self._tally.differs(f"{what}: {key!r} is {_short(said)} instead of {_short(wanted)}")

    def compare_offsets(self, committed: Mapping[Place, int]) -> None:
        """The group's offsets against what was applied."""
        for topic in JUDGE.inputs:
            offset = max(0, committed.get((topic, self._number), -1))
            if offset != self._applied.get(topic, 0):
                self._tally.differs(f"the group is at {offset} of {topic} {self._number}, applied is {self._applied.get(topic, 0)}")


def check(bootstrap: str, state_dirs: Sequence[Path], application: str = "screener") -> Findings:
    """Compares everything. Call it when every worker has stopped and no input is unread."""
    started, tally = time.monotonic(), _Tally()
    reader = Topics(bootstrap)
    try:
        sides, count = Sides(reader), reader.count(topics.TRACE)
        brand_hits: Counter[tuple[bytes | None, bytes, Headers]] = Counter()
        for number in range(count):
            read = reader.read(*((topic, number) for topic in (*JUDGE.inputs, *OUTPUTS, topics.TRACE, topics.JUDGE_CHANGELOG)))
            partition = PartitionCheck(number, read, sides, tally)
            partition.run()
            changelog = read[topics.JUDGE_CHANGELOG, number]
            tally.changelog_records += len(changelog)
            partition.compare_state(f"changelog {number}", _last_values(changelog))
            _compare_copies(partition, number, state_dirs, tally)
            partition.compare_offsets(reader.group_offsets(f"{application}-{JUDGE.name}", [(topic, number) for topic in JUDGE.inputs]))
            brand_hits.update((record.key, record.value, record.headers) for record in partition.elsewhere)
        _compare_brand_hits(reader, brand_hits, tally)
    finally:
        reader.close()
    return Findings(
        partitions=count,
        inputs=tally.inputs,
        ticks=tally.ticks,
        outcomes=dict(sorted(tally.outcomes.items())),
        decisions=tally.decisions,
        decided_listings=tally.decided_listings,
        records=dict(tally.records),
        changelog_records=tally.changelog_records,
        state_keys=tally.state_keys,
        copies=tally.copies,
        seconds=round(time.monotonic() - started, 2),
        difference_count=len(tally.differences),
        differences=tuple(tally.differences[:SHOWN_MAX]),
    )


def _compare_copies(partition: PartitionCheck, number: int, state_dirs: Sequence[Path], tally: _Tally) -> None:
    """The newest copies of a partition; older ones were left behind when it moved and are brought level by a restore."""
    found = [(folder, _database(folder)) for state_dir in state_dirs if (folder := state_dir / JUDGE.name / str(number)).is_dir()]
    sequences = [_decode_meta(copy[META_KEY])["sequence"] if META_KEY in copy else 0 for _, copy in found]
    newest = max(sequences, default=0)
    if not found:
        tally.differs(f"partition {number} lies in no state directory")
    for (folder, copy), sequence in zip(found, sequences, strict=True):
        if sequence == newest:
            tally.copies += 1
            partition.compare_state(str(folder), copy)
    tally.state_keys += len(partition.fold.values)


def _compare_brand_hits(reader: Topics, expected: Counter[tuple[bytes | None, bytes, Headers]], tally: _Tally) -> None:
    """As a bag: each partition takes them from many, in no order that could be known."""
    found: Counter[tuple[bytes | None, bytes, Headers]] = Counter()
    for number in range(reader.count(topics.BRAND_HIT)):
        messages = reader.read((topics.BRAND_HIT, number))[topics.BRAND_HIT, number]
        found.update((message.key(), message.value() or b"", _headers(message)) for message in messages)
    tally.records[topics.BRAND_HIT] = found.total()
    for one in (found - expected).keys() | (expected - found).keys():
        tally.differs(f"{topics.BRAND_HIT} has {found[one]} instead of {expected[one]} of {one[1][:200]!r}")


def _database(folder: Path) -> dict[bytes, bytes]:
    options = rocksdict.Options(raw_mode=True)
    database = rocksdict.Rdict(str(folder), options, access_type=rocksdict.AccessType.read_only())
    try:
        return dict(_entries(database))
    finally:
        database.close()


def _entries(database: Any) -> Iterator[tuple[bytes, bytes]]:
    iterator = database.iter()
    iterator.seek_to_first()
    while iterator.valid():
        yield iterator.key(), iterator.value()
        iterator.next()


def _last_values(messages: Sequence[Message]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for message in messages:
        key, value = message.key() or b"", message.value()
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return values


def _headers(message: Message) -> Headers:
    headers: Any = message.headers() or ()  # its hints allow a dict, which it never gives
    return tuple(headers)


def _whole(number: int | None) -> int:
    assert number is not None
    return number


def _short(value: bytes | None) -> str:
    return "absent" if value is None else repr(value[:80])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description="Compares topics and state with a fold over the inputs.")
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--state-dir", type=Path, action="append", required=True, help="of every worker that ever ran; say it again for each")
    parser.add_argument("--application", default="screener")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    findings = check(given.bootstrap, given.state_dir, given.application)
    if given.json:
        print(json.dumps(dataclasses.asdict(findings)))
    else:
        for name, value in dataclasses.asdict(findings).items():
            print(f"{name.replace('_', ' ')}: {value}")
    sys.exit(0 if findings.clean else 1)


if __name__ == "__main__":
    main()
