"""Values to bytes and back: the one place that knows the encodings.

Canonical JSON (sorted keys, no spaces, UTF-8, no trailing newline) is what leaves the screener, so that equal values are equal bytes; msgpack is
what stays inside RocksDB and the changelog.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import orjson


def canonical(value: Any) -> bytes:
    """Encode a contract value (or builtins, which may hold `orjson.Fragment`) as canonical JSON."""
    return orjson.dumps(msgspec.to_builtins(value, builtin_types=(orjson.Fragment,)), option=orjson.OPT_SORT_KEYS)


def sha256_hex(*parts: bytes) -> str:
    """SHA-256 over length-prefixed parts, in hex: no two different lists of parts share the bytes that are hashed."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()
