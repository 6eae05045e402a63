"""What an event must be before it is sent, and what is said when no decision comes: one answer for the publisher and for its test double."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from screener import topics
from screener.codecs import canonical
from screener.contracts import Decision, DecisionKind, ListingEvent
from screener.intake import INPUT_CONTRACTS, decode
from screener.processor import Malformed

MAX_EVENT_BYTES = 1024 * 1024
"""Largest event a topic takes (topics/*.toml leave 64 KiB more for headers and framing)."""


_KINDS = get_args(DecisionKind)
_decode_decision = msgspec.json.Decoder(Decision).decode


class InvalidEvent(ValueError):
    """The event breaks its contract and was not sent; the message says where and what to do."""


class NoDecision(TimeoutError):
    """No decision came in time. Keep the listing invisible and wait again: a timeout never means allow."""

    def __init__(self, listing_id: str, revision: int, timeout_s: float, hint: str) -> None:
        super().__init__(f"no decision about {listing_id} revision {revision} within {timeout_s:g} s; keep it invisible and wait again, and {hint}")


class EventCheck:
    """Checks events against the contract of their topic: exactly what intake will say, before anything is sent."""

    def __init__(self, topic: str = topics.LISTING) -> None:
        self._decoder = msgspec.json.Decoder(INPUT_CONTRACTS[topic])

    def encoded(self, event: ListingEvent | Mapping[str, Any]) -> bytes:
        """The event as the bytes that are sent. Raises `InvalidEvent` for what JSON cannot hold."""
        try:
            return canonical(event)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidEvent(f"not_json: {error}; give text, numbers, lists and dictionaries with text keys only") from error

    def seller_of(self, value: bytes) -> str:
        """The seller of an encoded event that keeps its contract. Raises `InvalidEvent`."""
        seller_id: str = self.decoded(value).seller_id
        return seller_id

    def decoded(self, value: bytes) -> Any:
        """An encoded event that keeps its contract, as the contract's type. Raises `InvalidEvent`."""
        if len(value) > MAX_EVENT_BYTES:
            raise InvalidEvent(f"too_large: {len(value)} bytes, the topic takes {MAX_EVENT_BYTES}; shorten the event's description or attributes")
        event = decode(self._decoder, value)
        if isinstance(event, Malformed):
            raise InvalidEvent(f"{event.reason}: {event.detail}")
        return event


class PublishedRevisions:
    """Whose the revisions are that were published: a listing id is a seller's own, so an answer is looked for under the seller too.

    Remembers the newest `limit` revisions; of two sellers that use one id the later one counts.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sellers: OrderedDict[tuple[str, int], str] = OrderedDict()

    def add(self, event: Any) -> None:
        """An event that was published; those about no revision of a listing are not asked for."""
        listing_id, revision = getattr(event, "listing_id", None), getattr(event, "revision", None)
        if listing_id is None or revision is None:
            return
        self._sellers[listing_id, revision] = event.seller_id
        self._sellers.move_to_end((listing_id, revision))
        if len(self._sellers) > self._limit:
            self._sellers.popitem(last=False)

    def seller_of(self, listing_id: str, revision: int) -> str | None:
        """Who published it, None if nobody did here."""
        return self._sellers.get((listing_id, revision))


def decode_decision(value: bytes) -> Decision | None:
    """A decision as a producer must take it: of a kind this release does not know, it counts as hold. None for what is no decision at all."""
    try:
        return _decode_decision(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        fields = msgspec.json.decode(value, type=dict[str, Any])
        if fields.get("decision") in _KINDS:
            return None
        return msgspec.convert({**fields, "decision": "hold"}, Decision)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return None
