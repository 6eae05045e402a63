"""Holds and blocks as they follow from the trace: what each decision, edit and removal places and lifts, by the words of `judge/chain.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from screener import topics
from screener.contracts import Action, Cause, Decision
from screener.verify.heads import Head
from screener.verify.matching import fingerprint

Listing = tuple[str, str]
"""(seller, listing): a listing id is a seller's own."""


class Told(Struct, frozen=True, gc=False):
    """An action that must be on a topic: the fields that follow from decisions."""

    topic: str
    action: str
    decision_id: str
    revision: int
    scope: str
    lifted_by: str | None
    review_by_ms: int | None
    risk: float | None
    """Of one that is placed; None for one that is lifted, which repeats what the listing was last thought of."""
    reasons: tuple[str, ...] | None
    words: str

    def print_of(self, listing: Listing, cause: Cause, key: bytes) -> bytes:
        """Its fingerprint under a record's key."""
        what = [self.topic, self.action, *listing, self.decision_id, self.revision, self.scope, self.lifted_by, self.review_by_ms]
        return fingerprint([*what, self.risk, self.reasons], cause, key)


def print_of(topic: str, action: Action, key: bytes) -> bytes:
    """The fingerprint of an action on a topic; `Told.print_of` gives the same for one that follows from the trace."""
    risk, reasons = (action.risk, action.reasons) if action.action == "placed" else (None, None)
    told = Told(topic, action.action, action.decision_id, action.revision, action.scope, action.lifted_by, action.review_by_ms, risk, reasons, "")
    return told.print_of((action.seller_id, action.listing_id), action.cause, key)


class Standing:
    """What stands, folded over one partition's trace. Keeps one entry per standing hold or block; per listing where the trace begins late."""

    def __init__(self) -> None:
        self._placed: dict[Listing, Told | None] = {}
        self.unknown_lifts: set[tuple[str, int, str, str]] = set()
        """(cause's topic, its offset, seller, listing) of inputs that may lift what was placed before a late trace begins."""

    def follow(self, head: Head, decisions: Sequence[Decision], begins_late: bool) -> Iterator[tuple[Listing, Told]]:
        """What the services that act must be told of this input."""
        if head.outcome == "recorded" and head.reason == "removal":
            yield from self._lift((head.seller_id or "", head.listing_id or ""), "removal", head.cause, begins_late)
        for decision in decisions:
            listing = (decision.seller_id, decision.listing_id)
            yield from self._lift(listing, "edit" if head.outcome == "judged" else decision.decision, head.cause, begins_late)
            if decision.mode == "enforce" and decision.decision in ("hold", "block"):
                topic = topics.HOLD if decision.decision == "hold" else topics.BLOCK
                placed = Told(
                    topic=topic,
                    action="placed",
                    decision_id=decision.decision_id,
                    revision=decision.revision,
                    scope=decision.scope,
                    lifted_by=None,
                    review_by_ms=decision.review_by_ms,
                    risk=decision.risk,
                    reasons=tuple(signal.name for signal in decision.signals),
                    words=_words("placed", listing),
                )
                self._placed[listing] = placed
                yield listing, placed

    def _lift(self, listing: Listing, lifted_by: str, cause: Cause, begins_late: bool) -> Iterator[tuple[Listing, Told]]:
        if begins_late and listing not in self._placed:
            self.unknown_lifts.add((cause.topic, cause.offset, *listing))
        placed = self._placed.get(listing)
        if begins_late:
            self._placed[listing] = None
        else:
            self._placed.pop(listing, None)
        if placed is not None:
            words = _words("lifted", listing)
            yield listing, replace(placed, action="lifted", lifted_by=lifted_by, review_by_ms=None, risk=None, reasons=None, words=words)


def _words(action: str, listing: Listing) -> str:
    return f"{action} for listing {listing[1]} of seller {listing[0]}"


class Turns:
    """Whether one topic's actions come in turn: nothing is lifted that was not placed, nothing placed while something stands."""

    def __init__(self) -> None:
        self._standing: dict[Listing, str] = {}

    def add(self, action: Action, may_begin_late: bool) -> str | None:
        """Takes an action in the order of the topic; what is wrong, or None. The same action twice is for `Matching` to see."""
        listing = (action.seller_id, action.listing_id)
        standing = self._standing.pop(listing, None)
        if action.action == "placed":
            self._standing[listing] = action.decision_id
            return None if standing in (None, action.decision_id) else f"placed by {action.decision_id} while {standing} stands"
        if standing == action.decision_id or (standing is None and may_begin_late):
            return None
        return f"lifts {action.decision_id}, which does not stand" + (f" ({standing} does)" if standing else "")
