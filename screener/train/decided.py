"""From risks to decisions: thresholds that keep budgets of false alarms, and what rules and held-out scores then find. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from screener.judge.policy import KINDS_TO_BLOCK, rule_on
from screener.judge.rulebook import Rulebook
from screener.train.labelled import Row
from screener.train.validate import BLOCK_LEAST, HOLD_LEAST, allowed, threshold

_SEVERITY: Final = ("allow", "hold", "block")


class Plan(Struct, frozen=True, kw_only=True):
    """What the options ask for."""

    seed: int
    l2: float
    holds_per_10000: float
    blocks_per_10000: float


class Caught(Struct, frozen=True, kw_only=True):
    """Counterfeits found and genuine listings hit, held-out."""

    counterfeits: int
    found: int
    found_by_score: int
    """Of those, the ones that no rule found."""
    blocked: int
    genuine: int
    wrongly_hit: int
    wrongly_hit_by_score: int
    wrongly_blocked: int
    wrongly_blocked_by_score: int


class Sample(Struct, frozen=True):
    """A row and how strong its signals are."""

    row: Row
    strengths: Mapping[str, float]


def strengths_of(row: Row) -> dict[str, float]:
    """How strong each of its signals is: of two with one name the stronger counts, as for the judge."""
    strengths: dict[str, float] = {}
    for signal in row.signals:
        strengths[signal.name] = max(signal.strength, strengths.get(signal.name, 0.0))
    return strengths


def thresholds(samples: Sequence[Sample], each: Sequence[Sequence[tuple[float, int]]], now: Rulebook, plan: Plan) -> tuple[float, float]:
    """(hold, block): the lowest at which, in every validation, the score adds no more false alarms to those of the rules than the budgets say.

    The rules' own alarms are a person's choice, which no threshold can pay for: they are counted beside, not within.
    """
    by_rules = by_rules_alone(samples, now)
    genuine = [at for at, one in enumerate(samples) if not one.row.counterfeit]
    holds, blocks = allowed(len(genuine), plan.holds_per_10000), allowed(len(genuine), plan.blocks_per_10000)
    hold = max(threshold([one[at][0] for at in genuine if by_rules[at] == "allow"], holds, HOLD_LEAST) for one in each)
    two_kinds = [[one[at][0] for at in genuine if by_rules[at] != "block" and one[at][1] >= KINDS_TO_BLOCK] for one in each]
    return hold, max(hold, *(threshold(one, blocks, BLOCK_LEAST) for one in two_kinds))


def by_rules_alone(samples: Sequence[Sample], rulebook: Rulebook) -> list[str]:
    """What the rules alone decide."""
    without_score = replace(rulebook, hold_threshold=math.inf, block_threshold=None)
    return [rule_on(one.row.signals, without_score).decision if one.strengths else "allow" for one in samples]


def caught(samples: Sequence[Sample], predicted: Sequence[tuple[float, int]], rulebook: Rulebook) -> Caught:
    """Rules and held-out scores together."""
    counts: Counter[tuple[bool, str, str]] = Counter()
    block_at = rulebook.block_threshold
    for one, (risk, kinds), ruled in zip(samples, predicted, by_rules_alone(samples, rulebook), strict=True):
        blocks = block_at is not None and risk >= block_at and kinds >= KINDS_TO_BLOCK
        scored = "block" if blocks else "hold" if risk >= rulebook.hold_threshold else "allow"
        counts[one.row.counterfeit, ruled, max(ruled, scored, key=_SEVERITY.index)] += 1

    def count(label: bool, ruled: tuple[str, ...], decided: tuple[str, ...]) -> int:
        return sum(counts[label, by_rules, decision] for by_rules in ruled for decision in decided)

    stops = ("hold", "block")
    return Caught(
        counterfeits=count(True, _SEVERITY, _SEVERITY),
        found=count(True, _SEVERITY, stops),
        found_by_score=count(True, ("allow",), stops),
        blocked=count(True, _SEVERITY, ("block",)),
        genuine=count(False, _SEVERITY, _SEVERITY),
        wrongly_hit=count(False, _SEVERITY, stops),
        wrongly_hit_by_score=count(False, ("allow",), stops),
        wrongly_blocked=count(False, _SEVERITY, ("block",)),
        wrongly_blocked_by_score=count(False, ("allow", "hold"), ("block",)),
    )
