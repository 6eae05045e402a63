"""The screener for a producer's own tests: no Kafka, no worker, the same core, the same checks and the same errors.

A test puts `LocalScreener` where the service holds its `ListingPublisher`:

    >>> from screener.client.testing import LocalScreener
    >>> listing = {
    ...     "type": "published", "event_id": "e-1", "occurred_at": "2026-05-04T10:00:00Z", "listing_id": "l-1", "revision": 1,
    ...     "seller_id": "s-1", "title": "Velmora handbag, replica 1:1",
    ... }
    >>> with LocalScreener([{"brand_id": "velmora", "name": "Velmora"}]) as screener:
    ...     screener.publish(listing)
    ...     screener.flush()
    ...     screener.wait_for_decision("l-1", revision=1, timeout_s=1).decision
    'block'

What the core thinks of a listing is not what such a test is about, and it changes with the rulebook. So say what the answer shall be:

    >>> screener = LocalScreener([{"brand_id": "velmora", "name": "Velmora"}])
    >>> screener.answer("l-1", "hold")  # from now on
    >>> screener.publish(listing)
    >>> screener.wait_for_decision("l-1", 1, timeout_s=1).decision
    'hold'
    >>> screener.answer("l-1", "release")  # as when a person or the clock decides the hold
    >>> screener.wait_for_decision("l-1", 1, timeout_s=1).decision
    'release'
    >>> screener.answer("l-2", None)  # no decision comes in time
    >>> screener.publish({**listing, "listing_id": "l-2", "event_id": "e-2"})
    >>> screener.wait_for_decision("l-2", 1, timeout_s=1)
    Traceback (most recent call last):
        ...
    screener.client.events.NoDecision: no decision about l-2 revision 1 within 1 s; keep it invisible and wait again, and check that a worker is ready
    >>> [one.decision for one in screener.decisions]
    ['hold', 'release']
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, get_args

import msgspec

from screener.client.events import EventCheck, NoDecision, PublishedRevisions
from screener.codecs import sha256_hex
from screener.contracts import Brand, Decision, DecisionKind, ListingEvent
from screener.offline import Offline

REVIEW_MS = 48 * 3_600_000
"""A forced hold is looked at by a person until then, counted from the event's own time: `review_h` of the shipped rulebook."""

_KINDS = get_args(DecisionKind)


class LocalScreener:
    """Stands for a `ListingPublisher` and for the screener behind it: what is published is judged at once, in this process.

    `brands` are the protected ones, as `Brand` or as the dictionaries of a registry file; `rulebook` is the text of another one than the shipped.
    Two things differ from a broker: decisions are remembered from the start, also without `listen`, and a wait that would time out ends at once.
    The clock never passes: a hold is decided only by `answer`. Raises `NoBrands`, `RulebookError` and `msgspec.ValidationError`.
    """

    def __init__(self, brands: Sequence[Brand | Mapping[str, Any]], rulebook: str | None = None) -> None:
        self._core = Offline([brand if isinstance(brand, Brand) else msgspec.convert(brand, Brand) for brand in brands], rulebook)
        self._check = EventCheck()
        self._forced: dict[str, DecisionKind | None] = {}
        self._newest: dict[tuple[str, str, int], Decision] = {}
        self._revisions = PublishedRevisions(sys.maxsize)
        self._decisions: list[Decision] = []
        self._published = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision so far, the oldest first."""
        return tuple(self._decisions)

    def answer(self, listing_id: str, decision: DecisionKind | None) -> None:
        """Decides every revision of a listing that is published from now on, whatever the core finds; None: no decision comes.

        A revision that was decided already gets one more decision in its chain, as when a person or the clock decides a hold. That is all `release`
        does: the core judges what is published next.
        """
        if decision is not None and decision not in _KINDS:
            raise ValueError(f"{decision!r} is no decision; say one of {', '.join(_KINDS)}, or None for no answer")
        decided = [one for one in self._newest.values() if one.listing_id == listing_id]
        if decision == "release":
            if not decided:
                raise ValueError(f"nothing about {listing_id} was decided that a release could end; publish it first")
            self._forced.pop(listing_id, None)
        else:
            self._forced[listing_id] = decision
        if decision is not None and decided:
            newest = max(decided, key=lambda one: one.revision)
            self._remember(_forced(newest, decision, newest.sequence + 1))

    def listen(self) -> None:
        """Nothing to do: every decision is remembered."""

    def publish(
        self,
        event: ListingEvent | Mapping[str, Any],
        *,
        headers: Mapping[str, bytes] | None = None,
        delivered: Callable[[int, int], None] | None = None,
    ) -> None:
        """Judges one event. Raises `InvalidEvent` like the publisher."""
        self.publish_bytes(self._check.encoded(event), headers=headers, delivered=delivered)

    def publish_bytes(
        self,
        value: bytes,
        *,
        headers: Mapping[str, bytes] | None = None,  # noqa: ARG002  # the core carries them on and decides nothing by them
        delivered: Callable[[int, int], None] | None = None,
    ) -> None:
        """Judges one event that is JSON already; checked against the contract like any other."""
        self._revisions.add(self._check.decoded(value))
        _, decisions = self._core.judge(value)
        for decision in decisions:
            forced = self._forced.get(decision.listing_id, decision.decision)
            if forced is not None:
                self._remember(decision if forced == decision.decision else _forced(decision, forced, decision.sequence))
        self._published += 1
        if delivered is not None:
            delivered(0, self._published - 1)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Nothing to do: everything is judged when it is published."""

    def wait_for_decision(self, listing_id: str, revision: int, timeout_s: float, *, seller_id: str | None = None) -> Decision:
        """The newest decision about this revision, of `seller_id` or of whoever last published it.

        Raises `NoDecision`, at once: nothing comes by itself here.
        """
        decision = self._newest.get((seller_id or self._revisions.seller_of(listing_id, revision) or "", listing_id, revision))
        if decision is None:
            raise NoDecision(listing_id, revision, timeout_s, "check that a worker is ready")
        return decision

    def close(self) -> None:
        """Nothing to do."""

    def _remember(self, decision: Decision) -> None:
        self._decisions.append(decision)
        self._newest[decision.seller_id, decision.listing_id, decision.revision] = decision


def _forced(decision: Decision, kind: DecisionKind, sequence: int) -> Decision:
    """`decision` with another outcome, or (when `sequence` is a later one) the one that follows it in the chain."""
    follows = sequence > decision.sequence
    return msgspec.structs.replace(
        decision,
        decision=kind,
        decision_id=sha256_hex(decision.decision_id.encode(), kind.encode())[:32] if follows else decision.decision_id,
        rules=("forced",),
        risk={"allow": 0.0, "release": 0.0, "hold": 0.7, "block": 0.95}[kind],
        sequence=sequence,
        supersedes=decision.decision_id if follows else decision.supersedes,
        review_by_ms=decision.appended_ms + REVIEW_MS if kind == "hold" else None,
    )
