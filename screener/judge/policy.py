"""Signals to a ruling, by the rulebook. The only place where evidence becomes a decision."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from screener.contracts import Scope, Signal
from screener.judge.rulebook import Condition, Rule, Rulebook
from screener.judge.scorecard import score


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
    strengths: dict[str, float] = {}
    for signal in signals:
        strengths[signal.name] = max(signal.strength, strengths.get(signal.name, 0.0))
    scored = score(strengths, rulebook.scorecard)
    matched = _matched(strengths, rulebook) if strengths else []
    risk = max([scored.risk, *(rule.risk for rule in matched)])
    rules = tuple(rule.id for rule in matched)
    if any(rule.decision == "block" for rule in matched):
        return Ruling(decision="block", scope=_scope(matched, "block"), risk=risk, rules=rules)
    if rulebook.block_threshold is not None and scored.risk >= rulebook.block_threshold and scored.kinds >= KINDS_TO_BLOCK:
        return Ruling(decision="block", scope="revision", risk=risk, rules=(*rules, BLOCKS_BY_SCORE))
    if matched or scored.risk >= rulebook.hold_threshold:
        return Ruling(decision="hold", scope=_scope(matched, "hold"), risk=risk, rules=rules)
    return Ruling(decision="allow", scope="revision", risk=risk, rules=())


def _matched(strengths: dict[str, float], rulebook: Rulebook) -> list[Rule]:
    """The rules that hold, in the rulebook's order; only those that need a signal which is there are looked at."""
    numbers: set[int] = set()
    for name in strengths:
        numbers.update(rulebook.rules_by_signal.get(name, ()))
    return [rule for rule in (rulebook.rules[number] for number in sorted(numbers)) if _holds(rule, strengths)]


def _holds(rule: Rule, strengths: dict[str, float]) -> bool:
    if not all(_met(one, strengths) for one in rule.all_of) or any(_met(one, strengths) for one in rule.none_of):
        return False
    return sum(_met(one, strengths) for one in rule.any_of) >= rule.at_least


def _met(condition: Condition, strengths: dict[str, float]) -> bool:
    strength = strengths.get(condition.signal)
    return strength is not None and strength >= condition.strength


def _scope(matched: list[Rule], decision: str) -> Scope:
    """The widest scope among the rules that lead to the decision."""
    return "listing" if any(rule.scope == "listing" and rule.decision == decision for rule in matched) else "revision"
