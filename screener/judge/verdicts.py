"""A person's decision about a revision, as the next link of its chain."""

from __future__ import annotations

from msgspec.structs import replace

from screener.contracts import Signal, Verdict
from screener.judge.chain import Finding, Occasion, after, decide, lift, place
from screener.judge.draft import Draft
from screener.judge.fingerprint import title_sketch
from screener.judge.judgement import Judgement
from screener.judge.keys import listing_key
from screener.judge.listing import ListingMove, ListingState, as_allowed, transition
from screener.judge.seller import MAX_FINGERPRINTS, MAX_SKETCHES, MICRO, STRIKE_HALF_LIFE_MS, SellerState, remember
from screener.judge.side import Side
from screener.processor import Input

_MOVE: dict[str, ListingMove] = {"release": "verdict_release", "block": "verdict_block"}


def judge_verdict(draft: Draft, item: Input, event: Verdict, side: Side) -> Judgement:
    """A verdict about the current revision decides; about an older one it is stale; about nothing that waits it is only recorded."""
    key = listing_key(event.seller_id, event.listing_id)
    listing = draft.listing(key)
    if listing is None or event.revision > listing.revision:
        return Judgement(kind="recorded", reason="unknown_revision", listing_id=event.listing_id, seller_id=event.seller_id)
    if event.revision < listing.revision:
        return Judgement(kind="stale", reason="older_revision", listing_id=event.listing_id, seller_id=event.seller_id)
    moved = transition(listing.status, _MOVE[event.type])
    if not moved.counts:
        return Judgement(kind="recorded", reason=f"{event.type}_of_{listing.status}", listing_id=event.listing_id, seller_id=event.seller_id)
    fact = f"decided by {event.reviewer[:80]}: {event.reason[:180]}"
    finding = Finding(
        decision=event.type,
        scope=event.scope,
        mode=side.rulebook.mode_for(listing.category, event.seller_id),
        risk=1.0 if event.type == "block" else 0.0,
        signals=(Signal(name="verdict", strength=1.0, field="event", fact=fact),),
    )
    cause = item.origin.cause
    lifted, lifts = lift(event.listing_id, event.seller_id, listing, event.type, cause)
    occasion = Occasion(cause=cause, event_id=event.event_id, occurred_ms=item.occurred_ms, appended_ms=item.origin.timestamp_ms)
    decision = decide(event.listing_id, event.seller_id, lifted, finding, occasion, side)
    current, placements = place(after(lifted, decision), decision)
    enforced_block = event.type == "block" and finding.mode == "enforce"
    current = replace(
        current,
        status=moved.status,
        barred=event.type == "block" and (listing.barred or (enforced_block and event.scope == "listing")),
        struck=event.type == "block" and (listing.struck or enforced_block),
    )
    if moved.status == "allowed":
        current = as_allowed(current)
    draft.put_listing(key, current, was_due_ms=listing.review_by_ms)
    seller = draft.seller(event.seller_id) or SellerState(first_ms=item.occurred_ms)
    draft.put_seller(event.seller_id, _seller_after(seller, event, listing, current, item.occurred_ms))
    actions = lifts.then(placements)
    return Judgement(
        kind="recorded",
        reason="verdict",
        decisions=(decision,),
        holds=actions.holds,
        blocks=actions.blocks,
        writes=draft.writes,
        touched=draft.touched,
        before=draft.before,
        listing_id=event.listing_id,
        seller_id=event.seller_id,
    )


def _seller_after(seller: SellerState, event: Verdict, before: ListingState, current: ListingState, occurred_ms: int) -> SellerState:
    """A block by a person is a strike, unless it only confirms or widens one; a release takes back what the screener held against the seller."""
    now_ms = max(occurred_ms, seller.last_ms)
    if event.type == "block":
        return replace(
            seller,
            last_ms=now_ms,
            blocked=seller.blocked + (before.status != "blocked"),
            strikes=seller.strikes.add(MICRO, now_ms, STRIKE_HALF_LIFE_MS) if current.struck and not before.struck else seller.strikes,
            fingerprints=remember(seller.fingerprints, before.title, MAX_FINGERPRINTS),
            sketches=remember(seller.sketches, title_sketch(before.title_text), MAX_SKETCHES),
        )
    back = min(MICRO, seller.strikes.at(now_ms, STRIKE_HALF_LIFE_MS)) if before.struck else 0
    return replace(
        seller,
        last_ms=now_ms,
        released=seller.released + 1,
        strikes=seller.strikes.add(-back, now_ms, STRIKE_HALF_LIFE_MS) if back else seller.strikes,
        fingerprints=tuple(one for one in seller.fingerprints if one != before.title),
    )
