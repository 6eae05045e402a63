"""One training: signals, weights, validation, thresholds, the new rulebook's text. Pure, and the same for the same material, rulebook and seed."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from screener.judge.policy import KINDS_TO_BLOCK, rule_on
from screener.judge.rulebook import SIGNAL_NAMES, Rulebook, parse_rulebook
from screener.judge.rulebook_text import DEFAULT_WEIGHT
from screener.judge.scorecard import LIMIT, MAX_WEIGHT, THOUSAND, Scorecard, score
from screener.train.edit import with_figure, with_record, with_weights
from screener.train.fit import counted, features_of, fit
from screener.train.labelled import Material, Row, TrainingError, judged
from screener.train.validate import BLOCK_LEAST, FOLDS, HOLD_LEAST, Reliability, allowed, fold_of, reliability, threshold

PASSES: Final = 2
"""What the judge holds becomes a signal of the next revision: the second pass fits to what the first pass's weights lead to."""

SEEN_LEAST: Final = 20
"""Labelled listings with a signal, below which its weight is not fitted but stays what a person chose."""


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


class Training(Struct, frozen=True, kw_only=True):
    """What came of it."""

    material: str
    sha256: str
    seed: int
    rows: int
    counterfeits: int
    sellers: int
    sources: int
    intercept: float
    weights: Mapping[str, float]
    unfitted: Mapping[str, int]
    """Signals whose weight was not fitted, with how often they were seen."""
    by_seller: Reliability
    by_source: Reliability | None
    """None where there is one source."""
    hold: float
    block: float
    caught: Caught
    rulebook: str


class _Sample(Struct, frozen=True):
    """A row and how strong its signals are."""

    row: Row
    strengths: Mapping[str, float]


def train(material: Material, rulebook: str, plan: Plan) -> Training:
    """Fits `rulebook` to the material. Raises `TrainingError` and `RulebookError`."""
    started = rulebook
    for _ in range(PASSES):
        samples = [_Sample(row, _strengths(row)) for row in judged(material, rulebook)]
        _require_both(samples)
        before = parse_rulebook(rulebook)
        seen = Counter(name for one in samples for name in one.strengths)
        fixed = {name: before.scorecard.weights.get(name, round(DEFAULT_WEIGHT * THOUSAND)) for name in SIGNAL_NAMES if seen[name] < SEEN_LEAST}
        card = _fitted(samples, before.scorecard, fixed, plan.l2)
        rulebook = _written(rulebook, card, {name: seen[name] for name in fixed})
    by_seller = _held_out(samples, lambda row: fold_of(row.seller_id, plan.seed), card, fixed, plan.l2)
    sources = list(dict.fromkeys(one.row.source for one in samples))
    by_source = _held_out(samples, lambda row: sources.index(row.source), card, fixed, plan.l2) if len(sources) > 1 else None
    now = parse_rulebook(rulebook)
    each = [by_seller] if by_source is None else [by_seller, by_source]
    hold, block = _thresholds(samples, each, now, plan)
    rulebook = with_figure(with_figure(rulebook, "thresholds", "hold", hold), "thresholds", "block", block)
    labels = [one.row.counterfeit for one in samples]
    done = Training(
        material=material.name,
        sha256=material.sha256,
        seed=plan.seed,
        rows=len(samples),
        counterfeits=sum(labels),
        sellers=len({(one.row.source, one.row.seller_id) for one in samples}),
        sources=len(sources),
        intercept=card.intercept / THOUSAND,
        weights={name: card.weights[name] / THOUSAND for name in SIGNAL_NAMES},
        unfitted={name: seen[name] for name in fixed},
        by_seller=_reliability(by_seller, labels),
        by_source=None if by_source is None else _reliability(by_source, labels),
        hold=hold,
        block=block,
        caught=_caught(samples, by_seller, parse_rulebook(rulebook)),
        rulebook="",
    )
    return replace(done, rulebook=with_record(rulebook, _record(done, started, plan)))


def _strengths(row: Row) -> dict[str, float]:
    strengths: dict[str, float] = {}
    for signal in row.signals:
        strengths[signal.name] = max(signal.strength, strengths.get(signal.name, 0.0))
    return strengths


def _require_both(samples: Sequence[_Sample]) -> None:
    for label, name in ((True, "counterfeit"), (False, "genuine")):
        if not any(one.row.counterfeit is label for one in samples):
            raise TrainingError(f"no listing labelled {name} was judged, and both labels are needed; add some, or see why they are dead letters")


def _fitted(samples: Sequence[_Sample], before: Scorecard, fixed: Mapping[str, int], l2: float) -> Scorecard:
    """The scorecard that these samples lead to; kinds and caps are a person's choice."""
    names = [name for name in SIGNAL_NAMES if name not in fixed]
    numbers = {name: number for number, name in enumerate(names)}
    added = {name: weight / THOUSAND for name, weight in fixed.items()}
    rows = counted((*features_of(one.strengths, numbers, added), one.row.counterfeit) for one in samples)
    found = fit(rows, len(names), l2)
    intercept = round(found.intercept * THOUSAND)
    if intercept > 0:
        raise TrainingError("most listings without any sign are labelled counterfeit, so no weight means anything; add genuine listings")
    fitted = {name: min(MAX_WEIGHT, round(weight * THOUSAND)) for name, weight in zip(names, found.weights, strict=True)}
    weights = {name: fixed.get(name, fitted.get(name, 0)) for name in SIGNAL_NAMES}
    return replace(before, intercept=max(-LIMIT, intercept), weights=weights)


def _held_out(
    samples: Sequence[_Sample], group: Callable[[Row], int], card: Scorecard, fixed: Mapping[str, int], l2: float
) -> list[tuple[float, int]]:
    """(risk, kinds) of every sample, by weights fitted to the other groups; a fold without both labels around it is asked of the whole fit."""
    groups = [group(one.row) for one in samples]
    predicted: list[tuple[float, int]] = [(0.0, 0)] * len(samples)
    for held in sorted(set(groups)):
        others = [one for one, number in zip(samples, groups, strict=True) if number != held]
        if {one.row.counterfeit for one in others} != {True, False}:
            raise TrainingError(f"of {FOLDS} parts of the sellers, or of the sources, one holds every listing of a label; add sellers of both labels")
        fold = _fitted(others, card, fixed, l2)
        for at, (one, number) in enumerate(zip(samples, groups, strict=True)):
            if number == held:
                scored = score(one.strengths, fold)
                predicted[at] = (scored.risk, scored.kinds)
    return predicted


def _reliability(predicted: Sequence[tuple[float, int]], labels: Sequence[bool]) -> Reliability:
    return reliability([(risk, label) for (risk, _), label in zip(predicted, labels, strict=True)])


def _thresholds(samples: Sequence[_Sample], each: Sequence[Sequence[tuple[float, int]]], now: Rulebook, plan: Plan) -> tuple[float, float]:
    """(hold, block): the lowest at which, in every validation, the score adds no more false alarms to those of the rules than the budgets say.

    The rules' own alarms are a person's choice, which no threshold can pay for: they are counted beside, not within.
    """
    by_rules = _by_rules(samples, now)
    genuine = [at for at, one in enumerate(samples) if not one.row.counterfeit]
    holds, blocks = allowed(len(genuine), plan.holds_per_10000), allowed(len(genuine), plan.blocks_per_10000)
    hold = max(threshold([one[at][0] for at in genuine if by_rules[at] == "allow"], holds, HOLD_LEAST) for one in each)
    two_kinds = [[one[at][0] for at in genuine if by_rules[at] != "block" and one[at][1] >= KINDS_TO_BLOCK] for one in each]
    return hold, max(hold, *(threshold(one, blocks, BLOCK_LEAST) for one in two_kinds))


def _by_rules(samples: Sequence[_Sample], rulebook: Rulebook) -> list[str]:
    """What the rules alone decide."""
    without_score = replace(rulebook, hold_threshold=math.inf, block_threshold=None)
    return [rule_on(one.row.signals, without_score).decision if one.strengths else "allow" for one in samples]


def _caught(samples: Sequence[_Sample], predicted: Sequence[tuple[float, int]], rulebook: Rulebook) -> Caught:
    """Rules and held-out scores together."""
    counts: Counter[tuple[bool, str, str]] = Counter()
    block_at = rulebook.block_threshold
    for one, (risk, kinds), ruled in zip(samples, predicted, _by_rules(samples, rulebook), strict=True):
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


def _written(text: str, card: Scorecard, unfitted: Mapping[str, int]) -> str:
    text = with_figure(text, "score", "intercept", card.intercept / THOUSAND)
    text = with_weights(text, {name: card.weights[name] / THOUSAND for name in SIGNAL_NAMES}, unfitted)
    if parse_rulebook(text).scorecard != card:
        raise TrainingError("[signals] of the rulebook is not written one `name = { weight = … }` a line; write it so, and train again")
    return text


def _record(done: Training, started: str, plan: Plan) -> list[str]:
    return [
        f"by `screener train` to {done.material};",
        f"sha256 {done.sha256}, seed {plan.seed}, l2 {plan.l2}, from the rulebook of sha256 {hashlib.sha256(started.encode()).hexdigest()[:16]};",
        f"{done.rows} revisions ({done.counterfeits} counterfeit) of {done.sellers} sellers in {done.sources} sources;",
        f"held-out by seller: ECE {done.by_seller.ece:.4f}, Brier {done.by_seller.brier:.4f} (base rate {done.by_seller.brier_of_base_rate:.4f});",
        f"budgets: {plan.holds_per_10000:g} false holds and {plan.blocks_per_10000:g} false blocks per 10,000.",
    ]
