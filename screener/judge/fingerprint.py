"""Short stable fingerprints of a title: one that stays when the title is dressed up anew, and one that tells how alike two titles are."""

from __future__ import annotations

import hashlib
import re
from operator import add
from struct import pack, unpack
from typing import Final
from zlib import crc32

from screener.judge.views import Views

MAX_TITLE_CHARACTERS: Final = 120
"""Characters of a title kept for comparison: four of five ordinary titles are shorter than half of it, and state stays bounded."""

SKETCH: Final = 16
"""Tokens of a title in its sketch: an ordinary title has thirty, and the estimate is off by an eighth at most twice in three times."""

TEXT_SKETCH: Final = 32
"""The same of a whole text, which has a hundred and more."""
MAX_DESCRIPTION_CHARACTERS: Final = 1_000
"""Of a description that count: what follows is shipping and returns, and the same at every shop."""

_TOKEN: Final = re.compile(r"[0-9a-z\u00c0-\u052f]+|[^\W_0-9a-z\u00c0-\u052f]+")


def title_fingerprint(views: Views) -> bytes:
    """Eight bytes of the squeezed title: the same for titles that differ in case, width, separators, look-alikes or Han variants only."""
    return hashlib.blake2b(views.squeezed.encode(), digest_size=8).digest()


def comparable_title(views: Views) -> str:
    """The start of the plain title: what `title_overlap` compares. Kept as text, because most titles are never compared with another."""
    return views.plain[:MAX_TITLE_CHARACTERS]


def title_overlap(one: str, other: str) -> float:
    """How much of the smaller of two titles the larger shares, in [0, 1], six digits: by words (alphabets) and pairs of characters (Han and other
    scripts without spaces). A title without any of these is like none but itself.
    """
    if one == other:
        return 1.0
    a, b = _tokens(one), _tokens(other)
    return round(len(a & b) / min(len(a), len(b)), 6) if a and b else 0.0


def title_sketch(comparable: str) -> bytes:
    """`SKETCH` smallest hashes (four bytes each, big-endian, ascending) of a title's words and pairs of characters: of it `sketch_likeness` tells
    how alike two titles are, in whatever order their words stand (Broder 1997, bottom-k sketches).
    """
    return _sketch(_tokens(comparable), SKETCH)


def text_sketch(title: str, description: str) -> bytes:
    """The same of title and description (plain views) together, with `TEXT_SKETCH` hashes."""
    return _sketch(_tokens(f"{title} {description[:MAX_DESCRIPTION_CHARACTERS]}"), TEXT_SKETCH)


def _sketch(tokens: frozenset[str], size: int) -> bytes:
    hashes = sorted(map(crc32, map(str.encode, tokens)))[:size]
    return pack(f">{len(hashes)}I", *hashes)


def sketch_likeness(one: bytes, other: bytes) -> float:
    """Estimate of the share of tokens that two sketched titles have in common (Jaccard), in [0, 1], six digits."""
    a, b = frozenset(hashes_of(one)), frozenset(hashes_of(other))
    lowest = sorted(a | b)[: max(len(a), len(b))]
    return round(len((a & b).intersection(lowest)) / len(lowest), 6) if lowest else 0.0


def hashes_of(sketch: bytes) -> tuple[int, ...]:
    """The hashes of a sketch, ascending."""
    return unpack(f">{len(sketch) // 4}I", sketch)


def _tokens(title: str) -> frozenset[str]:
    tokens: list[str] = []
    for piece in _TOKEN.findall(title):
        if piece[0] < "\u0530" or len(piece) == 1:
            tokens.append(piece)
        else:
            tokens.extend(map(add, piece, piece[1:]))
    return frozenset(tokens)  # only ever counted, never iterated
