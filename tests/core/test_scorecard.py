"""Goal: the score is exact: the formula's value in six digits, the same in any order and on any Python build, and kinds are counted as said.

Method: a table worked out by hand, properties against the formula in floating point, the pure Python `decimal` beside the C one.
Blind spot: whether the weights are right; `screener train` measures that.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from decimal import Decimal
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.judge import scorecard
from screener.judge.scorecard import LIMIT, MAX_WEIGHT, OLDER_INTERCEPT, Scorecard, from_chance, risk_of, score

NAMES = ("one", "two", "three", "four")
CARD = Scorecard(
    intercept=-4_000,
    weights={"one": 2_000, "two": 3_000, "three": 1_500, "four": 693},
    kinds={"one": "text", "two": "text", "three": "price", "four": "contact"},
    caps={"text": 4_000},
)

_STRENGTHS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000))


@pytest.mark.parametrize(
    ("strengths", "log_odds", "kinds"),
    [
        ({}, -4.0, 0),
        ({"unknown": 1.0}, -4.0, 0),
        ({"one": 1.0}, -2.0, 1),
        ({"one": 0.25}, -3.5, 0),  # less than doubles the odds
        ({"one": 1.0, "two": 1.0}, 0.0, 1),  # capped, and one kind
        ({"one": 1.0, "three": 1.0}, -0.5, 2),
        ({"three": 1.0, "four": 1.0}, -1.807, 2),
        ({"three": 1.0, "four": 0.99}, -1.814, 1),
    ],
)
def test_weights_add_up_and_kinds_are_counted(strengths: dict[str, float], log_odds: float, kinds: int) -> None:
    scored = score(strengths, CARD)
    assert scored.risk == round(1 / (1 + math.exp(-log_odds)), 6)
    assert scored.kinds == kinds


def test_a_signal_without_a_kind_weighs_and_is_no_evidence_of_its_own() -> None:
    card = Scorecard(intercept=-4_000, weights={"one": 4_000}, kinds={}, caps={})
    assert score({"one": 1.0}, card) == scorecard.Scored(0.5, 0)


@given(_STRENGTHS)
def test_the_order_does_not_matter(strengths: dict[str, float]) -> None:
    assert score(dict(reversed(strengths.items())), CARD) == score(strengths, CARD)


@given(st.integers(-2 * LIMIT, 2 * LIMIT))
def test_the_risk_is_the_logistic_function_in_six_digits(log_odds: int) -> None:
    risk = risk_of(log_odds)
    assert risk == round(risk, 6)
    assert risk == pytest.approx(1 / (1 + math.exp(-log_odds / 1_000)), abs=5.1e-7)
    assert risk <= risk_of(log_odds + 1)


def test_the_pure_python_decimal_gives_the_same_risks(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = [risk_of(log_odds) for log_odds in range(-LIMIT, LIMIT + 1, 37)]
    pure = _with_pure_decimal(monkeypatch)
    assert [pure.risk_of(log_odds) for log_odds in range(-LIMIT, LIMIT + 1, 37)] == compiled
    assert [pure.from_chance(hundredths / 100) for hundredths in range(101)] == [from_chance(hundredths / 100) for hundredths in range(101)]


def _with_pure_decimal(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is on a Python without the C library."""
    monkeypatch.setitem(sys.modules, "decimal", importlib.import_module("_pydecimal"))
    spec = importlib.util.find_spec("screener.judge.scorecard")
    assert spec is not None
    assert spec.loader is not None
    pure = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "screener.judge.scorecard", pure)
    spec.loader.exec_module(pure)
    assert pure.Decimal is not Decimal
    return pure


@given(st.lists(st.integers(0, 99), min_size=1, max_size=6), st.integers(5, 95))
def test_converted_weights_hold_where_the_chances_held(hundredths: list[int], hold_at: int) -> None:
    """Signals at full strength, the threshold missed or reached by more than rounding."""
    hold = hold_at / 100
    chances = [one / 100 for one in hundredths]
    joined = 1 - math.prod(1 - chance for chance in chances)
    risk = risk_of(OLDER_INTERCEPT + sum(from_chance(chance, hold) for chance in chances))
    if joined > hold + 0.005:
        assert risk >= hold
    if joined < hold - 0.005:
        assert risk < hold


def test_the_ends_of_the_conversion() -> None:
    assert from_chance(0.0) == 0
    assert from_chance(0.5) == -OLDER_INTERCEPT
    assert from_chance(1.0) == MAX_WEIGHT
