"""Keys of the judge's state. Order matters only for deadlines, which sort by time."""

from __future__ import annotations

DEADLINES = (b"t", b"u")
"""First key and end of all deadlines."""


def seller_key(seller_id: str) -> bytes:
    """`s` + seller_id."""
    return b"s" + seller_id.encode()


def listing_key(seller_id: str, listing_id: str) -> bytes:
    """`l` + two bytes length of seller_id + seller_id + listing_id: no two pairs share a key, a seller's listings lie together."""
    seller = seller_id.encode()
    return b"l" + len(seller).to_bytes(2, "big") + seller + listing_id.encode()


def split_listing_key(key: bytes) -> tuple[str, str]:
    """(seller_id, listing_id) of a listing key."""
    length = int.from_bytes(key[1:3], "big")
    return key[3 : 3 + length].decode(), key[3 + length :].decode()


def deadline_key(due_ms: int, key: bytes) -> bytes:
    """`t` + eight bytes big-endian milliseconds + the listing key: sorts by due time."""
    return b"t" + due_ms.to_bytes(8, "big") + key


def split_deadline_key(key: bytes) -> tuple[int, bytes]:
    """(due time in milliseconds, listing key) of a deadline key."""
    return int.from_bytes(key[1:9], "big"), key[9:]


def due_ms(key: bytes) -> int | None:
    """The due time a key stands for, None if it is no deadline."""
    return int.from_bytes(key[1:9], "big") if key[:1] == b"t" else None
