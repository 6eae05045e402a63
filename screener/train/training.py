"""One training: signals, weights, validation, thresholds, the new rulebook's text. Pure, and the same for the same material, rules and seed.

What the judge holds becomes a signal of the next revision, so it goes through the material twice: first by the rules alone, then by what was fitted
to that. The figures that stood in the rulebook leave no mark on fitted ones.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from screener.judge.rulebook import SIGNAL_NAMES, parse_rulebook
from screener.judge.rulebook_text import DEFAULT_WEIGHT
from screener.judge.scorecard import LIMIT, MAX_WEIGHT, THOUSAND, Scorecard, score
from screener.train.decided import Caught, Plan, Sample, caught, strengths_of, thresholds
from screener.train.edit import not_lines, with_figure, with_record, with_weights
from screener.train.fit import counted, features_of, fit
from screener.train.labelled import Material, Row, TrainingError, judged
from screener.train.validate import FOLDS, Reliability, fold_of, reliability

SEEN_LEAST: Final = 20
"""Labelled listings with a signal, below which its weight is not fitted but stays what a person chose."""


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


class _Pass(Struct, frozen=True, kw_only=True):
    """One time through: what the judge found, and what was fitted to it."""

    samples: Sequence[Sample]
    card: Scorecard
    unfitted: Mapping[str, int]
    by_seller: Sequence[tuple[float, int]]
    by_source: Sequence[tuple[float, int]] | None
    rulebook: str


def train(material: Material, rulebook: str, plan: Plan) -> Training:
    """Fits `rulebook` to the material. Raises `TrainingError` and `RulebookError`."""
    first = _pass(material, rulebook, rules := _rules_alone(rulebook), plan)
    last = _pass(material, rulebook, first.rulebook, plan)
    labels, now = [one.row.counterfeit for one in last.samples], parse_rulebook(last.rulebook)
    assert now.block_threshold is not None
    done = Training(
        material=material.name,
        sha256=material.sha256,
        seed=plan.seed,
        rows=len(labels),
        counterfeits=sum(labels),
        sellers=len({(one.row.source, one.row.seller_id) for one in last.samples}),
        sources=len({one.row.source for one in last.samples}),
        intercept=last.card.intercept / THOUSAND,
        weights={name: last.card.weights[name] / THOUSAND for name in SIGNAL_NAMES},
        unfitted=last.unfitted,
        by_seller=_reliability(last.by_seller, labels),
        by_source=None if last.by_source is None else _reliability(last.by_source, labels),
        hold=now.hold_threshold,
        block=now.block_threshold,
        caught=caught(last.samples, last.by_seller, now),
        rulebook="",
    )
    return replace(done, rulebook=with_record(last.rulebook, _record(done, hashlib.sha256(rules.encode()).hexdigest(), plan)))


def _pass(material: Material, given: str, judge_by: str, plan: Plan) -> _Pass:
    """`given` with figures fitted to what the judge finds by `judge_by`."""
    before = parse_rulebook(given)
    samples = [Sample(row, strengths_of(row)) for row in judged(material, judge_by)]
    _require_both(samples)
    seen = Counter(name for one in samples for name in one.strengths)
    default = round(DEFAULT_WEIGHT * THOUSAND)
    fixed = {name: before.scorecard.weights.get(name, default) for name in SIGNAL_NAMES if seen[name] < SEEN_LEAST}
    card = _fitted(samples, before.scorecard, fixed, plan.l2)
    unfitted = {name: seen[name] for name in fixed}
    by_seller = _held_out(samples, lambda row: str(fold_of(row.seller_id, plan.seed)), card, fixed, plan.l2)
    several = len({one.row.source for one in samples}) > 1
    by_source = _held_out(samples, lambda row: row.source, card, fixed, plan.l2) if several else None
    hold, block = thresholds(samples, [by_seller] if by_source is None else [by_seller, by_source], before, plan)
    written = with_figure(_written(given, card, unfitted), "thresholds", "hold", hold)
    written = with_figure(written, "thresholds", "block", block)
    return _Pass(samples=samples, card=card, unfitted=unfitted, by_seller=by_seller, by_source=by_source, rulebook=written)


def _rules_alone(text: str) -> str:
    """The rulebook with a score that does nothing: where every training begins, so that earlier figures leave no mark on the new ones."""
    text = with_weights(with_figure(with_record(text, []), "score", "intercept", -LIMIT / THOUSAND), dict.fromkeys(SIGNAL_NAMES, 0.0), {})
    return with_figure(with_figure(text, "thresholds", "hold", 1.0), "thresholds", "block", 1.0)


def _require_both(samples: Sequence[Sample]) -> None:
    for label, name in ((True, "counterfeit"), (False, "genuine")):
        if not any(one.row.counterfeit is label for one in samples):
            raise TrainingError(f"no listing labelled {name} was judged, and both labels are needed; add some, or see why they are dead letters")


def _fitted(samples: Sequence[Sample], before: Scorecard, fixed: Mapping[str, int], l2: float) -> Scorecard:
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
    samples: Sequence[Sample], group: Callable[[Row], str], card: Scorecard, fixed: Mapping[str, int], l2: float
) -> list[tuple[float, int]]:
    """(risk, kinds) of every sample, by weights fitted to the other groups. Raises `TrainingError` where these lack a label."""
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


def _written(text: str, card: Scorecard, unfitted: Mapping[str, int]) -> str:
    text = with_figure(text, "score", "intercept", card.intercept / THOUSAND)
    text = with_weights(text, {name: card.weights[name] / THOUSAND for name in SIGNAL_NAMES}, unfitted)
    if parse_rulebook(text).scorecard != card:
        raise not_lines()
    return text


def _record(done: Training, rules_sha256: str, plan: Plan) -> list[str]:
    return [
        f"by `screener train` to {done.material};",
        f"sha256 {done.sha256}, seed {plan.seed}, l2 {plan.l2}, rules and settings sha256 {rules_sha256[:16]};",
        f"{done.rows} revisions ({done.counterfeits} counterfeit) of {done.sellers} sellers in {done.sources} sources;",
        f"held-out by seller: ECE {done.by_seller.ece:.4f}, Brier {done.by_seller.brier:.4f} (base rate {done.by_seller.brier_of_base_rate:.4f});",
        f"budgets: {plan.holds_per_10000:g} false holds and {plan.blocks_per_10000:g} false blocks per 10,000.",
    ]
