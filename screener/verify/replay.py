"""Decides again what the trace says was decided, with the side logs as they were, and compares.

Of a partition the whole state is kept while it is replayed, as a worker keeps it: replay one partition after the other.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.catalog import JUDGE
from screener.codecs import canonical
from screener.contracts import InForce, TraceHead
from screener.judge.rulebook import RulebookError
from screener.judge.version import JUDGE_VERSION
from screener.offline import MemoryState
from screener.processor import CLOCK, Compiled, Incoming, NotReady, Origin, SideVersion
from screener.sidelog import SideReader
from screener.step import Stepped, step, tick
from screener.tracing import split

COMPILED_MAX: Final = 4
"""Compiled versions kept: a registry of 10,000 brands takes some 100 MB, and neighbours in the trace were judged under the same."""

SHOWN_CHARACTERS: Final = 300


class Sides:
    """Every whole version of the side logs, and side knowledge compiled from those that a trace head names."""

    def __init__(self) -> None:
        self._readers = {topic: SideReader(topic) for topic in JUDGE.sides}
        self._versions: dict[tuple[str, int], SideVersion] = {}
        self._compiled: dict[tuple[tuple[str, int, str], ...], Compiled | str] = {}

    def feed(self, topic: str, offset: int, value: bytes | None) -> None:
        """A record of a side log, in its order."""
        reader = self._readers[topic]
        if reader.feed(offset, value) and reader.newest is not None:
            self._versions[topic, offset] = reader.newest

    def named(self, in_force: Mapping[str, InForce]) -> Compiled | str:
        """What a trace head names, or why it cannot be had."""
        key = tuple(sorted((topic, one.offset, one.version) for topic, one in in_force.items()))
        if key not in self._compiled:
            while len(self._compiled) >= COMPILED_MAX:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[key] = self._compile(in_force)
        return self._compiled[key]

    def _compile(self, in_force: Mapping[str, InForce]) -> Compiled | str:
        versions: dict[str, SideVersion] = {}
        for topic, named in in_force.items():
            if named.offset == -1:
                continue  # came with the package; whether this package has the same is seen below
            version = self._versions.get((topic, named.offset))
            if version is None:
                return f"{topic} has no whole version that ends at offset {named.offset}"
            versions[topic] = version
        try:
            compiled = JUDGE.compile_side(versions)
        except (RulebookError, msgspec.ValidationError) as error:
            return f"a side-log version cannot be used by this release: {error}"
        if isinstance(compiled, NotReady):
            return compiled.reason
        return (
            compiled if compiled.in_force == dict(in_force) else f"{dict(in_force)} was in force, the logs and this package have {compiled.in_force}"
        )


class Difference(Struct, frozen=True, kw_only=True):
    """A trace record that is not what its input gives again."""

    partition: int
    sequence: int
    offset: int
    """Of the trace record."""
    fields: tuple[str, ...]
    """Fields of the head that differ."""
    detail: str


class Irreproducible(Struct, frozen=True, kw_only=True):
    """A trace record that cannot be decided again from what the topics hold."""

    partition: int
    sequence: int
    offset: int
    reason: str


class Replayed(Struct, frozen=True, kw_only=True):
    """What came of one trace record."""

    decisions: int = 0
    """Decisions compared."""
    other_version: bool = False
    """Another judge wrote it: decided again for the state's sake, not compared unless asked."""
    skipped: bool = False
    """The trace begins after sequence 1: without the state before it nothing can be decided again."""
    problem: Difference | Irreproducible | None = None


class Replay:
    """One partition from its first trace record. `feed` the trace in its order."""

    def __init__(self, number: int, sides: Sides, *, any_version: bool = False) -> None:
        self._number, self._sides, self._any_version = number, sides, any_version
        self._state = MemoryState()
        self._sequence = 0
        self._skipping = False
        self._foreign = ""
        """Why the state may not be what the judge of the next record had: nothing yet."""

    @property
    def sequence(self) -> int:
        """Number of the last trace record fed; 0 before the first."""
        return self._sequence

    @property
    def state(self) -> Mapping[bytes, bytes]:
        """What the records fed so far lead to. Not to be changed."""
        return self._state.values

    @property
    def unsure(self) -> str:
        """Why `state` may not be what the inputs led to; empty while it is."""
        return "the trace begins after record 1, and nobody kept the state before" if self._skipping else self._foreign

    def feed(self, offset: int, value: bytes, *, may_begin_late: bool) -> Replayed:
        """Decides one trace record's input again. `may_begin_late`: the beginning of the topic was deleted."""
        try:
            head, original = split(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            return self._cannot(self._sequence + 1, offset, f"the trace record cannot be read ({error}); see `screener verify`")
        if not self._sequence and head.sequence != 1 and may_begin_late:
            self._skipping = True
        if self._skipping:
            self._sequence = head.sequence
            return Replayed(skipped=True)
        gap = head.sequence != self._sequence + 1
        if gap:
            self._foreign = "the trace has a gap or a repeat before it"
            problem = self._differs(head, offset, ("sequence",), f"its sequence is {head.sequence}, {self._sequence + 1} comes next")
            if head.sequence <= self._sequence:
                return problem
        self._sequence = head.sequence
        compiled = self._sides.named(head.side)
        if isinstance(compiled, str):
            self._foreign = "an input before it could not be decided again"
            return self._cannot(head.sequence, offset, compiled)
        try:
            stepped = self._again(head, original, compiled)
        except ValueError as error:  # key or headers are no base64
            return self._cannot(head.sequence, offset, f"the trace record cannot be read ({error}); see `screener verify`")
        if head.reason != "output_too_large":  # then nothing was stored, whatever the input gives without its headers
            self._state.write(dict(stepped.outcome.writes))
        return problem if gap else self._compare(head, value, offset, stepped)

    def _again(self, head: TraceHead, original: bytes | None, compiled: Compiled) -> Stepped:
        side: Any = replace(compiled.side, forced_failures=head.failed_detectors) if head.failed_detectors else compiled.side
        if head.cause.topic == CLOCK:
            return tick(JUDGE, self._state, self._number, head.cause.offset, side, compiled.in_force, head.sequence)
        key = None if head.key is None else base64.b64decode(head.key, validate=True)
        if head.reason == "output_too_large" and head.seller_id is not None:
            key = head.seller_id.encode()  # the trace goes without key and headers; intake let the input through, so its key was this
        headers = tuple((name, None if text is None else base64.b64decode(text, validate=True)) for name, text in head.headers)
        origin = Origin(head.cause.topic, self._number, head.cause.offset, head.timestamp_ms)
        return step(JUDGE, self._state, Incoming(origin, key, original, headers), side, compiled.in_force, head.sequence)

    def _compare(self, head: TraceHead, value: bytes, offset: int, stepped: Stepped) -> Replayed:
        if value == stepped.records[-1].value:
            return Replayed(decisions=len(head.decisions))
        again = split(stepped.records[-1].value)[0]
        if head.judge_version != JUDGE_VERSION and not self._any_version:
            self._foreign = "another judge version decided before it"
            return Replayed(other_version=True)
        if head.reason == "output_too_large" != again.reason:
            return self._cannot(head.sequence, offset, "its output was too large with the headers that the trace goes without")
        if self._foreign and again.state_before != head.state_before:
            return self._cannot(head.sequence, offset, f"it found another state: {self._foreign}")
        other = head.judge_version != JUDGE_VERSION
        fields = tuple(name for name in TraceHead.__struct_fields__ if _comparable(name, head) != _comparable(name, again))
        if not fields and (other or head.reason == "output_too_large"):
            return Replayed(decisions=len(head.decisions), other_version=other)
        said, gives = (str(getattr(one, fields[0]))[:SHOWN_CHARACTERS] if fields else "" for one in (head, again))
        detail = f"{fields[0]} was {said}, is now {gives}" if fields else "its head is other bytes for the same fields"
        return replace(self._differs(head, offset, fields or ("bytes",), detail), decisions=len(head.decisions), other_version=other)

    def _differs(self, head: TraceHead, offset: int, fields: tuple[str, ...], detail: str) -> Replayed:
        return Replayed(problem=Difference(partition=self._number, sequence=head.sequence, offset=offset, fields=fields, detail=detail))

    def _cannot(self, sequence: int, offset: int, reason: str) -> Replayed:
        return Replayed(problem=Irreproducible(partition=self._number, sequence=sequence, offset=offset, reason=reason))


def _comparable(name: str, head: TraceHead) -> Any:
    """A field's value as it is compared: without the judge's version, which is compared by asking for it, or not at all."""
    value = getattr(head, name)
    if name == "judge_version" or (name in ("key", "headers") and head.reason == "output_too_large"):
        return None
    if name == "decisions" and head.judge_version != JUDGE_VERSION:
        return [canonical({**decision, "judge_version": JUDGE_VERSION}) for decision in value]
    return [canonical(decision) for decision in value] if name == "decisions" else value
