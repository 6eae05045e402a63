"""Photos by their perceptual hash: which known photo is nearly this one. Multi-index Hamming search over 256-bit PDQ hashes.

A hash is sixteen pieces of sixteen bits. Of two hashes that differ in at most 31 bits one piece differs in at most one bit (31 < 2 * 16), so looking
up every piece and its sixteen neighbours finds every such pair (Norouzi, Punjani and Fleet 2012, "Fast search in Hamming space with multi-index
hashing").
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

MAX_DISTANCE: Final = 31
"""Bits of 256 up to which two photos are one: the threshold that PDQ's authors publish (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm", 2019)."""

_BITS, _PIECES, _PIECE_BITS = 256, 16, 16
_VALUES: Final = 1 << _PIECE_BITS
_MASK: Final = _VALUES - 1
_FLIPS: Final = (0, *(1 << bit for bit in range(_PIECE_BITS)))

_MIN_ONES: Final = 64
"""Bits set, and bits not set, that a hash must have: a median splits a real photo's in halves, an empty picture's hash is near to every other."""


def is_telling(pdq: int) -> bool:
    """Whether a hash is of a photo with something on it."""
    return _MIN_ONES <= pdq.bit_count() <= _BITS - _MIN_ONES


class PhotoIndex:
    """Known hashes; immutable. An answer is the number of a hash in the order given."""

    __slots__ = ("_hashes", "_numbers", "_starts")

    def __init__(self, hashes: Sequence[int]) -> None:
        self._hashes = tuple(hashes)
        self._starts: list[array[int]] = []
        self._numbers: list[array[int]] = []
        for piece in range(_PIECES if hashes else 0):
            values = [one >> piece * _PIECE_BITS & _MASK for one in self._hashes]
            numbers = sorted(range(len(values)), key=values.__getitem__)
            counts = [0] * (_VALUES + 1)
            for value in values:
                counts[value + 1] += 1
            self._starts.append(array("L", accumulate(counts)))
            self._numbers.append(array("L", numbers))

    def __len__(self) -> int:
        return len(self._hashes)

    def nearest(self, pdq: int) -> tuple[int, int] | None:
        """(number, distance in bits) of the nearest known hash, the first of equals; None beyond `MAX_DISTANCE`."""
        best: tuple[int, int] | None = None
        for piece, (starts, numbers) in enumerate(zip(self._starts, self._numbers, strict=True)):
            value = pdq >> piece * _PIECE_BITS & _MASK
            for flip in _FLIPS:
                at = value ^ flip
                for place in range(starts[at], starts[at + 1]):
                    number = numbers[place]
                    distance = (self._hashes[number] ^ pdq).bit_count()
                    if distance <= MAX_DISTANCE and (best is None or (distance, number) < (best[1], best[0])):
                        best = number, distance
        return best
