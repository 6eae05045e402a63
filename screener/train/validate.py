"""Is the risk to be believed? Reliability on listings whose sellers or sources the weights have not seen, and thresholds from budgets. Pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

FOLDS: Final = 5
"""Parts of the sellers; each is predicted by weights fitted to the other four."""

EDGES: Final = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 1.0)
"""Bins of the reliability curve, finer at both ends: that is where thresholds lie and where most listings are."""

HOLD_LEAST: Final = 0.5
"""No budget lowers the threshold for a hold below "more likely counterfeit than not"."""

BLOCK_LEAST: Final = 0.95
"""Nor that for a block below one error in twenty."""

MOST: Final = 0.999
"""A threshold above is out of reach of what six digits and a fit can tell."""

_STEP: Final = 1_000
"""Thresholds have three digits."""


class Bin(Struct, frozen=True, kw_only=True):
    """Listings whose predicted risk lies in [low, high), the last one's end included."""

    low: float
    high: float
    listings: int
    predicted: float
    """Mean risk."""
    observed: float
    """Share of counterfeits."""


class Reliability(Struct, frozen=True, kw_only=True):
    """Predicted against observed."""

    bins: tuple[Bin, ...]
    ece: float
    """Expected calibration error: the mean distance of predicted and observed over the bins, by listings (Naeini et al. 2015)."""
    brier: float
    """Mean squared error of the risk (Brier 1950)."""
    brier_of_base_rate: float
    """The same for always predicting the share of counterfeits."""


def fold_of(seller_id: str, seed: int) -> int:
    """The fold of a seller: the same for all his listings, in every source."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{seller_id}".encode()).digest()[:8], "big") % FOLDS


def reliability(predicted: Sequence[tuple[float, bool]]) -> Reliability:
    """Of (risk, is counterfeit), at least one."""
    total = len(predicted)
    bins: list[Bin] = []
    for low, high in pairwise(EDGES):
        inside = [one for one in predicted if low <= one[0] < high or (high == EDGES[-1] and one[0] == high)]
        if inside:
            mean, share = math.fsum(risk for risk, _ in inside) / len(inside), sum(label for _, label in inside) / len(inside)
            bins.append(Bin(low=low, high=high, listings=len(inside), predicted=round(mean, 6), observed=round(share, 6)))
    base = sum(label for _, label in predicted) / total
    return Reliability(
        bins=tuple(bins),
        ece=round(math.fsum(one.listings * abs(one.predicted - one.observed) for one in bins) / total, 6),
        brier=round(math.fsum((risk - label) ** 2 for risk, label in predicted) / total, 6),
        brier_of_base_rate=round(base * (1 - base), 6),
    )


def allowed(genuine: int, per_10000: float) -> int:
    """False alarms that a budget leaves among so many genuine listings."""
    return math.floor(genuine * per_10000 / 10_000)


def threshold(risks: Sequence[float], alarms: int, least: float) -> float:
    """The lowest threshold (three digits, at least `least`) that at most `alarms` of the `risks` of genuine listings reach."""
    ordered = sorted(risks, reverse=True)
    if alarms >= len(ordered):
        return least
    above = (math.floor(round(ordered[max(0, alarms)] * 1_000_000) * _STEP / 1_000_000) + 1) / _STEP
    return min(MOST, max(least, above))
