"""What the judge remembers of a seller: one bounded value under the key `s` + seller_id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.processor import NewerFormatError

SELLER_FORMAT = 1
"""Version of the stored value; a value of a newer format stops the worker rather than being guessed at."""

MICRO = 1_000_000
"""One strike or complaint in a decayed counter. Counters are integers so that they decay alike on every machine."""

STRIKE_HALF_LIFE_MS = 30 * 86_400_000
"""Thirty days: a counterfeiter's account rarely lives longer, an honest seller's one mistake should not follow for years."""

BRANDED_HALF_LIFE_MS = 3_600_000
"""One hour: what tells a flood of listings from a day's work."""

MAX_BRANDED = 4
"""Brands remembered of the last new listings: enough to tell a shop of one brand from a shop of all."""

MAX_FINGERPRINTS = 32
"""Fingerprints of held or blocked titles kept per seller; the oldest is forgotten first."""

MAX_SKETCHES = 16
"""Of 64 bytes each: one kilobyte for a seller who was stopped often."""

_FRACTIONS = 64
# HALVING[i] = round(2**(-i/64) * 2**30): a table, because pow() differs between C libraries in the last bit.
_HALVING = tuple(round(2 ** (-step / _FRACTIONS) * (1 << 30)) for step in range(_FRACTIONS))


class Decayed(Struct, frozen=True, array_like=True, gc=False):
    """A counter that halves every `half_life`: `micro` millionths as of `at_ms`."""

    micro: int = 0
    at_ms: int = 0

    def at(self, now_ms: int, half_life_ms: int) -> int:
        """Millionths left at `now_ms`; time before `at_ms` counts as no time. Integer arithmetic only."""
        elapsed = max(0, now_ms - self.at_ms)
        halvings, rest = divmod(elapsed, half_life_ms)
        if halvings > 40:  # less than a millionth of any counter is left
            return 0
        return (self.micro * _HALVING[rest * _FRACTIONS // half_life_ms] >> 30) >> halvings

    def add(self, micro: int, now_ms: int, half_life_ms: int) -> Decayed:
        """The counter with `micro` millionths more, as of the later of its own time and `now_ms`."""
        return Decayed(micro=self.at(now_ms, half_life_ms) + micro, at_ms=max(now_ms, self.at_ms))


class SellerState(Struct, frozen=True, gc=False, array_like=True, kw_only=True):
    """A seller's memory. Times are claimed times and never go back."""

    format: int = SELLER_FORMAT
    first_ms: int = 0
    last_ms: int = 0
    published: int = 0
    edited: int = 0
    removed: int = 0
    allowed: int = 0
    held: int = 0
    blocked: int = 0
    released: int = 0
    sold: int = 0
    refunded: int = 0
    disputed: int = 0
    complaints: int = 0
    rings: int = 0
    strikes: Decayed = Decayed()
    """Millionths: one per block, half its risk per hold that its seller edited away or removed; nothing for what was decided in shadow."""
    fingerprints: tuple[bytes, ...] = ()
    """Eight-byte fingerprints of titles that were held or blocked, newest last; removal of the listing does not forget them."""
    sketches: tuple[bytes, ...] = ()
    """Sketches of the same titles (`fingerprint.title_sketch`), the last `MAX_SKETCHES`: a title in another order is still the title."""
    branded: Decayed = Decayed()
    """Millionths: one per new listing that names a protected brand whose owner did not authorise the seller."""
    branded_last: tuple[str, ...] = ()
    """The brands of the last of them, without doubles, at most `MAX_BRANDED`, newest last."""


_decode = msgspec.msgpack.Decoder(SellerState).decode
encode_seller = msgspec.msgpack.Encoder().encode


def decode_seller(value: bytes | None) -> SellerState | None:
    """The stored value, None if there is none. Raises `NewerFormatError`."""
    return None if value is None else decode_state(_decode, value, "seller", SELLER_FORMAT)


class _Head(Struct, frozen=True, array_like=True, gc=False):
    """What every stored value of every release begins with."""

    format: int


_decode_head = msgspec.msgpack.Decoder(_Head).decode


class _Formatted(Protocol):
    @property
    def format(self) -> int: ...


_State = TypeVar("_State", bound=_Formatted)


def decode_state(decode: Callable[[bytes], _State], value: bytes, what: str, known: int) -> _State:
    """A stored value. Raises `NewerFormatError` for a format above `known`, also where that format has other fields."""
    try:
        state = decode(value)
    except msgspec.ValidationError:
        written = _decode_head(value).format
        if written <= known:
            raise
    else:
        written = state.format
        if written <= known:
            return state
    raise NewerFormatError(f"{what} state has format {written}, this release reads {known}: start the newer release")


def remember(known: tuple[bytes, ...], one: bytes, most: int) -> tuple[bytes, ...]:
    """The ring with one more, without doubles, at most `most`, newest last."""
    return (*(other for other in known if other != one), one)[-most:]


def remember_brands(seller: SellerState, brands: Sequence[str], now_ms: int) -> SellerState:
    """The seller after a new listing that names protected brands (ids) whose owners did not authorise him; the same if it names none."""
    if not brands:
        return seller
    last = (*(one for one in seller.branded_last if one not in brands), *brands)[-MAX_BRANDED:]
    return replace(seller, branded=seller.branded.add(MICRO, now_ms, BRANDED_HALF_LIFE_MS), branded_last=last)
