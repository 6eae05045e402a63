"""Dead letters as the commands read them: what their `screener.dlq.*` headers say, which ones a replay selects, and what it publishes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from screener.contracts import DeadLetterReplayed
from screener.processor import Headers, Origin
from screener.reader import Record

PREFIX = "screener.dlq."
REPLAYED_FROM = f"{PREFIX}replayed_from"
"""Header of a replayed record: the place of its letter in the DLQ, `PARTITION:OFFSET`."""

FIRST_ORIGIN = f"{PREFIX}first_origin"
"""Header of a replayed record: where the producer's own record lay, `TOPIC:PARTITION:OFFSET`. A letter that dies again has the replayed record's
place as its origin, as every letter has its input's; this one stays."""

FRAME_BYTES = 4 * 1024
"""Room for the batch around a record and the lengths of its headers (one byte each, a hundred headers are rare)."""


class Place(NamedTuple):
    """Where a letter lies in the DLQ."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


class Letter(Struct, frozen=True, gc=False):
    """A dead letter; key, value and headers as they lie in the DLQ."""

    place: Place
    timestamp_ms: int
    """When it was written there."""
    reason: str
    detail: str
    origin: Origin
    key: bytes | None
    value: bytes
    headers: Headers

    @property
    def mark(self) -> DeadLetterReplayed:
        """What is remembered of its replay."""
        return DeadLetterReplayed(partition=self.place.partition, offset=self.place.offset, timestamp_ms=self.timestamp_ms, topic=self.origin.topic)


class Selection(Struct, frozen=True):
    """Which letters are meant; what is None or empty selects nothing away. Times are milliseconds since 1970, the end excluded."""

    reasons: Sequence[str] = ()
    topics: Sequence[str] = ()
    places: Sequence[Place] = ()
    since_ms: int | None = None
    until_ms: int | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether the letter is meant."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.origin.topic in self.topics)
            and (not self.places or letter.place in self.places)
            and (self.since_ms is None or letter.timestamp_ms >= self.since_ms)
            and (self.until_ms is None or letter.timestamp_ms < self.until_ms)
        )


def letter_of(record: Record) -> Letter | None:
    """The record of the DLQ as a letter, None for one that the screener did not write (it has no origin)."""
    own = {name: text(value) for name, value in record.headers if name.startswith(PREFIX)}
    partition, offset, timestamp_ms = (number(own.get(f"{PREFIX}{name}", "")) for name in ("partition", "offset", "timestamp_ms"))
    topic = own.get(f"{PREFIX}topic")
    if not topic or partition is None or offset is None or timestamp_ms is None:
        return None
    return Letter(
        Place(record.partition, record.offset),
        record.timestamp_ms,
        own.get(f"{PREFIX}reason", ""),
        own.get(f"{PREFIX}detail", ""),
        Origin(topic, partition, offset, timestamp_ms),
        record.key,
        record.value,
        record.headers,
    )


def replayed_headers(letter: Letter) -> Headers:
    """The headers of the record published again: all that the letter has, where it comes from, and where it lay first."""
    kept = tuple(header for header in letter.headers if header[0] != REPLAYED_FROM)
    came_from: Headers = ((REPLAYED_FROM, str(letter.place).encode()),)
    if any(name == FIRST_ORIGIN for name, _ in kept):
        return kept + came_from
    origin = letter.origin
    return (*kept, (FIRST_ORIGIN, f"{origin.topic}:{origin.partition}:{origin.offset}".encode("utf-8", "replace")), *came_from)


def replayed_bytes(letter: Letter) -> int:
    """About how large the record published again is: never less than the broker counts."""
    headers = sum(len(name.encode("utf-8", "replace")) + len(value or b"") + 2 for name, value in replayed_headers(letter))
    return len(letter.key or b"") + len(letter.value) + headers + FRAME_BYTES


def number(shown: str) -> int | None:
    """A count as a header holds it, None for anything else."""
    return int(shown) if shown.isascii() and shown.isdigit() else None


def text(value: bytes | None) -> str:
    """Bytes as text for a person; what is no UTF-8 is spelt out."""
    return "" if value is None else value.decode("utf-8", "backslashreplace")
