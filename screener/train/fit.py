"""Logistic regression with weights that cannot be negative (a sign of a counterfeit is never a sign of innocence) nor without end. Pure.

Minimises the negative log-likelihood + l2 / 2 * sum(weight²), the intercept free, by Newton's method (IRLS); each step's quadratic model is minimised
under 0 <= weight <= `WEIGHT_MAX` by coordinate descent (as glmnet does: Friedman, Hastie, Tibshirani 2010), halved until the true objective falls.
The problem is convex, so there is one answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

DEFAULT_L2: Final = 0.25
"""A prior standard deviation of two log-odds: without much evidence a signal multiplies the odds by no more than about fifty (two of them)."""

WEIGHT_MAX: Final = math.log(10_000)
"""Log-odds of a signal at full strength: no set of labels holds enough innocent listings to measure a sign that is rarer among them than that."""

_STEPS_MAX: Final = 100
_SWEEPS_MAX: Final = 1_000
_SETTLED: Final = 1e-9
"""Log-odds: a millionth of the thousandths that are kept."""

Features = tuple[tuple[int, float], ...]
"""(number of the weight, strength), strengths above 0."""


class Fitted(Struct, frozen=True):
    """Log-odds."""

    intercept: float
    weights: tuple[float, ...]


class Counted(Struct, frozen=True):
    """Rows that look alike."""

    features: Features
    offset: float
    """What weights that are not fitted add."""
    rows: int
    counterfeit: int


def counted(rows: Iterable[tuple[Features, float, bool]]) -> list[Counted]:
    """(features, offset, is counterfeit) with those alike counted once, in the order of their first."""
    groups: dict[tuple[Features, float], list[int]] = {}
    for features, offset, counterfeit in rows:
        group = groups.setdefault((features, offset), [0, 0])
        group[0] += 1
        group[1] += counterfeit
    return [Counted(features, offset, total, positive) for (features, offset), (total, positive) in groups.items()]


def fit(rows: Sequence[Counted], weights: int, l2: float) -> Fitted:
    """The intercept and that many weights. `rows` must hold both labels, `l2` must be above 0 (else a signal that never errs weighs without end)."""
    total, positive = sum(one.rows for one in rows), sum(one.counterfeit for one in rows)
    at = [math.log(positive / (total - positive)), *([0.0] * weights)]
    value = _objective(rows, at, l2)
    for _ in range(_STEPS_MAX):
        step = _newton_step(*_slopes(rows, at, l2), at)
        scale = 1.0
        while (nearer := _objective(rows, moved := [one + scale * by for one, by in zip(at, step, strict=True)], l2)) > value and scale > _SETTLED:
            scale /= 2
        settled = max(abs(scale * by) for by in step) < _SETTLED
        if nearer <= value:
            at, value = moved, nearer
        if settled or nearer > value:
            break
    return Fitted(at[0], tuple(min(max(0.0, one), WEIGHT_MAX) for one in at[1:]))


def _log_odds(row: Counted, at: Sequence[float]) -> float:
    return at[0] + row.offset + sum(at[number + 1] * strength for number, strength in row.features)


def _objective(rows: Sequence[Counted], at: Sequence[float], l2: float) -> float:
    lost = [l2 / 2 * sum(one * one for one in at[1:])]
    for row in rows:
        odds = _log_odds(row, at)
        softplus = max(odds, 0.0) + math.log1p(math.exp(-abs(odds)))
        lost.append(row.rows * softplus - row.counterfeit * odds)
    return math.fsum(lost)


def _slopes(rows: Sequence[Counted], at: Sequence[float], l2: float) -> tuple[list[float], list[list[float]]]:
    """The objective's gradient and its matrix of second derivatives."""
    size = len(at)
    gradient = [0.0, *(l2 * one for one in at[1:])]
    curved = [[l2 if row == column and row else 0.0 for column in range(size)] for row in range(size)]
    for row in rows:
        risk = 1 / (1 + math.exp(-max(-500.0, min(500.0, _log_odds(row, at)))))
        error, spread = row.rows * risk - row.counterfeit, row.rows * risk * (1 - risk)
        parts = [(0, 1.0), *((number + 1, strength) for number, strength in row.features)]
        for first, one in parts:
            gradient[first] += error * one
            for second, other in parts:
                curved[first][second] += spread * one * other
    return gradient, curved


def _newton_step(gradient: Sequence[float], curved: Sequence[Sequence[float]], at: Sequence[float]) -> list[float]:
    """What minimises the quadratic model while every weight stays within its bounds."""
    step = [0.0] * len(at)
    for _ in range(_SWEEPS_MAX):
        largest = 0.0
        for number, row in enumerate(curved):
            slope = gradient[number] + sum(one * by for one, by in zip(row, step, strict=True))
            wanted = step[number] - slope / max(row[number], 1e-12)
            if number:
                wanted = min(max(wanted, -at[number]), WEIGHT_MAX - at[number])
            largest, step[number] = max(largest, abs(wanted - step[number])), wanted
        if largest < _SETTLED:
            break
    return step


def features_of(strengths: Mapping[str, float], numbers: Mapping[str, int], fixed: Mapping[str, float]) -> tuple[Features, float]:
    """A listing's features by the numbers of the fitted signals, and the offset that the fixed weights add."""
    features = tuple(sorted((numbers[name], strength) for name, strength in strengths.items() if name in numbers and strength > 0))
    return features, math.fsum(fixed.get(name, 0.0) * strength for name, strength in strengths.items())
