"""Bytes to events: the first door. Whatever cannot be read becomes a `Malformed` value with a reason, never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import msgspec

from screener import topics
from screener.contracts import SCHEMA_VERSION, Complaint, ListingEvent, RingChanged, SellerEvent, Transaction, Verdict
from screener.processor import UNREADABLE_HEADERS, Headers, Incoming, Input, Malformed

INPUT_CONTRACTS: Mapping[str, Any] = {
    topics.LISTING: ListingEvent,
    topics.LISTING_BACKFILL: ListingEvent,
    topics.SELLER: SellerEvent,
    topics.TRANSACTION: Transaction,
    topics.COMPLAINT: Complaint,
    topics.VERDICT: Verdict,
    topics.RING: RingChanged,
}
"""What each input topic of the judge holds; every one is keyed by seller_id."""

MAX_CLOCK_SKEW_MS = 5 * 60_000
"""How far a claimed time may lie after the append time: five minutes covers unsynchronised producer hosts, not a wish to dodge decay."""

MAX_CARRIED_BYTES = 512
"""W3C trace context level 1 asks for 512 characters of tracestate; a longer header is not carried on."""

MAX_DETAIL_CHARACTERS = 500
"""Longest `detail` of a dead letter: an error text may quote the input."""

MAX_DEPTH = 100
"""Deepest nesting of arrays and objects. Counted in the bytes, because the interpreter's own limit depends on who calls: a replay would differ."""

# Header of the input -> header of the outputs it causes. CloudEvents' SDK writes the trace context with its `ce_` prefix.
_CARRIED: Mapping[str, str] = {
    "traceparent": "traceparent",
    "tracestate": "tracestate",
    "ce_traceparent": "traceparent",
    "ce_tracestate": "tracestate",
    "ce_id": "cause_id",
    "ce_source": "cause_source",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_KNOWN_SCHEMA = SCHEMA_VERSION.encode()
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # one without an end reaches to the end: no text is looked at twice
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_LEVELS = tuple(1 if byte in b"[{" else -1 for byte in range(256))


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime, rounded down; integer arithmetic, the same on every machine."""
    return (instant - _EPOCH) // _MILLISECOND


def reader(contracts: Mapping[str, Any], key_field: str) -> Callable[[Incoming], Input | Malformed]:
    """A function that reads records of the given topics (name -> contract type), whose Kafka key must be the event's `key_field`."""
    decoders = {topic: msgspec.json.Decoder(contract) for topic, contract in contracts.items()}

    def read(incoming: Incoming) -> Input | Malformed:
        if incoming.value is None or not incoming.value.strip():
            return Malformed("empty", "the record has no value; publish the event as JSON (a removal is an event of type removed)")
        if incoming.headers == UNREADABLE_HEADERS:
            return _malformed("unreadable_headers", "a header's name is no UTF-8", "name headers in UTF-8")
        if wrong := _wrong_schema(incoming.headers):
            return wrong
        event = decode(decoders[incoming.origin.topic], incoming.value)
        if isinstance(event, Malformed):
            return event
        expected = getattr(event, key_field).encode()
        if incoming.key != expected:
            return Malformed("key_mismatch", f"the Kafka key is not the event's {key_field}; set it, so that the events of one key stay in order")
        claimed_ms, latest_ms = _claimed(event, incoming), incoming.origin.timestamp_ms + MAX_CLOCK_SKEW_MS
        return Input(event, incoming.origin, min(claimed_ms, latest_ms), claimed_ms > latest_ms, _carried(incoming.headers))

    return read


def decode(decoder: msgspec.json.Decoder[Any], value: bytes) -> Any | Malformed:
    """The value as its contract's type, or why it is none; `detail` ends with what to do."""
    if _depth(value) > MAX_DEPTH:
        return _malformed("too_deep", f"the JSON is nested more than {MAX_DEPTH} levels", "flatten `attributes`")
    try:
        return decoder.decode(value)
    except UnicodeDecodeError as error:
        return _malformed("not_utf8", f"{error.reason} at byte {error.start}", "encode the JSON as UTF-8")
    except msgspec.ValidationError as error:
        text = str(error)
        return _malformed("missing_field" if "missing required field" in text else "invalid_value", text, "see topics/schemas")
    except msgspec.DecodeError as error:
        return _malformed("not_json", str(error), "publish one JSON object per record, UTF-8, without lone surrogates")


def _depth(value: bytes) -> int:
    """How deep brackets outside strings nest; a record with too few brackets for that is not looked at closely (0)."""
    if value.count(b"[") + value.count(b"{") <= MAX_DEPTH:
        return 0
    brackets = _STRING.sub(b"", value).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_LEVELS.__getitem__, brackets)), default=0)


def _malformed(reason: str, what: str, remedy: str) -> Malformed:
    room = MAX_DETAIL_CHARACTERS - len(remedy) - 2
    return Malformed(reason, f"{what if len(what) <= room else what[: room - 1] + '…'}; {remedy}")


def _wrong_schema(headers: Headers) -> Malformed | None:
    for name, value in headers:
        if name == "schema" and value != _KNOWN_SCHEMA:
            seen = (value or b"").decode("utf-8", "replace")[:20]
            return Malformed(
                "unknown_schema", f"header schema is {seen!r}, this release reads {SCHEMA_VERSION}; publish that version or upgrade the screener"
            )
    return None


def _claimed(event: Any, incoming: Incoming) -> int:
    """The event's own time; events between processors have none and take the append time."""
    instant = getattr(event, "occurred_at", None)
    return incoming.origin.timestamp_ms if instant is None else milliseconds(instant)


def _carried(headers: Headers) -> Headers:
    if not headers:
        return ()
    carried: dict[str, bytes | None] = {}
    for name, value in headers:
        target = _CARRIED.get(name)
        if target is not None and value is not None and len(value) <= MAX_CARRIED_BYTES:
            carried.setdefault(target, value)
    return tuple(carried.items())
