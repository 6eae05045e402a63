"""Side logs: append-only topics of whole versions. A version is its parts followed by a manifest that names their hash and count.

Pure: encodes a version as record values, and folds record values back into the newest whole version. Records of a version whose manifest never came
are ignored, as are parts that do not hash to what the manifest says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from screener.codecs import canonical, sha256_hex
from screener.contracts import InForce, SideManifest, SidePart
from screener.processor import SideVersion

_decoder = msgspec.json.Decoder(SidePart | SideManifest)


def version_of(parts: Sequence[dict[str, Any]]) -> str:
    """The hash that names a version: over the canonical JSON of its parts, in order."""
    return sha256_hex(*(canonical(part) for part in parts))


def encode_version(parts: Sequence[dict[str, Any]]) -> list[bytes]:
    """The record values that make up a version, the manifest last."""
    version = version_of(parts)
    records = [canonical(SidePart(version=version, value=part)) for part in parts]
    return [*records, canonical(SideManifest(version=version, count=len(parts)))]


class SideReader:
    """Folds one side log. `feed` every record in offset order; `newest` is the newest whole version so far.

    Versions whose manifest lies at one of the `refused` offsets are passed over: they are whole, and cannot be used.
    """

    def __init__(self, topic: str, refused: Collection[int] = ()) -> None:
        self.topic, self._refused = topic, refused
        self.newest: SideVersion | None = None
        self.unreadable = 0
        """Records that are neither part nor manifest, and manifests whose parts do not fit: counted, never in force."""
        self._open: dict[str, list[dict[str, Any]]] = {}

    def feed(self, offset: int, value: bytes | None) -> bool:
        """Takes one record; True when it completed a version."""
        try:
            record = _decoder.decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.unreadable += 1
            return False
        if isinstance(record, SidePart):
            self._open.setdefault(record.version, []).append(record.value)
            return False
        parts = self._open.pop(record.version, [])
        self._open.clear()  # whatever else was begun before a manifest was abandoned by its writer
        parts = parts[max(0, len(parts) - record.count) :]  # earlier ones of this version are of a writer that died and began anew
        if len(parts) != record.count or not _hash_to(parts, record.version):
            self.unreadable += 1
            return False
        if offset in self._refused:
            return False
        self.newest = SideVersion(self.topic, InForce(offset=offset, version=record.version), tuple(parts))
        return True


def _hash_to(parts: Sequence[dict[str, Any]], version: str) -> bool:
    try:
        return version_of(parts) == version
    except (RecursionError, TypeError, ValueError):  # a value that no writer of ours could have encoded
        return False


def shipped(topic: str, parts: Sequence[dict[str, Any]]) -> SideVersion:
    """A version that comes with the package and lies on no topic: offset -1."""
    return SideVersion(topic, InForce(offset=-1, version=version_of(parts)), tuple(parts))
