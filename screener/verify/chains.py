"""Decisions on their topic: the chain of each revision, evidence behind a block, no allow where a detector failed."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts import Decision


class _Link(Struct, frozen=True, gc=False):
    revision: int
    sequence: int
    decision_id: str


class Chains:
    """Follows one partition's decisions in their order. Keeps the end of each listing's newest chain."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, str], _Link] = {}

    def add(self, decision: Decision, may_begin_late: bool) -> str | None:
        """Takes a decision; what is wrong with its place in the chain, or None. The same decision twice is for `Matching` to see."""
        listing = (decision.seller_id, decision.listing_id)
        end = self._ends.get(listing)
        link = _Link(decision.revision, decision.sequence, decision.decision_id)
        if end == link:
            return None
        self._ends[listing] = link
        if end is None and may_begin_late:
            return None
        if end is not None and link.revision < end.revision:
            return f"revision {link.revision} of {listing[1]} is decided after revision {end.revision}"
        before = end if end is not None and end.revision == link.revision else None
        number, superseded = (before.sequence + 1, before.decision_id) if before else (1, None)
        if link.sequence != number:
            return f"it is number {link.sequence} about revision {link.revision} of {listing[1]}, number {number} comes next"
        if decision.supersedes != superseded:
            return f"it supersedes {decision.supersedes}, the decision before it is {superseded}"
        return None


def lacks_evidence(decision: Decision) -> bool:
    """A block that names no signal, and is not of a listing that was barred before. A person's verdict is a signal."""
    return decision.decision == "block" and not decision.signals and "barred" not in decision.rules
