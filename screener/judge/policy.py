"""Signals to a ruling, by the rulebook. The only place where evidence becomes a decision."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import Scope, Signal
from screener.judge.rulebook import Rule, Rulebook
from screener.judge.scorecard import risk_of, score


class Ruling(Struct, frozen=True, kw_only=True):
    """What the evidence amounts to."""

    decision: Literal["allow", "hold", "block"]
    scope: Scope
    """What the hold or block covers; `revision` for allow."""
    risk: float
    """In [0, 1], six digits."""
    rules: tuple[str, ...]
    """Ids of the rules that matched, in the rulebook's order."""


BLOCKS_BY_SCORE: Final = "score"
"""Stands among a decision's rules where the score alone blocked: it has no rule of the rulebook to name."""

KINDS_TO_BLOCK: Final = 2
"""Kinds of evidence without which no score blocks: a model that is wrong about one kind costs nobody a listing."""


def rule_on(signals: tuple[Signal, ...], rulebook: Rulebook) -> Ruling:
    """The ruling on `signals`. The order of `signals` does not matter; of two with one name the stronger counts.

    A rule decides, or the score: at `hold_threshold` it holds, at `block_threshold` it blocks if there are two kinds of evidence, else it holds.
    Risk is the larger of the score's and the matched rules'.
    """
    if not signals:
        return _clean(rulebook.scorecard.intercept)
    strengths: dict[str, float] = {}
    for signal in signals:
        if signal.strength >= strengths.get(signal.name, 0.0):
            strengths[signal.name] = signal.strength
    scored = score(strengths, rulebook.scorecard)
    matched = _matched(strengths, rulebook)
    if not matched and scored.risk < rulebook.hold_threshold:
        return Ruling(decision="allow", scope="revision", risk=scored.risk, rules=())
    risk = max([scored.risk, *(rule.risk for rule in matched)])
    rules = tuple(rule.id for rule in matched)
    if any(rule.decision == "block" for rule in matched):
        return Ruling(decision="block", scope=_scope(matched, "block"), risk=risk, rules=rules)
    if rulebook.block_threshold is not None and scored.risk >= rulebook.block_threshold and scored.kinds >= KINDS_TO_BLOCK:
        return Ruling(decision="block", scope="revision", risk=risk, rules=(*rules, BLOCKS_BY_SCORE))
    return Ruling(decision="hold", scope=_scope(matched, "hold"), risk=risk, rules=rules)


@lru_cache(maxsize=8)  # most listings: one answer for each rulebook
def _clean(intercept: int) -> Ruling:
    return Ruling(decision="allow", scope="revision", risk=risk_of(intercept), rules=())


def _matched(strengths: dict[str, float], rulebook: Rulebook) -> list[Rule]:
    """The rules that hold, in the rulebook's order; only those that need a signal which is there are looked at."""
    numbers: set[int] = set()
    for name in strengths:
        numbers.update(rulebook.rules_by_signal.get(name, ()))
    return [rule for rule in (rulebook.rules[number] for number in sorted(numbers)) if _holds(rule, strengths)]


def _holds(rule: Rule, strengths: dict[str, float]) -> bool:
    for one in rule.all_of:  # loops, not generators: this is most of the ruling's time
        if strengths.get(one.signal, _ABSENT) < one.strength:
            return False
    for one in rule.none_of:
        if strengths.get(one.signal, _ABSENT) >= one.strength:
            return False
    met = 0
    for one in rule.any_of:
        met += strengths.get(one.signal, _ABSENT) >= one.strength
    return met >= rule.at_least


_ABSENT: Final = -1.0
"""Below every strength that a condition may ask for."""


def _scope(matched: list[Rule], decision: str) -> Scope:
    """The widest scope among the rules that lead to the decision."""
    return "listing" if any(rule.scope == "listing" and rule.decision == decision for rule in matched) else "revision"
