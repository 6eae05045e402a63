"""Outcomes to records: the last door of the core. What each topic gets, and how a trace and a dead letter look."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from screener import topics
from screener.codecs import canonical
from screener.contracts import SCHEMA_VERSION, Action, BrandHit, Decision, TraceHead
from screener.judge.judgement import Judgement
from screener.judge.version import JUDGE_VERSION
from screener.processor import CLOCK, Headers, Incoming, Input, Outcome, Outgoing

TRACE_FORMAT = 1
"""First field of every trace record; a reader refuses a number it does not know."""

MAX_RECORD_BYTES = 2 * 1024 * 1024
"""Largest key + value + headers of any record sent; below `max.message.bytes` of trace and dlq (2 MiB + 64 KiB)."""

_SCHEMA_HEADER: Headers = (("schema", SCHEMA_VERSION.encode()),)


def judged(item: Input, judgement: Judgement) -> Outcome:
    """The judge's answer as records: every decision, then the holds and blocks that follow, then what the brand counter needs."""
    headers = _SCHEMA_HEADER + item.carried
    partition = item.origin.partition
    decisions = tuple(canonical(decision) for decision in judgement.decisions)
    records = [
        Outgoing(topics.DECISION, decision.seller_id.encode(), value, headers, partition)
        for decision, value in zip(judgement.decisions, decisions, strict=True)
    ]
    records += _actions(topics.HOLD, judgement.holds, headers, partition)
    records += _actions(topics.BLOCK, judgement.blocks, headers, partition)
    records += [hit for decision in judgement.decisions for hit in _brand_hits(decision, headers)]
    return Outcome(
        kind=judgement.kind,
        reason=judgement.reason,
        records=tuple(records),
        writes=judgement.writes,
        decisions=decisions,
        touched=judgement.touched,
        before=judgement.before,
        failed_detectors=judgement.failed_detectors,
        listing_id=judgement.listing_id,
        seller_id=judgement.seller_id,
        first_seen=judgement.first_seen,
    )


def _actions(topic: str, actions: Sequence[Action], headers: Headers, partition: int) -> list[Outgoing]:
    return [Outgoing(topic, action.seller_id.encode(), canonical(action), headers, partition) for action in actions]


def _brand_hits(decision: Decision, headers: Headers) -> list[Outgoing]:
    hits = []
    for brand_id in decision.brands:
        hit = BrandHit(
            brand_id=brand_id,
            listing_id=decision.listing_id,
            revision=decision.revision,
            seller_id=decision.seller_id,
            decision=decision.decision,
            decision_id=decision.decision_id,
        )
        hits.append(Outgoing(topics.BRAND_HIT, brand_id.encode(), canonical(hit), headers, None))
    return hits


def dead_letter(incoming: Incoming, reason: str, detail: str) -> Outgoing:
    """The input as it came (key, value, headers), with headers that say where it lay, when, and why it could not be judged.

    An own header that a dead letter read from the DLQ may already bear is replaced, so a replayed and again dead letter says its latest reason.
    """
    origin = incoming.origin
    own = {
        "screener.dlq.topic": origin.topic,
        "screener.dlq.partition": str(origin.partition),
        "screener.dlq.offset": str(origin.offset),
        "screener.dlq.timestamp_ms": str(origin.timestamp_ms),
        "screener.dlq.reason": reason,
        "screener.dlq.detail": detail,
    }
    kept = tuple(header for header in incoming.headers if header[0] not in own)
    headers = kept + tuple((name, text.encode("utf-8", "replace")) for name, text in own.items())
    return Outgoing(topics.DEAD_LETTER, incoming.key, incoming.value or b"", headers, origin.partition)


def trace(topic: str, incoming: Incoming, outcome: Outcome, sequence: int, side: dict[str, Any], state_before: str, state_after: str) -> Outgoing:
    """The trace record of one input: canonical JSON of `TraceHead`, a newline, the input's original bytes."""
    origin, value = incoming.origin, incoming.value or b""
    head = TraceHead(
        format=TRACE_FORMAT,
        sequence=sequence,
        outcome=outcome.kind,
        reason=outcome.reason,
        cause=origin.cause,
        timestamp_ms=origin.timestamp_ms,
        key=None if incoming.key is None else base64.b64encode(incoming.key).decode(),
        headers=tuple((name, None if text is None else base64.b64encode(text).decode()) for name, text in incoming.headers),
        listing_id=outcome.listing_id,
        seller_id=outcome.seller_id,
        decisions=tuple(msgspec.Raw(decision) for decision in outcome.decisions),
        failed_detectors=outcome.failed_detectors,
        side=side,
        state_before=state_before,
        state_after=state_after,
        judge_version=JUDGE_VERSION,
        input_present=incoming.value is not None,
    )
    key = outcome.seller_id.encode() if outcome.seller_id else incoming.key
    return Outgoing(topic, None if origin.topic == CLOCK else key, canonical(head) + b"\n" + value, _SCHEMA_HEADER, origin.partition)


def size(record: Outgoing) -> int:
    """Bytes of key, value and headers."""
    return len(record.value) + len(record.key or b"") + sum(len(name) + len(value or b"") for name, value in record.headers)
