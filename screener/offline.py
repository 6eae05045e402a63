"""The judge without Kafka: the same core over a dictionary, for the scorer, for tests and for a producer's own test double. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from screener import topics
from screener.catalog import JUDGE
from screener.contracts import Brand, Decision, EvidenceItem, Instant
from screener.intake import milliseconds
from screener.judge.evidence import compile_evidence
from screener.processor import Compiled, Incoming, NotReady, Origin, SideRejected, SideVersion
from screener.sidelog import shipped
from screener.step import Stepped, step

_decode_decision = msgspec.json.Decoder(Decision).decode


class MemoryState:
    """State in a dictionary, with its keys kept in order for scans."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self._deadlines: list[bytes] = []

    def get(self, key: bytes, /) -> bytes | None:
        """The value stored under `key`, or None."""
        return self.values.get(key)

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> Sequence[tuple[bytes, bytes]]:
        """At most `limit` entries with start <= key < stop, in key order. Only deadlines are ever scanned, so only they are kept in order."""
        first, end = bisect_left(self._deadlines, start), bisect_left(self._deadlines, stop)
        return [(key, self.values[key]) for key in self._deadlines[first : min(end, first + limit)]]

    def write(self, batch: Mapping[bytes, bytes | None], /) -> None:
        """Stores (None: deletes) all entries."""
        for key, value in batch.items():
            known = key in self.values
            if value is None:
                if known:
                    del self.values[key]
                    if JUDGE.deadline(key) is not None:
                        del self._deadlines[bisect_left(self._deadlines, key)]
                continue
            self.values[key] = value
            if not known and JUDGE.deadline(key) is not None:
                insort(self._deadlines, key)


class NoBrands(Exception):
    """There is nothing to protect, and judging without brands would let everything through."""


class Offline:
    """Judges events one after another; each sees the state that earlier ones left.

    There is no broker: an event's claimed time (1970 if it claims an earlier one) stands for its append time, and there are no ticks, so deadlines do
    not fire.
    Raises `NoBrands` and `RulebookError`.
    """

    def __init__(self, brands: Sequence[Brand], rulebook: str | None = None, evidence: Sequence[EvidenceItem] = ()) -> None:
        parts = tuple(msgspec.to_builtins(brand) for brand in brands)
        versions: dict[str, SideVersion] = {topics.REGISTRY: shipped(topics.REGISTRY, parts)} if parts else {}
        if rulebook is not None:
            versions[topics.RULEBOOK] = shipped(topics.RULEBOOK, ({"text": rulebook},))
        if evidence:
            versions[topics.EVIDENCE] = shipped(topics.EVIDENCE, tuple(msgspec.to_builtins(item) for item in evidence))
        try:
            compiled = JUDGE.compile_side(versions)
        except SideRejected as rejected:
            raise rejected.cause from rejected
        if isinstance(compiled, NotReady):
            raise NoBrands(compiled.reason)
        self._compiled: Compiled = compiled
        self._brands, self._photos = brands, compile_evidence((), brands)
        self.state = MemoryState()
        self.sequence = 0

    def know(self, evidence: Sequence[EvidenceItem]) -> None:
        """From now on this is the evidence, beside the registry's photos."""
        side = replace(self._compiled.side, evidence=compile_evidence(evidence, self._brands) if evidence else self._photos)
        self._compiled = replace(self._compiled, side=side)

    def judge(self, value: bytes, topic: str = topics.LISTING) -> tuple[Stepped, tuple[Decision, ...]]:
        """What the screener does with one event's bytes, keyed by its own seller, and the decisions it leads to."""
        known = _known(value)
        origin = Origin(topic, 0, self.sequence, known[1])
        incoming = Incoming(origin, known[0], value, ())
        self.sequence += 1
        stepped = step(JUDGE, self.state, incoming, self._compiled.side, self._compiled.in_force, self.sequence)
        self.state.write(dict(stepped.outcome.writes))
        return stepped, tuple(_decode_decision(decision) for decision in stepped.outcome.decisions)


class _Known(msgspec.Struct):
    seller_id: str
    occurred_at: Instant


_decode_known = msgspec.json.Decoder(_Known).decode


def _known(value: bytes) -> tuple[bytes | None, int]:
    """(Kafka key, append time) that a producer's event would have had; of an unreadable one neither matters."""
    try:
        known = _decode_known(value)
        return known.seller_id.encode(), max(0, milliseconds(known.occurred_at))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, 0
