"""A good set of records of one partition, as a worker leaves them: every outcome, decision and action, by the driver, to be damaged by tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from screener import topics
from screener.catalog import JUDGE
from screener.codecs import canonical
from screener.contracts import Transaction
from screener.judge import content
from screener.judge.detectors import DETECTORS, Detector
from screener.processor import Headers, Incoming, Origin
from screener.sidelog import encode_version
from screener.verify.findings import Findings
from screener.verify.partition import EFFECTS, Checked, PartitionCheck
from tests.driver import BAR, BLOCK, BRANDS, CLEAN, RULEBOOK, START, STRONG, WEAK, Driver, edited, published, removed

GAP = 2
"""Offset of the listing topic where no record lies: a transaction's marker."""

_encode_meta = msgspec.msgpack.Encoder().encode


@dataclass
class Lying:
    """A record on a topic, to be changed."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes
    headers: Headers
    step: int
    """Number of the input that led to it, from 1."""

    def incoming(self) -> Incoming:
        """As a reader gives it."""
        return Incoming(Origin(self.topic, 0, self.offset, 0), self.key, self.value, self.headers)


@dataclass
class RecordSet:
    """Everything that one partition's topics hold."""

    lying: list[Lying]
    sources: set[tuple[str, int]]
    metas: list[dict[str, Any]]
    """The changelog's `m` after each input."""
    side_logs: dict[str, list[bytes]]
    committed: dict[str, int] = field(default_factory=dict)

    def on(self, topic: str) -> list[Lying]:
        """The records of a topic, in order."""
        return [one for one in self.lying if one.topic == topic]

    def append(self, topic: str, value: bytes, *, key: bytes | None = None, headers: Headers = ()) -> Lying:
        """One more at the end of a topic."""
        one = Lying(topic, max((lying.offset for lying in self.on(topic)), default=-1) + 1, key, value, headers, len(self.metas))
        self.lying.append(one)
        return one

    def remove(self, one: Lying) -> None:
        """One less."""
        self.lying.remove(one)

    @property
    def meta(self) -> dict[str, Any]:
        """The newest `m`."""
        return self.metas[-1]

    def heads(self) -> list[tuple[Lying, dict[str, Any]]]:
        """The trace, with its heads as builtins."""
        return [(one, msgspec.json.decode(one.value.partition(b"\n")[0])) for one in self.on(topics.TRACE)]

    def bodies(self, topic: str) -> list[tuple[Lying, dict[str, Any]]]:
        """Another topic's records as builtins."""
        return [(one, msgspec.json.decode(one.value)) for one in self.on(topic)]


def set_head(one: Lying, **changes: Any) -> None:
    """Changes fields of a trace record's head."""
    line, _, rest = one.value.partition(b"\n")
    one.value = canonical({**msgspec.json.decode(line), **changes}) + b"\n" + rest


def set_body(one: Lying, **changes: Any) -> None:
    """Changes fields of a decision, a hold or a block."""
    one.value = canonical({**msgspec.json.decode(one.value), **changes})


def good() -> RecordSet:
    """The set: some forty inputs of six sellers."""
    driver = Driver(rulebook=RULEBOOK)
    metas: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        _happen(driver, patch)
    lying: list[Lying] = []
    offsets: dict[str, int] = {}
    inputs = iter(driver.inputs)
    applied: dict[str, int] = {}
    tick_ms = 0
    for record in driver.sent:
        step = len(metas) + 1
        lying.append(Lying(record.topic, offsets.setdefault(record.topic, 0), record.key, record.value, record.headers, step))
        offsets[record.topic] += 1
        if record.topic == topics.TRACE:
            if record.key is not None or b'"topic":"clock"' not in record.value:
                origin = next(inputs).origin
                applied = {**applied, origin.topic: origin.offset + 1}
            else:
                tick_ms = msgspec.json.decode(record.value.partition(b"\n")[0])["cause"]["offset"]
            metas.append({"format": 1, "applied": applied, "sequence": step, "tick_ms": tick_ms, "window": [0, 0, 0]})
    side_logs = {
        topics.REGISTRY: [*encode_version([msgspec.to_builtins(one) for one in BRANDS]), *encode_version([msgspec.to_builtins(BRANDS[0])])],
        topics.RULEBOOK: [*encode_version([{"text": RULEBOOK}]), *encode_version([{"text": SHADOW}]), *encode_version([{"text": RULEBOOK}])],
    }
    return RecordSet(lying, {(one.origin.topic, one.origin.offset) for one in driver.inputs}, metas, side_logs)


SHADOW = RULEBOOK.replace('mode = "enforce"', 'mode = "shadow"')


def _happen(driver: Driver, patch: pytest.MonkeyPatch) -> None:
    """Everything that can happen to listings."""
    driver.publish(published("s-1", "clean", 1, CLEAN))
    driver.publish(published("s-1", "weak", 1, WEAK))
    driver._offsets[topics.LISTING] = GAP + 1
    driver.publish(published("s-1", "strong", 1, STRONG))
    driver.publish(published("s-2", "block", 1, BLOCK))
    driver.publish(published("s-2", "bar", 1, BAR))
    driver.publish(edited("s-2", "bar", 2, CLEAN))  # barred: blocked without a signal of its own
    driver.publish(published("s-1", "clean", 1, CLEAN))  # repeated
    driver.publish(edited("s-1", "weak", 2, WEAK))  # lifts and places a hold
    driver.publish(published("s-1", "weak", 1, WEAK))  # stale
    driver.publish(published("s-1", "clean", 1, "another content"))  # conflict
    driver.publish(b"{", key=b"s-3", headers=(("schema", b"1"), ("traceparent", b"00-1")))
    driver.publish(None, key=None)
    driver.publish(published("s-3", "removed", 1, WEAK))
    driver.publish(removed("s-3", "removed", 2))
    driver.publish(published("s-3", "relisted", 1, CLEAN))
    driver.verdict("release", "s-1", "weak")
    driver.verdict("block", "s-1", "clean", reason="seen in the hand")
    driver.verdict("block", "s-1", "clean", scope="listing")
    driver.verdict("release", "s-1", "unknown")
    for number in range(4):
        driver.publish(_sale("s-3", number), topics.TRANSACTION)
    driver.put_in_force(SHADOW)
    driver.publish(published("s-4", "shadow", 1, WEAK))
    driver.publish(published("s-4", "shadow-block", 1, BLOCK))
    driver.put_in_force(RULEBOOK)
    driver.register(BRANDS[:1])
    patch.setattr(content, "DETECTORS", tuple(Detector(one.name, _broken) if one.name == "price_floor" else one for one in DETECTORS))
    driver.publish(published("s-4", "degraded", 1, CLEAN))
    driver.publish(edited("s-1", "strong", 2, STRONG))
    patch.undo()
    driver.publish(published("s-4", "due", 1, WEAK), topics.LISTING_BACKFILL)
    driver.publish(published("s-6", "released", 1, WEAK))
    driver.advance(49 * 60)  # holds fall due: weak ones are released, strong ones escalate
    driver.publish(published("s-4", "standing", 1, WEAK))
    driver.publish(edited("s-4", "due", 2, CLEAN))
    driver.publish(edited("s-6", "released", 2, CLEAN))
    driver.advance(25 * 60)  # the escalated ones fall due again
    for number in range(4):
        driver.publish(_sale("s-5", number), topics.TRANSACTION)


def _sale(seller_id: str, number: int) -> Transaction:
    return Transaction(event_id=f"sale-{number}", type="sold", occurred_at=START, order_id=f"o-{number}", listing_id="x", seller_id=seller_id)


def _broken(*_: Any) -> None:
    raise RuntimeError("a bug")


def verify(
    found: RecordSet,
    *,
    cut: int | None = None,
    effects_to: int | None = None,
    trace_to: int | None = None,
    meta_at: int | None = None,
    starts: dict[str, int] | None = None,
) -> tuple[Findings, Checked]:
    """As the command reads: the trace to input `cut`, what inputs up to `effects_to` led to, the trace to `trace_to`; None: everything.

    `starts` drops what lies before an offset of a topic.
    """
    findings, starts = Findings(), starts or {}
    check = PartitionCheck(0, findings, starts)
    there = [one for one in found.lying if one.offset >= starts.get(one.topic, 0)]
    trace = [one for one in there if one.topic == topics.TRACE and (trace_to is None or one.step <= trace_to)]
    early = [one for one in trace if cut is None or one.step <= cut]
    for record in early:
        check.record(record.incoming())
    for record in there:
        if record.topic in EFFECTS and (effects_to is None or record.step <= effects_to):
            check.record(record.incoming())
    metas = found.metas if meta_at is None else found.metas[:meta_at]
    check.settle(_encode_meta(metas[-1]) if metas else None)
    for record in trace[len(early) :]:
        check.record(record.incoming())
    applied: dict[str, int] = metas[-1]["applied"] if metas else {}
    for gap in check.gaps(found.committed or applied):
        for topic, offset in sorted(found.sources):
            if topic == gap.topic and gap.start <= offset < gap.stop:
                check.lost(topic, offset)
    return findings, check.finish()


def side_records(found: RecordSet) -> Iterator[tuple[str, int, bytes]]:
    """(topic, offset, value) of the side logs."""
    for topic in JUDGE.sides:
        yield from ((topic, offset, value) for offset, value in enumerate(found.side_logs.get(topic, ())))
