"""State hashes along the trace: an input finds what the last one on the same keys left.

A hash covers the values of all keys an input touched, in the order of their first use, so two hashes compare only where both inputs touched the same
keys in the same order and no other touched one of them in between. Which keys those are follows from what the input was; the clock touches many,
so after it the listings it decided begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import Decision
from screener.judge.keys import listing_key, seller_key
from screener.judge.version import JUDGE_VERSION
from screener.processor import digest
from screener.verify.heads import Head

UNTOUCHED: Final = digest((), ())
"""Both hashes of an input that touched nothing."""

Keys = Literal["content", "verdict", "seller", "none", "unknown"]
"""`content`: seller, then listing; `verdict`: listing, then seller; `seller`: the seller alone."""

_REMEMBERED: Final = frozenset({"sellerevent", "transaction", "complaint", "ringchanged"})


class _Left(Struct, frozen=True, gc=False):
    keys: Keys
    listing_id: str
    hash: str
    judge_version: str
    sequence: int


class StateChain:
    """Follows one partition's trace. Keeps the last hash of every seller."""

    def __init__(self) -> None:
        self._left: dict[str, _Left] = {}
        self.compared = 0

    def add(self, head: Head, decisions: Sequence[Decision], whole: bool) -> str | None:
        """Takes a trace record, `whole` if the trace is known from its beginning; what is wrong, or None."""
        keys = _keys(head)
        if keys == "none":
            self.compared += 1
            same = head.state_before == head.state_after == UNTOUCHED
            return None if same else f"an outcome {head.outcome} {head.reason} touches no state, yet has a hash of some"
        if keys == "unknown" or head.seller_id is None:
            for decision in decisions:
                self._left[decision.seller_id] = _Left("unknown", "", "", "", head.sequence)
            if head.seller_id is not None:
                self._left[head.seller_id] = _Left("unknown", "", "", "", head.sequence)
            return None
        listing_id = "" if keys == "seller" else head.listing_id or ""
        before = self._left.get(head.seller_id)
        self._left[head.seller_id] = _Left(keys, listing_id, head.state_after, head.judge_version, head.sequence)
        if before is None:
            return self._first(head, keys, listing_id) if whole and head.judge_version == JUDGE_VERSION else None
        if (before.keys, before.listing_id, before.judge_version) != (keys, listing_id, head.judge_version):
            return None
        self.compared += 1
        same = before.hash == head.state_before
        return None if same else f"it finds state {head.state_before}, and record {before.sequence} on the same keys left {before.hash}"

    def _first(self, head: Head, keys: Keys, listing_id: str) -> str | None:
        """A seller never seen has no state, and so has the listing."""
        seller, listing = seller_key(head.seller_id or ""), listing_key(head.seller_id or "", listing_id)
        touched = (seller,) if keys == "seller" else (seller, listing) if keys == "content" else (listing, seller)
        self.compared += 1
        same = head.state_before == digest(touched, (None,) * len(touched))
        return None if same else f"it is the seller's first input, yet finds state {head.state_before}"


def _keys(head: Head) -> Keys:
    match head.outcome, head.reason:
        case ("judged", _) | ("recorded", "removal"):
            return "content"
        case "recorded", "verdict":
            return "verdict"
        case "recorded", reason if reason in _REMEMBERED:
            return "seller"
        case (("repeated" | "stale" | "dead_letter"), _):
            return "none"
        case "recorded", _ if head.state_before == head.state_after == UNTOUCHED:
            return "none"
        case _:  # the clock, and reasons of releases to come
            return "unknown"
