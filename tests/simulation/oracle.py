"""What must hold after every committed transaction and every write to a local database; a broken promise is a `Broken` with its name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import msgspec

from screener import topics
from screener.contracts import Decision, TraceHead
from screener.offline import MemoryState
from screener.processor import CLOCK, Compiled, Incoming, Origin, Outgoing, Processor
from screener.runtime.partition import META_KEY, POSITION_KEY, Meta
from screener.step import step, tick
from screener.tracing import split
from tests.simulation.cluster import Cluster, Transaction

OUTCOMES = ("judged", "recorded", "repeated", "stale", "dead_letter")

CAP_SLACK = 15
"""The engine looks at its caps every sixteen records."""

_decode_decision = msgspec.json.Decoder(Decision).decode
_decode_meta = msgspec.msgpack.Decoder(Meta).decode


class Broken(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


class _Folded:
    """What the committed trace of one partition amounts to."""

    def __init__(self) -> None:
        self.state = MemoryState()
        self.sequence = 0
        self.tick_ms = 0
        self.applied: dict[str, int] = {}
        self.chains: dict[tuple[str, str], tuple[int, int, str]] = {}
        """(seller, listing) -> revision, sequence and id of its last decision."""


class Oracle:
    """Folds the core over what was committed, transaction by transaction."""

    def __init__(self, cluster: Cluster, processor: Processor, compiled: Callable[[TraceHead], Compiled], round_max_inputs: int) -> None:
        self._cluster, self._processor, self._compiled, self._round_max_inputs = cluster, processor, compiled, round_max_inputs
        self.partitions: dict[int, _Folded] = defaultdict(_Folded)
        self.outcomes: Counter[str] = Counter()
        self.newest: dict[str, int] = {}
        """Once set: the side-log offsets that every input must be judged by."""
        cluster.on_commit = self.committed

    def committed(self, transaction: Transaction) -> None:
        """Checks a transaction of the engine's the moment it is committed."""
        actual: dict[str, list[tuple[bytes | None, bytes | None, int]]] = defaultdict(list)
        traces: dict[int, list[bytes]] = defaultdict(list)
        changes: dict[int, dict[bytes, bytes | None]] = defaultdict(dict)
        for (topic, number), offset in transaction.records:
            entry = self._cluster.logs[topic, number][offset]
            if topic == self._processor.trace:
                traces[number].append(entry.value or b"")
            elif topic == self._processor.changelog:
                assert entry.key is not None
                changes[number][entry.key] = entry.value
            else:
                actual[topic].append((entry.key, entry.value, number))
        if not traces and not changes:
            return
        if set(changes) != set(traces):
            raise Broken("state_follows_trace", f"partitions traced {sorted(traces)}, changed {sorted(changes)}")
        inputs = sum(split(value)[0].cause.topic != CLOCK for values in traces.values() for value in values)
        if inputs > self._round_max_inputs + CAP_SLACK:
            raise Broken("a_round_keeps_its_caps", f"{inputs} inputs, at most {self._round_max_inputs} and {CAP_SLACK} more")
        expected: dict[str, list[tuple[bytes | None, bytes | None, int]]] = defaultdict(list)
        for number in sorted(traces):
            writes: dict[bytes, bytes | None] = {}
            for value in traces[number]:
                for record in self._apply(number, value, writes):
                    place = self._cluster.partition_for(record.topic, record.key) if record.partition is None else record.partition
                    expected[record.topic].append((record.key, record.value, place))
            self._check_changes(number, writes, changes[number])
        for topic in sorted({*expected, *actual}):
            if sorted(expected[topic], key=repr) != sorted(actual[topic], key=repr):
                raise Broken("outputs_are_the_fold", f"{topic}: {len(actual[topic])} records, the fold gives {len(expected[topic])} or others")
        self._check_offsets(transaction, set(traces))

    def _apply(self, number: int, value: bytes, writes: dict[bytes, bytes | None]) -> list[Outgoing]:
        head, original = split(value)
        folded = self.partitions[number]
        if head.sequence != folded.sequence + 1:
            raise Broken("trace_sequence_without_gap", f"partition {number}: {head.sequence} after {folded.sequence}")
        if head.outcome not in OUTCOMES:
            raise Broken("outcome_is_known", head.outcome)
        compiled = self._compiled(head)
        if self.newest and self.newest != {name: in_force.offset for name, in_force in head.side.items()}:
            raise Broken("the_newest_version_is_in_force", f"partition {number}, sequence {head.sequence}: {head.side}, newest {self.newest}")
        topic, offset = head.cause.topic, head.cause.offset
        if topic == CLOCK:
            if offset <= folded.tick_ms:
                raise Broken("clock_never_goes_back", f"partition {number}: tick {offset} after {folded.tick_ms}")
            folded.tick_ms = offset
            stepped = tick(self._processor, folded.state, number, offset, compiled.side, compiled.in_force, head.sequence)
        else:
            incoming = self._input(number, topic, offset, original)
            stepped = step(self._processor, folded.state, incoming, compiled.side, compiled.in_force, head.sequence)
        folded.sequence = head.sequence
        *rest, trace = stepped.records
        if trace.value != value:
            raise Broken("trace_is_the_fold", f"partition {number}, sequence {head.sequence}: {value[:300]!r} instead of {trace.value[:300]!r}")
        folded.state.write(dict(stepped.outcome.writes))
        writes.update(dict(stepped.outcome.writes))
        self.outcomes[head.outcome] += 1
        decisions = [_decode_decision(decision) for decision in stepped.outcome.decisions]
        if head.outcome == "judged" and len(decisions) != 1:
            raise Broken("judged_once_decided_once", f"{topic} {number} {offset} has {len(decisions)} decisions")
        for decision in decisions:
            self._check_decision(folded, decision)
        return rest

    def _input(self, number: int, topic: str, offset: int, original: bytes | None) -> Incoming:
        """The input as it lies on its topic: committed, the next one, and never seen before."""
        log, folded = self._cluster.logs[topic, number], self.partitions[number]
        following = folded.applied.get(topic, 0)
        while following < len(log) and (log[following].marker or self._cluster.is_aborted(log[following])):
            following += 1
        if offset < following:
            raise Broken("no_input_twice", f"{topic} {number} {offset}, applied up to {following}")
        if offset > following:
            raise Broken("no_input_lost", f"{topic} {number}: {following} was skipped, {offset} judged")
        entry = log[offset]
        if entry.transaction is not None and entry.transaction.state != "committed":
            raise Broken("only_committed_inputs", f"{topic} {number} {offset} is {entry.transaction.state}")
        if entry.value != original:
            raise Broken("trace_holds_the_input", f"{topic} {number} {offset}")
        folded.applied[topic] = offset + 1
        return Incoming(Origin(topic, number, offset, entry.timestamp_ms), entry.key, entry.value, tuple(entry.headers or ()))

    @staticmethod
    def _check_decision(folded: _Folded, decision: Decision) -> None:
        key = (decision.seller_id, decision.listing_id)
        revision, sequence, last_id = folded.chains.get(key, (0, 0, ""))
        follows = decision.revision == revision
        if decision.sequence != (sequence + 1 if follows else 1) or decision.supersedes != (last_id if follows else None):
            raise Broken("decision_chain_without_gap", f"{key} revision {decision.revision}: {decision.sequence} after {sequence}")
        folded.chains[key] = (decision.revision, decision.sequence, decision.decision_id)
        if decision.decision == "block" and not (decision.signals or "barred" in decision.rules):
            raise Broken("no_block_without_evidence", decision.decision_id)
        if decision.degraded and decision.decision == "allow":
            raise Broken("degraded_never_allows", decision.decision_id)

    def _check_changes(self, number: int, writes: Mapping[bytes, bytes | None], changes: Mapping[bytes, bytes | None]) -> None:
        folded = self.partitions[number]
        states = {key: value for key, value in changes.items() if key != META_KEY}
        if states != dict(writes):
            raise Broken("changelog_is_the_fold", f"partition {number}: keys {sorted(states)} instead of {sorted(writes)}")
        value = changes.get(META_KEY)
        if value is None:
            raise Broken("changelog_knows_what_is_applied", f"partition {number}: a round without m")
        meta = _decode_meta(value)
        if meta.sequence != folded.sequence or meta.tick_ms != folded.tick_ms or any(meta.applied.get(t) != o for t, o in folded.applied.items()):
            raise Broken("changelog_knows_what_is_applied", f"partition {number}: {meta} instead of {folded.applied}, {folded.sequence}")

    def _check_offsets(self, transaction: Transaction, numbers: set[int]) -> None:
        fenced = {number for _, number in transaction.offsets}
        if numbers - fenced:
            raise Broken("no_state_without_offsets", f"partitions {sorted(numbers - fenced)} were written without a fence")
        for (topic, number), offset in transaction.offsets.items():
            if self.partitions[number].applied.get(topic) != offset:
                raise Broken("offsets_are_what_was_applied", f"{topic} {number}: {offset} instead of {self.partitions[number].applied.get(topic)}")

    def stored(self, number: int, batch: Mapping[bytes, bytes | None]) -> None:
        """A local database was written: it knows of nothing that is not committed."""
        value = batch.get(META_KEY)
        if value is not None and _decode_meta(value).sequence > self.partitions[number].sequence:
            raise Broken("state_never_ahead_of_changelog", f"partition {number}: {_decode_meta(value).sequence} > {self.partitions[number].sequence}")

    def check_store(self, number: int, values: Mapping[bytes, bytes]) -> None:
        """A database at rest equals the fold."""
        states = {key: value for key, value in values.items() if key not in (META_KEY, POSITION_KEY)}
        if states != self.partitions[number].state.values:
            wrong = {k for k in {*states, *self.partitions[number].state.values} if states.get(k) != self.partitions[number].state.values.get(k)}
            raise Broken("store_is_the_fold", f"partition {number}: {sorted(wrong)[:3]} differ")

    def check_deadlines(self, now_ms: int) -> None:
        """Nothing has been due for long: its tick came, and whatever followed moved the deadline on."""
        assert self._processor.deadline_range is not None
        first, end = self._processor.deadline_range
        for number, folded in self.partitions.items():
            for key, _ in folded.state.scan(first, end, 1):
                due_ms = self._processor.deadline(key)
                if due_ms is not None and due_ms < now_ms:
                    raise Broken("what_is_due_gets_its_tick", f"partition {number}: due at {due_ms}, it is {now_ms}")

    def missing(self) -> int:
        """Committed inputs that are not traced yet."""
        count = 0
        for topic in self._processor.inputs:
            for number in range(self._cluster.partitions[topic]):
                start = self.partitions[number].applied.get(topic, 0)
                log = self._cluster.logs[topic, number]
                count += sum(1 for entry in log[start:] if not entry.marker and not self._cluster.is_aborted(entry))
        return count


def partitioned(processor: Processor, count: int) -> dict[str, int]:
    """Partition count of every topic of the simulated cluster."""
    names = [*processor.inputs, *processor.outputs, processor.changelog, processor.trace or "", topics.BRAND_HIT]
    return {**{name: count for name in names if name}, **dict.fromkeys(processor.sides, 1)}
