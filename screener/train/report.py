"""What a training found, for people: the reliability curve, the weights, the thresholds. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from screener.train.training import Training
from screener.train.validate import Reliability

_BAR: str = "█"
_BAR_MAX = 20


def lines(done: Training) -> Iterator[str]:
    """The whole report, line by line."""
    yield f"trained on {done.material} (sha256 {done.sha256[:16]}, seed {done.seed})"
    yield f"{done.rows:,} judged revisions, {done.counterfeits:,} counterfeit, of {done.sellers:,} sellers in {done.sources} sources"
    yield from _curve("by seller (each fifth of the sellers by weights fitted to the others)", done.by_seller)
    if done.by_source is not None:
        yield from _curve("by source (each source by weights fitted to the others)", done.by_source)
    yield ""
    yield f"weights; a listing without any sign has the odds {math.exp(done.intercept):.2g} to 1 (intercept {done.intercept:g})"
    for name, weight in sorted(done.weights.items(), key=lambda one: (-one[1], one[0])):
        told = f"   not fitted, only {done.unfitted[name]} seen: as it was" if name in done.unfitted else ""
        yield f"  {name:24} {weight:7.3f}   odds × {math.exp(weight):,.2f}{told}"
    yield from _decided(done)


def _curve(how: str, found: Reliability) -> Iterator[str]:
    yield ""
    yield f"reliability, held-out {how}: ECE {found.ece:.4f}, Brier {found.brier:.4f} (always the base rate: {found.brier_of_base_rate:.4f})"
    yield "  risk            listings  predicted  observed"
    for one in found.bins:
        bar = _BAR * round(one.observed * _BAR_MAX)
        yield f"  {one.low:4.2f} to {one.high:4.2f}  {one.listings:9,}  {one.predicted:9.4f}  {one.observed:8.4f}  {bar}"


def _decided(done: Training) -> Iterator[str]:
    caught = done.caught
    yield ""
    yield f"thresholds: hold at {done.hold:g}, block at {done.block:g} with two kinds of evidence"
    yield f"held-out, rules and score together: found {caught.found:,} of {caught.counterfeits:,} ({caught.found_by_score:,} by the score alone)"
    stopped, by_score = _per_10000(caught.wrongly_hit, caught.genuine), _per_10000(caught.wrongly_hit_by_score, caught.genuine)
    yield f"  genuine stopped: {stopped} per 10,000 of {caught.genuine:,}, {by_score} of them by the score alone"
    blocked, by_score = _per_10000(caught.wrongly_blocked, caught.genuine), _per_10000(caught.wrongly_blocked_by_score, caught.genuine)
    yield f"  genuine blocked: {blocked} per 10,000, {by_score} of them by the score alone"


def _per_10000(part: int, whole: int) -> str:
    return f"{10_000 * part / whole:.1f}"
