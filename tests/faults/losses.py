"""What was lost and what was doubled, by reading topics and counting: no fold, no state, nothing of `screener.runtime`.

An input is lost when no trace record names it, or when it was judged as a listing and no decision names it; doubled when more than one does. Whether
the decisions are the right ones is the oracle's business (`tests/oracle.py`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from screener import topics
from screener.catalog import JUDGE
from screener.processor import CLOCK
from screener.tracing import split
from tests.harness import read_all

LISTINGS = (topics.LISTING, topics.LISTING_BACKFILL)

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True)
class Losses:
    """Counts over all input topics."""

    inputs: int
    lost: int
    doubled: int


def count_losses(bootstrap: str) -> Losses:
    """Reads inputs, trace and decisions to their ends as a read_committed client sees them."""
    inputs = {(topic, number, offset) for (topic, number), found in read_all(bootstrap, *JUDGE.inputs).items() for offset, _ in found}
    traced, judged = _traced(bootstrap)
    decided = _decided(bootstrap)
    untraced, undecided = inputs - traced.keys(), judged - decided.keys()
    doubled = {place for count in (traced, decided) for place, times in count.items() if times > 1 and place[0] != CLOCK}
    invented = (traced.keys() | decided.keys()) - inputs
    assert all(place[0] == CLOCK for place in invented), f"outputs name inputs that nobody published: {sorted(invented)[:3]}"
    return Losses(len(inputs), len(untraced | undecided), len(doubled))


def _traced(bootstrap: str) -> tuple[Counter[Place], set[Place]]:
    traced: Counter[Place] = Counter()
    judged: set[Place] = set()
    for found in read_all(bootstrap, topics.TRACE).values():
        for _, value in found:
            head, _original = split(value)
            place = (head.cause.topic, head.cause.partition, head.cause.offset)
            traced[place] += 1
            if head.outcome == "judged" and head.cause.topic in LISTINGS:
                judged.add(place)
    return traced, judged


def _decided(bootstrap: str) -> Counter[Place]:
    """Decisions per cause; those that a verdict or the clock caused are about several listings and are left out."""
    decided: Counter[Place] = Counter()
    for found in read_all(bootstrap, topics.DECISION).values():
        for _, value in found:
            cause = json.loads(value)["cause"]
            if cause["topic"] in LISTINGS:
                decided[cause["topic"], cause["partition"], cause["offset"]] += 1
    return decided
