"""The judge: one input in, one judgement out. Pure; every kind of event has its function, and `apply` is the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from msgspec.structs import replace

from screener.contracts import (
    Complaint,
    ListingContent,
    ListingEdited,
    ListingPublished,
    ListingRemoved,
    RingChanged,
    SellerEvent,
    Transaction,
    Verdict,
)
from screener.judge.chain import Finding, Occasion, after, decide, lift, place
from screener.judge.content import content_hash, examine, face
from screener.judge.deadlines import judge_deadlines
from screener.judge.draft import Draft
from screener.judge.fingerprint import title_sketch
from screener.judge.judgement import Judgement
from screener.judge.keys import listing_key
from screener.judge.listing import ListingMove, ListingState, as_allowed, transition
from screener.judge.listing_views import listing_views_of_all
from screener.judge.seller import MAX_FINGERPRINTS, MAX_SKETCHES, MICRO, STRIKE_HALF_LIFE_MS, SellerState, remember, remember_brands
from screener.judge.side import Side
from screener.judge.verdicts import judge_verdict
from screener.processor import Input, Malformed, State, Tick

_MANY = 2
"""Listings from which reading them together costs less than reading each."""

_MOVE: dict[str, ListingMove] = {"allow": "judged_allow", "hold": "judged_hold", "block": "judged_block"}


def apply(state: State, item: Input, side: Side) -> Judgement:
    """What `item` leads to. Raises only on a bug or on state of a newer format; both must end the worker before anything is sent."""
    event, draft = item.event, Draft(state)
    match event:
        case ListingPublished() | ListingEdited():
            return _judge_content(draft, item, event, side)
        case ListingRemoved():
            return _remove(draft, item, event)
        case Verdict():
            return judge_verdict(draft, item, event, side)
        case Tick():
            return judge_deadlines(state, draft, item, event, side)
        case SellerEvent() | Transaction() | Complaint() | RingChanged():
            return _remember(draft, item, event)
        case _:
            assert_never(event)


def look_ahead(items: Sequence[Input | Malformed], side: Side) -> Sequence[Input | Malformed]:
    """The same inputs, listings among them with their views: of many at once those cost less. A bug in the views is left to each listing's own
    judgement, which names it.
    """
    listings = {at: item for at, item in enumerate(items) if isinstance(item, Input) and isinstance(item.event, ListingPublished | ListingEdited)}
    if len(listings) < _MANY:
        return items
    try:
        views = listing_views_of_all([item.event for item in listings.values()], side.registry)
    except Exception:
        return items
    ahead = {at: replace(item, ahead=one) for (at, item), one in zip(listings.items(), views, strict=True)}
    return [ahead.get(at, item) for at, item in enumerate(items)]


def _judge_content(draft: Draft, item: Input, event: ListingContent, side: Side) -> Judgement:
    key = listing_key(event.seller_id, event.listing_id)
    seller, listing = draft.seller(event.seller_id), draft.listing(key)
    content = content_hash(event)
    if listing is not None and event.revision <= listing.revision:
        return _seen_before(event, listing, content)
    before = listing or ListingState()
    now_ms = max(item.occurred_ms, seller.last_ms if seller else item.occurred_ms)
    known = replace(seller, last_ms=now_ms) if seller else None
    examined = examine(event, known, listing, item.skewed, side, item.ahead)
    ruling, mode = examined.ruling, side.rulebook.mode_for(event.category, event.seller_id)
    finding = Finding(
        decision="block" if before.barred else ruling.decision,
        scope="listing" if before.barred else ruling.scope,
        mode=mode,
        risk=max(ruling.risk, before.risk) if before.barred else ruling.risk,
        signals=examined.signals,
        rules=("barred", *ruling.rules) if before.barred else ruling.rules,
        degraded=examined.degraded,
        review_by_ms=item.origin.timestamp_ms + side.rulebook.hold_review_ms if ruling.decision == "hold" and not before.barred else None,
    )
    cause = item.origin.cause
    lifted, lifts = lift(event.listing_id, event.seller_id, before, "edit", cause)
    moved = transition(before.status, _MOVE[finding.decision])
    enforced_block = finding.decision == "block" and mode == "enforce"  # what is only tried out in shadow has no consequences later
    current = replace(
        face(lifted, event, examined),
        status=moved.status,
        revision=event.revision,
        content=content,
        sequence=0,
        decision_id="",
        barred=before.barred or (enforced_block and finding.scope == "listing"),
        struck=enforced_block,
        edits_while_held=before.edits_while_held + 1 if before.status == "held" else 0,
    )
    occasion = Occasion(cause=cause, event_id=event.event_id, occurred_ms=item.occurred_ms, appended_ms=item.origin.timestamp_ms)
    decision = decide(event.listing_id, event.seller_id, current, finding, occasion, side)
    current, placements = place(after(current, decision), decision)
    if moved.status == "allowed":
        current = as_allowed(current)
    draft.put_listing(key, current, was_due_ms=before.review_by_ms)
    draft.put_seller(event.seller_id, _seller_after(seller, event, before, current, now_ms, side))
    actions = lifts.then(placements)
    return Judgement(
        kind="judged",
        decisions=(decision,),
        holds=actions.holds,
        blocks=actions.blocks,
        writes=draft.writes,
        touched=draft.touched,
        before=draft.before,
        failed_detectors=examined.failed,
        listing_id=event.listing_id,
        seller_id=event.seller_id,
        first_seen=seller is None,
    )


def _seen_before(event: ListingContent | ListingRemoved, listing: ListingState, content: bytes) -> Judgement:
    if event.revision < listing.revision:
        return Judgement(kind="stale", reason="older_revision", listing_id=event.listing_id, seller_id=event.seller_id)
    if content == listing.content:
        return Judgement(kind="repeated", listing_id=event.listing_id, seller_id=event.seller_id)
    return Judgement(kind="dead_letter", reason="conflict", listing_id=event.listing_id, seller_id=event.seller_id)


def strike_for_withdrawal(listing: ListingState) -> int:
    """Millionths of a strike for a held listing that its seller edits or removes before a person saw it: half its risk.

    In shadow no hold was placed, so the seller withdrew nothing.
    """
    return round(listing.risk * MICRO) // 2 if listing.placed == "hold" else 0


def _seller_after(
    seller: SellerState | None, event: ListingContent, before: ListingState, current: ListingState, now_ms: int, side: Side
) -> SellerState:
    seller = seller or SellerState(first_ms=now_ms)
    if isinstance(event, ListingPublished) and current.brands:
        seller = remember_brands(seller, [one for one in current.brands if not side.registry.authorised(one, event.seller_id)], now_ms)
    strike = strike_for_withdrawal(before) + (MICRO if current.struck else 0)
    suspicious = current.status in ("held", "blocked")
    return replace(
        seller,
        last_ms=now_ms,
        published=seller.published + isinstance(event, ListingPublished),
        edited=seller.edited + isinstance(event, ListingEdited),
        allowed=seller.allowed + (current.status == "allowed"),
        held=seller.held + (current.status == "held"),
        blocked=seller.blocked + (current.status == "blocked"),
        strikes=seller.strikes.add(strike, now_ms, STRIKE_HALF_LIFE_MS) if strike else seller.strikes,
        fingerprints=remember(seller.fingerprints, current.title, MAX_FINGERPRINTS) if suspicious else seller.fingerprints,
        sketches=remember(seller.sketches, title_sketch(current.title_text), MAX_SKETCHES) if suspicious else seller.sketches,
    )


def _remove(draft: Draft, item: Input, event: ListingRemoved) -> Judgement:
    key = listing_key(event.seller_id, event.listing_id)
    seller, listing = draft.seller(event.seller_id), draft.listing(key)
    content = content_hash(event)
    if listing is not None and event.revision <= listing.revision:
        return _seen_before(event, listing, content)
    before = listing or ListingState()
    lifted, actions = lift(event.listing_id, event.seller_id, before, "removal", item.origin.cause)
    removed = replace(
        lifted,
        status=transition(before.status, "removal").status,
        revision=event.revision,
        content=content,
        sequence=0,
        decision_id="",
        review_by_ms=0,
        struck=False,
    )
    draft.put_listing(key, removed, was_due_ms=before.review_by_ms)
    now_ms = max(item.occurred_ms, seller.last_ms if seller else item.occurred_ms)
    memory = seller or SellerState(first_ms=now_ms)
    strike = strike_for_withdrawal(before)
    strikes = memory.strikes.add(strike, now_ms, STRIKE_HALF_LIFE_MS) if strike else memory.strikes
    draft.put_seller(event.seller_id, replace(memory, last_ms=now_ms, removed=memory.removed + 1, strikes=strikes))
    return Judgement(
        kind="recorded",
        reason="removal",
        holds=actions.holds,
        blocks=actions.blocks,
        writes=draft.writes,
        touched=draft.touched,
        before=draft.before,
        listing_id=event.listing_id,
        seller_id=event.seller_id,
        first_seen=seller is None,
    )


def _remember(draft: Draft, item: Input, event: SellerEvent | Transaction | Complaint | RingChanged) -> Judgement:
    """Counts what happened around a seller; what follows from it is decided by later detectors, not here."""
    seller = draft.seller(event.seller_id)
    now_ms = max(item.occurred_ms, seller.last_ms if seller else item.occurred_ms)
    memory = replace(seller or SellerState(first_ms=now_ms), last_ms=now_ms)
    match event:
        case SellerEvent():
            pass
        case Transaction(type="sold"):
            memory = replace(memory, sold=memory.sold + 1)
        case Transaction(type="refunded"):
            memory = replace(memory, refunded=memory.refunded + 1)
        case Transaction():
            memory = replace(memory, disputed=memory.disputed + 1)
        case Complaint():
            memory = replace(memory, complaints=memory.complaints + 1)
        case RingChanged():
            memory = replace(memory, rings=max(0, memory.rings + (1 if event.type == "joined" else -1)))
        case _:
            assert_never(event)
    draft.put_seller(event.seller_id, memory)
    listing_id = event.listing_id if isinstance(event, Transaction | Complaint) else None
    return Judgement(
        kind="recorded",
        reason=type(event).__name__.lower(),
        writes=draft.writes,
        touched=draft.touched,
        before=draft.before,
        listing_id=listing_id,
        seller_id=event.seller_id,
        first_seen=seller is None,
    )
