"""Pairs what the trace says was sent with what lies on a topic, whichever is read first. Only what has no partner yet is kept."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct

from screener.codecs import canonical
from screener.contracts import Cause


class Expected(Struct, frozen=True, gc=False):
    """A record that the trace says was sent: by the input of that number, in words."""

    sequence: int
    cause: Cause
    words: str


class Found(Struct, frozen=True, gc=False):
    """A record that lies on the topic."""

    offset: int
    cause: Cause
    words: str


class Matching:
    """One topic of one partition. Equal fingerprints are partners; each record has one."""

    def __init__(self) -> None:
        self._expected: dict[bytes, list[Expected]] = {}
        self._found: dict[bytes, list[Found]] = {}
        self._first: tuple[int, int] | None = None
        self.matched = 0

    def expect(self, fingerprint: bytes, expected: Expected) -> None:
        """The trace says so."""
        if found := _taken(self._found, fingerprint):
            self._match(expected.sequence, found.offset)
        else:
            self._expected.setdefault(fingerprint, []).append(expected)

    def find(self, fingerprint: bytes, found: Found) -> None:
        """The topic holds it."""
        if expected := _taken(self._expected, fingerprint):
            self._match(expected.sequence, found.offset)
        else:
            self._found.setdefault(fingerprint, []).append(found)

    @property
    def begins_at(self) -> int | None:
        """The trace sequence of the first record on the topic that has a partner: what came before may have been deleted there."""
        return self._first[1] if self._first else None

    @property
    def missing(self) -> list[Expected]:
        """Expected and not there, in the order of the trace."""
        return sorted((one for some in self._expected.values() for one in some), key=lambda one: one.sequence)

    @property
    def surplus(self) -> list[Found]:
        """There and not expected, in the order of the topic."""
        return sorted((one for some in self._found.values() for one in some), key=lambda one: one.offset)

    def _match(self, sequence: int, offset: int) -> None:
        self.matched += 1
        if self._first is None or offset < self._first[0]:
            self._first = (offset, sequence)


def _taken(waiting: dict[bytes, Any], fingerprint: bytes) -> Any:
    """The oldest under the fingerprint, taken out; None if nothing waits."""
    some = waiting.get(fingerprint)
    if some is None:
        return None
    one = some.pop(0)
    if not some:
        del waiting[fingerprint]
    return one


def fingerprint(*parts: Any) -> bytes:
    """Sixteen bytes that stand for the parts: equal parts, equal bytes."""
    return hashlib.blake2b(b"\n".join(part if isinstance(part, bytes) else canonical(part) for part in parts), digest_size=16).digest()
