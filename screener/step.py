"""One input through one processor: intake, apply, outlet, trace. The engine, the scorer and every replay take exactly this way."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from screener import outlet
from screener.contracts import InForce
from screener.processor import CLOCK, Incoming, Input, Malformed, Origin, Outcome, Outgoing, Processor, State, Tick, digest


class Stepped(Struct, frozen=True):
    """An input's outcome and every record it sends, the trace record last."""

    outcome: Outcome
    records: tuple[Outgoing, ...]


class Written(Struct):
    """A state with some writes on top, for reading what it will be."""

    state: State
    writes: dict[bytes, bytes | None]

    def get(self, key: bytes, /) -> bytes | None:
        """The value with the writes applied."""
        return self.writes[key] if key in self.writes else self.state.get(key)


def step(processor: Processor, state: State, incoming: Incoming, side: Any, in_force: dict[str, InForce], sequence: int) -> Stepped:
    """Judges `incoming` as number `sequence` of its partition's trace. Nothing is stored; raises only on bugs."""
    item = processor.read(incoming)
    outcome = _malformed(item) if isinstance(item, Malformed) else processor.apply(state, item, side)
    detail = item.detail if isinstance(item, Malformed) else "another content was judged under this revision; publish it under a higher one"
    return _sent(processor, state, incoming, outcome, detail, in_force, sequence)


def tick(processor: Processor, state: State, partition: int, now_ms: int, side: Any, in_force: dict[str, InForce], sequence: int) -> Stepped:
    """Lets the clock pass `now_ms` for a partition."""
    origin = clock_origin(partition, now_ms)
    outcome = processor.apply(state, Input(Tick(now_ms), origin, now_ms, False, ()), side)
    return _sent(processor, state, Incoming(origin, None, None, ()), outcome, "", in_force, sequence)


def clock_origin(partition: int, now_ms: int) -> Origin:
    """Where a tick lies: on no topic; its offset is its time."""
    return Origin(CLOCK, partition, now_ms, now_ms)


def _malformed(malformed: Malformed) -> Outcome:
    return Outcome(kind="dead_letter", reason=malformed.reason)


def _sent(
    processor: Processor, state: State, incoming: Incoming, outcome: Outcome, detail: str, in_force: dict[str, InForce], sequence: int
) -> Stepped:
    records = _all_records(processor, state, incoming, outcome, detail, in_force, sequence)
    if all(outlet.size(record) <= outlet.MAX_RECORD_BYTES for record in records):
        return Stepped(outcome, records)
    too_large = Outcome(kind="dead_letter", reason="output_too_large", listing_id=outcome.listing_id, seller_id=outcome.seller_id)
    detail = f"a record it leads to is larger than {outlet.MAX_RECORD_BYTES} bytes; publish a smaller event"
    return Stepped(too_large, _all_records(processor, state, incoming, too_large, detail, in_force, sequence))


def _all_records(
    processor: Processor, state: State, incoming: Incoming, outcome: Outcome, detail: str, in_force: dict[str, InForce], sequence: int
) -> tuple[Outgoing, ...]:
    records = outcome.records
    if outcome.kind == "dead_letter":
        records = (*records, outlet.dead_letter(incoming, outcome.reason, detail))
    if processor.trace is None:
        return records
    before = digest(state, outcome.touched)
    after = digest(Written(state, dict[bytes, bytes | None](outcome.writes)), outcome.touched) if outcome.writes else before
    return (*records, outlet.trace(processor.trace, incoming, outcome, sequence, in_force, before, after))
