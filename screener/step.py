"""One input through one processor: intake, apply, outlet, trace. The engine, the scorer and every replay take exactly this way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from screener import outlet
from screener.contracts import InForce
from screener.processor import CLOCK, Incoming, Input, Malformed, Origin, Outcome, Outgoing, Processor, State, Tick, digest


class Stepped(Struct, frozen=True, gc=False):
    """An input's outcome and every record it sends, the trace record last."""

    outcome: Outcome
    records: tuple[Outgoing, ...]


def read_ahead(processor: Processor, incoming: Sequence[Incoming], side: Any) -> Sequence[Input | Malformed]:
    """Records as inputs for `step`, in their order: for less than each alone, and to the same effect."""
    return processor.look_ahead([processor.read(one) for one in incoming], side)


def step(
    processor: Processor,
    state: State,
    incoming: Incoming,
    side: Any,
    in_force: dict[str, InForce],
    sequence: int,
    item: Input | Malformed | None = None,
) -> Stepped:
    """Judges `incoming` (`item` if it was read ahead) as number `sequence` of its partition's trace. Nothing is stored; raises only on bugs."""
    item = processor.read(incoming) if item is None else item
    outcome = Outcome(kind="dead_letter", reason=item.reason) if isinstance(item, Malformed) else processor.apply(state, item, side)
    detail = item.detail if isinstance(item, Malformed) else "another content was judged under this revision; publish it under a higher one"
    return _sent(processor, incoming, outcome, detail, in_force, sequence)


def tick(processor: Processor, state: State, partition: int, now_ms: int, side: Any, in_force: dict[str, InForce], sequence: int) -> Stepped:
    """Lets the clock pass `now_ms` for a partition."""
    origin = clock_origin(partition, now_ms)
    outcome = processor.apply(state, Input(Tick(now_ms), origin, now_ms, False, ()), side)
    return _sent(processor, Incoming(origin, None, None, ()), outcome, "", in_force, sequence)


def clock_origin(partition: int, now_ms: int) -> Origin:
    """Where a tick lies: on no topic; its offset is its time."""
    return Origin(CLOCK, partition, now_ms, now_ms)


def _sent(processor: Processor, incoming: Incoming, outcome: Outcome, detail: str, in_force: dict[str, InForce], sequence: int) -> Stepped:
    letters = (outlet.dead_letter(incoming, outcome.reason, detail),) if outcome.kind == "dead_letter" else ()
    records = (*outcome.records, *letters, *_trace(processor, incoming, outcome, in_force, sequence))
    if all(outlet.size(record) <= outlet.MAX_RECORD_BYTES for record in records):
        return Stepped(outcome, records)
    too_large = Outcome(kind="dead_letter", reason="output_too_large", listing_id=outcome.listing_id, seller_id=outcome.seller_id)
    detail = f"a record it leads to is larger than {outlet.MAX_RECORD_BYTES} bytes; publish a smaller event"
    # A trace spells key and headers out in JSON, up to six times their size: here it goes without them, the dead letter has them.
    bare = Incoming(incoming.origin, None, incoming.value, ())
    return Stepped(too_large, (outlet.dead_letter(incoming, too_large.reason, detail), *_trace(processor, bare, too_large, in_force, sequence)))


def _trace(processor: Processor, incoming: Incoming, outcome: Outcome, in_force: dict[str, InForce], sequence: int) -> tuple[Outgoing, ...]:
    """The trace record, for a processor that is traced."""
    if processor.trace is None:
        return ()
    before = after = digest(outcome.touched, outcome.before)
    if outcome.writes:
        writes = dict(outcome.writes)
        values = [writes.get(key, value) for key, value in zip(outcome.touched, outcome.before, strict=True)]  # seller and listing are never deleted
        after = digest(outcome.touched, values)
    return (outlet.trace(processor.trace, incoming, outcome, sequence, in_force, before, after),)
