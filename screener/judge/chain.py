"""The chain of decisions about one revision, and the holds and blocks that follow from it.

Every change of what stands on `screening.hold` and `screening.block` is made here, so that each `placed` has at most one `lifted` and in this order.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from screener.codecs import sha256_hex
from screener.contracts import Action, Cause, Decision, DecisionKind, LiftedBy, Mode, Scope, Signal
from screener.judge.listing import ListingState
from screener.judge.side import Side
from screener.judge.version import JUDGE_VERSION


class Finding(Struct, frozen=True, gc=False, kw_only=True):
    """What was found about a revision, by the judge, by the clock or by a person."""

    decision: DecisionKind
    scope: Scope
    mode: Mode
    risk: float
    signals: tuple[Signal, ...]
    rules: tuple[str, ...] = ()
    degraded: bool = False
    escalated: bool = False
    sampled: bool = False
    review_by_ms: int | None = None


class Occasion(Struct, frozen=True, gc=False, kw_only=True):
    """The input that caused a decision."""

    cause: Cause
    event_id: str | None
    occurred_ms: int
    appended_ms: int


class Actions(Struct, frozen=True, gc=False):
    """What downstream services are told, in order."""

    holds: tuple[Action, ...] = ()
    blocks: tuple[Action, ...] = ()

    def then(self, other: Actions) -> Actions:
        """Both, these first."""
        return Actions(self.holds + other.holds, self.blocks + other.blocks)


def decide(listing_id: str, seller_id: str, listing: ListingState, finding: Finding, occasion: Occasion, side: Side) -> Decision:
    """The next decision in the chain of `listing.revision` (`listing.sequence` is the last one's number, 0 for none)."""
    sequence = listing.sequence + 1
    cause = occasion.cause
    identity = f"{cause.topic}\n{cause.partition}\n{cause.offset}\n{listing.revision}\n{sequence}"
    return Decision(
        # With the seller: one tick decides many holds, and two sellers may use one listing id.
        decision_id=sha256_hex(identity.encode(), seller_id.encode(), listing_id.encode())[:32],
        listing_id=listing_id,
        revision=listing.revision,
        seller_id=seller_id,
        decision=finding.decision,
        scope=finding.scope,
        mode=finding.mode,
        risk=finding.risk,
        brands=listing.brands,
        signals=finding.signals,
        rules=finding.rules,
        degraded=finding.degraded,
        escalated=finding.escalated,
        sampled=finding.sampled,
        sequence=sequence,
        supersedes=listing.decision_id if listing.sequence else None,
        cause=cause,
        event_id=occasion.event_id,
        occurred_ms=occasion.occurred_ms,
        appended_ms=occasion.appended_ms,
        review_by_ms=finding.review_by_ms,
        rulebook=side.rulebook_in_force,
        registry=side.registry_in_force,
        judge_version=JUDGE_VERSION,
    )


def after(listing: ListingState, decision: Decision) -> ListingState:
    """The listing's state with `decision` as the last of its chain."""
    return replace(
        listing,
        sequence=decision.sequence,
        decision_id=decision.decision_id,
        scope=decision.scope,
        risk=decision.risk,
        signals=tuple(signal.name for signal in decision.signals),
        review_by_ms=decision.review_by_ms or 0,
        degraded=decision.degraded,
    )


def lift(listing_id: str, seller_id: str, listing: ListingState, lifted_by: LiftedBy, cause: Cause) -> tuple[ListingState, Actions]:
    """Ends what stands, if anything does."""
    if not listing.placed:
        return listing, Actions()
    action = Action(
        action="lifted",
        listing_id=listing_id,
        revision=listing.placed_revision,
        seller_id=seller_id,
        scope=listing.placed_scope,
        decision_id=listing.placed_id,
        lifted_by=lifted_by,
        review_by_ms=None,
        risk=listing.risk,
        reasons=listing.signals,
        cause=cause,
    )
    actions = Actions(holds=(action,)) if listing.placed == "hold" else Actions(blocks=(action,))
    return replace(listing, placed="", placed_id="", placed_revision=0, placed_scope="revision"), actions


def place(listing: ListingState, decision: Decision) -> tuple[ListingState, Actions]:
    """Places what the decision asks for; in shadow, and for allow and release, nothing."""
    if decision.mode == "shadow" or decision.decision not in ("hold", "block"):
        return listing, Actions()
    action = Action(
        action="placed",
        listing_id=decision.listing_id,
        revision=decision.revision,
        seller_id=decision.seller_id,
        scope=decision.scope,
        decision_id=decision.decision_id,
        lifted_by=None,
        review_by_ms=decision.review_by_ms,
        risk=decision.risk,
        reasons=tuple(signal.name for signal in decision.signals),
        cause=decision.cause,
    )
    held = decision.decision == "hold"
    placed = replace(
        listing,
        placed="hold" if held else "block",
        placed_id=decision.decision_id,
        placed_revision=decision.revision,
        placed_scope=decision.scope,
    )
    return placed, Actions(holds=(action,)) if held else Actions(blocks=(action,))
