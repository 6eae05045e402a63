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
_WIDTH: Final = array("I").itemsize
_FLIPS: Final = (0, *(1 << bit for bit in range(_PIECE_BITS)))

_MIN_ONES: Final = 64
"""Bits set, and bits not set, that a hash must have: a median splits a real photo's in halves, an empty picture's hash is near to every other."""


def is_telling(pdq: int) -> bool:
    """Whether a hash is of a photo with something on it."""
    return _MIN_ONES <= pdq.bit_count() <= _BITS - _MIN_ONES


class PhotoIndex:
    """Known hashes; immutable. An answer is the number of a hash in the order given.

    The neighbours are looked up when the index is built, not when it is asked: a photo costs sixteen look-ups and what stands there, for 272 numbers
    of four bytes a known hash.
    """

    __slots__ = ("_hashes", "_numbers", "_starts")

    def __init__(self, hashes: Sequence[int]) -> None:
        self._hashes = tuple(hashes)
        tables = [_near(self._hashes, piece * _PIECE_BITS) for piece in range(_PIECES if hashes else 0)]
        self._starts = tuple(starts for starts, _ in tables)
        self._numbers = tuple(numbers for _, numbers in tables)

    def __len__(self) -> int:
        return len(self._hashes)

    def nearest(self, pdq: int) -> tuple[int, int] | None:
        """(number, distance in bits) of the nearest known hash, the first of equals; None beyond `MAX_DISTANCE`."""
        best: tuple[int, int] | None = None
        hashes, rest = self._hashes, pdq
        for starts, numbers in zip(self._starts, self._numbers, strict=True):
            value = rest & _MASK
            rest >>= _PIECE_BITS
            for number in numbers[starts[value] : starts[value + 1]]:
                distance = (hashes[number] ^ pdq).bit_count()
                if distance <= MAX_DISTANCE and (best is None or (distance, number) < (best[1], best[0])):
                    best = number, distance
        return best


def _near(hashes: Sequence[int], shift: int) -> tuple[array[int], array[int]]:
    """For each value of the piece at `shift`, the numbers of the hashes whose piece is at most one bit away: where they start, and they."""
    exact: dict[int, array[int]] = {}
    for number, one in enumerate(hashes):
        exact.setdefault(one >> shift & _MASK, array("I")).append(number)
    packed = {value: numbers.tobytes() for value, numbers in exact.items()}
    counts, parts = array("I", bytes(_WIDTH * (_VALUES + 1))), []
    for value in sorted({value ^ flip for value in packed for flip in _FLIPS}):
        part = b"".join([packed[other] for flip in _FLIPS if (other := value ^ flip) in packed])
        counts[value + 1] = len(part) // _WIDTH
        parts.append(part)
    return array("I", accumulate(counts)), array("I", b"".join(parts))
