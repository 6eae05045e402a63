"""Reading trace records: the first line is the head, the rest the input's original bytes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from screener.contracts import Cause, OutcomeKind, TraceHead

_decode_head = msgspec.json.Decoder(TraceHead).decode


class Glance(Struct, frozen=True, gc=False):
    """The few fields of a head that most readers need; decoding it skips the rest."""

    cause: Cause
    outcome: OutcomeKind
    reason: str
    sequence: int


_decode_glance = msgspec.json.Decoder(Glance).decode


def glance(value: bytes) -> Glance:
    """The few fields of a trace record's head."""
    return _decode_glance(value[: value.index(b"\n")])


def split(value: bytes) -> tuple[TraceHead, bytes | None]:
    """(head, the input's original bytes or None if it had no value)."""
    line, _, rest = value.partition(b"\n")
    head = _decode_head(line)
    return head, rest if head.input_present else None
