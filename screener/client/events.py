"""What an event must be before it is sent, and what is said when no decision comes: one answer for the publisher and for its test double."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from screener import topics
from screener.codecs import canonical
from screener.contracts import ListingEvent
from screener.intake import INPUT_CONTRACTS, decode
from screener.processor import Malformed

MAX_EVENT_BYTES = 1024 * 1024
"""Largest event a topic takes (topics/*.toml leave 64 KiB more for headers and framing)."""


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
        if len(value) > MAX_EVENT_BYTES:
            raise InvalidEvent(f"too_large: {len(value)} bytes, the topic takes {MAX_EVENT_BYTES}; shorten the event's description or attributes")
        event = decode(self._decoder, value)
        if isinstance(event, Malformed):
            raise InvalidEvent(f"{event.reason}: {event.detail}")
        seller_id: str = event.seller_id
        return seller_id
