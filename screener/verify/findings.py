"""What a broken invariant is called, what it promises, and the list of those found broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal, get_args

from msgspec import Struct

Invariant = Literal[
    "input_lost",
    "input_doubled",
    "input_out_of_order",
    "outcome_unknown",
    "trace_sequence",
    "trace_misplaced",
    "decision_count",
    "decision_missing",
    "decision_differs",
    "decision_doubled",
    "decision_without_trace",
    "chain_broken",
    "dead_letter_missing",
    "dead_letter_differs",
    "dead_letter_unfounded",
    "action_missing",
    "action_unfounded",
    "action_unpaired",
    "block_without_evidence",
    "degraded_allows",
    "changelog_disagrees",
    "state_chain",
    "trace_not_the_fold",
    "state_not_the_fold",
    "unreadable_record",
]
INVARIANTS: Final[tuple[Invariant, ...]] = get_args(Invariant)

PROMISES: Final[Mapping[Invariant, str]] = {
    "input_lost": "every input up to the committed offset has a trace record",
    "input_doubled": "no input has two trace records",
    "input_out_of_order": "the inputs of a topic are traced in their order, and the clock never goes back",
    "outcome_unknown": "an outcome is one of judged, recorded, repeated, stale, dead_letter",
    "trace_sequence": "the trace of a partition is numbered without gap or repeat",
    "trace_misplaced": "a trace record lies on the partition number of its input",
    "decision_count": "a judged event has exactly one decision, caused by it; a repeated or stale one and a dead letter have none",
    "decision_missing": "every decision that the trace carries is on the decision topic",
    "decision_differs": "a decision is, byte for byte and under its seller's key, the one that the trace carries",
    "decision_doubled": "no input has more decisions on the decision topic than its trace record carries",
    "decision_without_trace": "every decision's cause has a trace record",
    "chain_broken": "the decisions about a revision are numbered 1, 2, ... and each supersedes the one before it",
    "dead_letter_missing": "every dead_letter outcome has its record on the dead-letter topic",
    "dead_letter_differs": "a dead letter holds the original key, bytes and headers, and the reason in the trace",
    "dead_letter_unfounded": "every dead letter is the only one of an input whose outcome is dead_letter",
    "action_missing": "a hold or block that a decision places or lifts is told to the services that act",
    "action_unfounded": "every hold or block placed or lifted follows from a decision that is not in shadow, or from an edit or removal",
    "action_unpaired": "a listing's holds and blocks are placed and lifted in turn",
    "block_without_evidence": "a block names a signal, or is of a listing barred before",
    "degraded_allows": "a decision made without some detector says so and never allows",
    "changelog_disagrees": "the newest m of the changelog is where the trace is: last sequence, applied offsets and the clock",
    "state_chain": "an input finds the state that the last one on the same keys left",
    "trace_not_the_fold": "what is traced is what deciding the inputs again gives, byte for byte",
    "state_not_the_fold": "the changelog holds the states that the traced inputs lead to, those and no others",
    "unreadable_record": "every record on the screener's own topics can be read",
}
"""One sentence each, for people."""

KEPT_MAX: Final = 50
"""Findings kept of each invariant: a thousand lost inputs are one incident, and memory stays bounded. All are counted."""


class Finding(Struct, frozen=True, gc=False):
    """One place where an invariant is broken; `offset` is None where the fault is that nothing lies there."""

    invariant: Invariant
    topic: str
    partition: int
    offset: int | None
    detail: str


class Findings:
    """Collects findings: all are counted, the first of each invariant kept."""

    def __init__(self) -> None:
        self.counts: Counter[Invariant] = Counter()
        self._kept: dict[Invariant, list[Finding]] = {}

    def add(self, invariant: Invariant, topic: str, partition: int, offset: int | None, detail: str) -> None:
        """One more."""
        self.counts[invariant] += 1
        kept = self._kept.setdefault(invariant, [])
        if len(kept) < KEPT_MAX:
            kept.append(Finding(invariant, topic, partition, offset, detail))

    def take(self, other: Findings) -> None:
        """Those of another partition."""
        for finding in other.kept:
            self.add(*(getattr(finding, name) for name in Finding.__struct_fields__))
        for invariant, count in other.counts.items():
            self.counts[invariant] += count - len(other._kept[invariant])

    @property
    def kept(self) -> tuple[Finding, ...]:
        """Those kept, in the order of the invariants."""
        return tuple(finding for invariant in INVARIANTS for finding in self._kept.get(invariant, ()))
