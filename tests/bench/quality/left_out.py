"""Recall of a family that nobody had seen when the weights were fixed.

A scorecard (additive weights, logistic) over the strengths of the judge's signals is fitted on the development titles and on every family but one,
then the threshold is set on the titles and the family is looked at. The scorecard here is the benchmark's own, small and plain, so that the figure
exists with any rulebook; it tells what the *signals* are worth for a trick that is new, not what the shipped weights are. A signal that no other
family causes has, as the prior of who wrote its detector, the median of the fitted weights, fixed before the family is seen. Word lists and detectors
are those of the repository: whoever wrote them may have had the family in mind, which only the held-out author's attacks can rule out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from tests.bench.quality.judging import Judged, threshold_for

_STEPS: Final = 200
_RATE: Final = 4.0
"""Steps and rate of plain gradient descent; the loss is convex, and twice the steps moves no recall by a point."""
_SHRINK: Final = 1e-3
"""Ridge penalty: keeps weights finite for signals that no honest title has."""

Vector = tuple[tuple[str, float], ...]


def _vector(judged: Judged) -> Vector:
    """Signals and strengths to two digits, sorted: most listings then share few vectors."""
    return tuple(sorted((name, round(strength, 2)) for name, strength in judged.signals))


def fitted(innocent: Mapping[Vector, float], attacked: Mapping[Vector, float]) -> dict[str, float]:
    """Weight of each signal, never below zero (evidence speaks for a copy or not at all), and "" for the constant.

    Both sides count alike, however many listings they have.
    """
    rows = [(vector, 0.0, count / (2 * sum(innocent.values()))) for vector, count in innocent.items()]
    rows += [(vector, 1.0, count / (2 * sum(attacked.values()))) for vector, count in attacked.items()]
    weights = dict.fromkeys(("", *sorted({name for vector, _, _ in rows for name, _ in vector})), 0.0)
    for _ in range(_STEPS):
        slope = {name: _SHRINK * weight for name, weight in weights.items()}
        for vector, label, share in rows:
            error = share * (1 / (1 + math.exp(-points(weights, vector))) - label)
            slope[""] += error
            for name, strength in vector:
                slope[name] += error * strength
        weights = {name: weight - _RATE * slope[name] if not name else max(0.0, weight - _RATE * slope[name]) for name, weight in weights.items()}
    return weights


def points(weights: Mapping[str, float], vector: Vector, unseen: float = 0.0) -> float:
    """What the scorecard gives a listing; `unseen` is the weight of a signal that it was not fitted on."""
    return weights[""] + sum(weights.get(name, unseen) * strength for name, strength in vector)


def left_out(genuine: Sequence[Judged], families: Mapping[str, Sequence[Judged]], alarms_per_10_000: float) -> dict[str, float]:
    """Recall of each family at the budget, by a scorecard that never saw it. Empty without genuine titles or with one family only."""
    if not genuine or len(families) < 2:
        return {}
    innocent = Counter(map(_vector, genuine))
    vectors = {family: [_vector(one) for one in judged] for family, judged in families.items()}
    told: dict[str, float] = {}
    for family, own in vectors.items():
        others = Counter(vector for other, all_of in vectors.items() if other != family for vector in all_of)
        weights = fitted(innocent, others)
        risks = [points(weights, vector) for vector, count in innocent.items() for _ in range(count)]
        threshold = max(threshold_for(risks, alarms_per_10_000), weights[""] + 1e-6)  # a listing without any signal is never one
        unseen = median([weight for name, weight in weights.items() if name and weight > 0] or [0.0])
        told[family] = round(sum(points(weights, vector, unseen) >= threshold for vector in own) / len(own), 4)
    return told
