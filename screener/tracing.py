"""Reading trace records: the first line is the head, the rest the input's original bytes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from screener import topics
from screener.contracts import Cause, OutcomeKind, TraceHead

_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)

_decode_head = msgspec.json.Decoder(TraceHead).decode


class NoTrace(ValueError):
    """The bytes are no trace record; the message ends with what to do."""


class Glance(Struct, frozen=True, gc=False):
    """The few fields of a head that most readers need; decoding it skips the rest."""

    cause: Cause
    outcome: OutcomeKind
    reason: str
    sequence: int


_decode_glance = msgspec.json.Decoder(Glance).decode


def glance(value: bytes) -> Glance:
    """The few fields of a trace record's head. Raises `NoTrace`."""
    try:
        return _decode_glance(value[: value.index(b"\n")])
    except _UNREADABLE as error:
        raise _no_trace(error) from error


def split(value: bytes) -> tuple[TraceHead, bytes | None]:
    """(head, the input's original bytes or None if it had no value). Raises `NoTrace`."""
    line, _, rest = value.partition(b"\n")
    try:
        head = _decode_head(line)
    except _UNREADABLE as error:
        raise _no_trace(error) from error
    return head, rest if head.input_present else None


def _no_trace(error: Exception) -> NoTrace:
    return NoTrace(f"a record of {topics.TRACE} is no trace ({error}); find out who else writes to the topic, and give only the judge the right to")
