"""Short stable fingerprints of a title: one that stays when the title is dressed up anew, and one that tells how alike two titles are."""

from __future__ import annotations

import hashlib
import re
import zlib
from array import array
from itertools import pairwise
from sys import byteorder
from typing import Final

from screener.judge.views import Views

MAX_TOKENS: Final = 64
"""Token fingerprints kept of a title: twice what an ordinary title has, 128 bytes of state."""

_TOKEN: Final = re.compile(r"[0-9a-z\u00c0-\u052f]+|[^\W_0-9a-z\u00c0-\u052f]+")


def title_fingerprint(views: Views) -> bytes:
    """Eight bytes of the squeezed title: the same for titles that differ in case, width, separators, look-alikes or Han variants only."""
    return hashlib.blake2b(views.squeezed.encode(), digest_size=8).digest()


def title_tokens(views: Views) -> bytes:
    """Two-byte fingerprints of words (alphabets) and pairs of characters (Han and other scripts without spaces), sorted, at most `MAX_TOKENS`.

    Of a longer title the smallest fingerprints stay: a fair sample, so that two long titles remain comparable.
    """
    tokens: set[int] = set()
    crc = zlib.crc32
    for piece in _TOKEN.findall(views.plain):
        if piece[0] < "\u0530" or len(piece) == 1:
            tokens.add(crc(piece.encode()) & 0xFFFF)
        else:
            tokens.update([crc((one + other).encode()) & 0xFFFF for one, other in pairwise(piece)])
    packed = array("H", sorted(tokens)[:MAX_TOKENS])
    if byteorder == "little":
        packed.byteswap()  # big-endian bytes sort as the numbers do, and are the same on every machine
    return packed.tobytes()


def token_overlap(a: bytes, b: bytes) -> float:
    """How much of the smaller of two token lists the larger shares, in [0, 1], six digits. Two empty lists are alike, one empty list is not."""
    if not a or not b:
        return 1.0 if a == b else 0.0
    one, other = _split(a), _split(b)
    return round(len(one & other) / min(len(one), len(other)), 6)


def _split(tokens: bytes) -> frozenset[bytes]:
    return frozenset(tokens[at : at + 2] for at in range(0, len(tokens), 2))
