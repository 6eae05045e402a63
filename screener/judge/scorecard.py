"""The scorecard: what every sign adds to the log-odds that a listing is counterfeit, and the risk that the sum stands for.

    risk = 1 / (1 + exp(-(intercept + sum(weight * strength))))

A weight w multiplies the odds by exp(w) at full strength. Replay must agree bit for bit on every Python build, so no float is summed and no C
library's `exp` is asked (they differ in the last bit): weights are thousandths, strengths millionths, the sum an exact integer in any order; it is
rounded to thousandths, and `decimal` does the rest: its `exp`, `ln` and division are correctly rounded by specification, in C as in pure Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

Kind = Literal["text", "disguise", "price", "contact", "history", "goods", "picture"]
"""Kinds of evidence. Signals of one kind are not independent: together they count as one when two kinds are asked for."""

THOUSAND: Final = 1_000
"""Weights count in thousandths of log-odds: finer than any fit is sure of (one changes the odds by a thousandth)."""
_MICRO: Final = 1_000_000
_HALF: Final = _MICRO // 2

LIMIT: Final = 16 * THOUSAND
"""Log-odds beyond it are 0 or 1 in six digits."""

COUNTS_FROM: Final = 693
"""Thousandths that a kind must add before it counts as a kind of evidence: ln 2, it at least doubles the odds."""

_COUNTS_FROM_EXACT: Final = COUNTS_FROM * _MICRO

_EXACT: Final = Context(prec=24, rounding=ROUND_HALF_EVEN)
_SIX_DIGITS: Final = Decimal("0.000001")


class Scorecard(Struct, frozen=True, kw_only=True):
    """Log-odds in thousandths."""

    intercept: int
    """Of a listing without any sign."""
    weights: Mapping[str, int]
    """By signal; one that is not named weighs nothing."""
    kinds: Mapping[str, Kind]
    """By signal; one that is not named weighs, and is no kind of evidence."""
    caps: Mapping[Kind, int]
    """The most that the signals of a kind add together."""


class Scored(Struct, frozen=True):
    """What a scorecard says of a listing."""

    risk: float
    """In [0, 1], six digits."""
    kinds: int
    """How many kinds of evidence there are."""


def score(strengths: Mapping[str, float], card: Scorecard) -> Scored:
    """The risk of a listing whose signals have these strengths (0 to 1, six digits), in any order."""
    weights, kind_of = card.weights, card.kinds
    total = 0
    by_kind: dict[Kind, int] = {}
    for name, strength in strengths.items():
        if weight := weights.get(name):
            added = weight * int(strength * _MICRO + 0.5)
            if kind := kind_of.get(name):
                by_kind[kind] = by_kind.get(kind, 0) + added
            else:
                total += added
    kinds = 0
    for kind, added in by_kind.items():
        if kind in card.caps:
            added = min(added, card.caps[kind] * _MICRO)
        total += added
        kinds += added >= _COUNTS_FROM_EXACT
    return Scored(risk_of(card.intercept + (total + _HALF) // _MICRO), kinds)


def risk_of(log_odds: int) -> float:
    """The probability, six digits, that thousandths of log-odds stand for."""
    return _risk_of(log_odds if -LIMIT < log_odds < LIMIT else LIMIT if log_odds > 0 else -LIMIT)


@lru_cache(maxsize=2 * LIMIT + 1)  # a pure function of 32,001 whole numbers: each is worked out once
def _risk_of(log_odds: int) -> float:
    against = _EXACT.exp(_EXACT.divide(Decimal(-log_odds), Decimal(THOUSAND)))
    return float(_EXACT.quantize(_EXACT.divide(Decimal(1), _EXACT.add(Decimal(1), against)), _SIX_DIGITS))


OLDER_INTERCEPT: Final = -6 * THOUSAND
"""Log-odds of a listing without signs (one in four hundred) that a rulebook from before the scorecard is given: it had no such figure."""

MAX_WEIGHT: Final = 20 * THOUSAND
"""More than from one end of the scale to the other's middle: nothing needs a larger one."""

_CHANCE_MAX: Final = Decimal("0.99")
_CHANCE_MIN: Final = Decimal("0.01")


def from_chance(chance: float, hold: float = 0.5, intercept: int = OLDER_INTERCEPT) -> int:
    """The weight, in thousandths, that an older rulebook's `weight` (a chance, 0 to 1, joined as noisy-or) becomes under `intercept`.

    Signals at full strength reach the threshold `hold` together exactly where their noisy-or did: -ln(1 - chance) adds up there as log-odds do here,
    so it is only scaled.
    """
    hold = max(0.01, hold)  # a log from one below would be no threshold any more
    reach = _EXACT.subtract(_log_odds(hold), _EXACT.divide(Decimal(intercept), Decimal(THOUSAND)))
    weight = _EXACT.multiply(reach, _EXACT.divide(_depth(chance), _depth(hold)))
    return max(0, min(MAX_WEIGHT, int(_EXACT.quantize(_EXACT.multiply(weight, Decimal(THOUSAND)), Decimal(1)))))


def _depth(chance: float) -> Decimal:
    """-ln(1 - chance); 0 for 0."""
    return _EXACT.minus(_EXACT.ln(_EXACT.subtract(Decimal(1), min(_CHANCE_MAX, Decimal(repr(chance))))))


def _log_odds(chance: float) -> Decimal:
    inside = min(_CHANCE_MAX, max(_CHANCE_MIN, Decimal(repr(chance))))
    return _EXACT.ln(_EXACT.divide(inside, _EXACT.subtract(Decimal(1), inside)))
