"""What happens when `review_by` of a hold passes: weak evidence releases (some are sampled for a look), strong evidence escalates.

Where a detector failed, its evidence may be missing: that counts as strong.
"""

from __future__ import annotations

from msgspec.structs import replace

from screener.contracts import Decision, Signal
from screener.judge.chain import Actions, Finding, Occasion, after, decide, lift, place
from screener.judge.draft import Draft
from screener.judge.judgement import Judgement
from screener.judge.keys import DEADLINES, deadline_key, split_deadline_key, split_listing_key
from screener.judge.listing import ListingState, as_allowed, transition
from screener.judge.side import Side
from screener.processor import Input, State, Tick

MAX_DEADLINES_PER_TICK = 200
"""One tick stays one small input; what is left is due at the next tick, which follows within a second."""


def judge_deadlines(state: State, draft: Draft, item: Input, tick: Tick, side: Side) -> Judgement:
    """Decides every hold whose time has come, the oldest first, at most `MAX_DEADLINES_PER_TICK`."""
    decisions: list[Decision] = []
    actions = Actions()
    due = state.scan(DEADLINES[0], deadline_key(tick.now_ms + 1, b""), MAX_DEADLINES_PER_TICK)
    for deadline, _ in due:
        due_ms, key = split_deadline_key(deadline)
        listing = draft.listing(key)
        if listing is None or listing.status != "held" or listing.review_by_ms != due_ms:
            draft.drop_deadline(due_ms, key)  # a newer state of the listing has its own deadline
            continue
        decision, told = _decide_due(draft, item, key, listing, tick, side)
        decisions.append(decision)
        actions = actions.then(told)
    return Judgement(
        kind="recorded",
        reason="tick",
        decisions=tuple(decisions),
        holds=actions.holds,
        blocks=actions.blocks,
        writes=draft.writes,
        touched=draft.touched,
        before=draft.before,
    )


def _decide_due(draft: Draft, item: Input, key: bytes, listing: ListingState, tick: Tick, side: Side) -> tuple[Decision, Actions]:
    seller_id, listing_id = split_listing_key(key)
    rulebook = side.rulebook
    weak = listing.risk < rulebook.weak_below and not listing.degraded
    release = (rulebook.on_due_weak if weak else rulebook.on_due_strong) == "release"
    moved = transition(listing.status, "due_release" if release else "due_escalate")
    evidence = "weak evidence" if weak else "a detector failed" if listing.degraded else "strong evidence"
    fact = f"nobody decided by review_by; {evidence}: {', '.join(listing.signals[:8])}"[:300]
    finding = Finding(
        decision="release" if release else "hold",
        scope=listing.scope,
        mode=rulebook.mode_for(listing.category, seller_id),
        risk=listing.risk,
        signals=(Signal(name="review_due", strength=1.0, field="listing", fact=fact),),
        degraded=listing.degraded,
        escalated=not release,
        sampled=release and int(listing.decision_id[:8], 16) % rulebook.sample_one_in == 0,
        review_by_ms=None if release else tick.now_ms + rulebook.escalation_ms,
    )
    occasion = Occasion(cause=item.origin.cause, event_id=None, occurred_ms=tick.now_ms, appended_ms=tick.now_ms)
    lifted, lifts = lift(listing_id, seller_id, listing, "release" if release else "hold", item.origin.cause)
    decision = decide(listing_id, seller_id, lifted, finding, occasion, side)
    current, placements = place(after(lifted, decision), decision)
    current = replace(current, status=moved.status, signals=listing.signals)
    if release:
        current = as_allowed(current)
        if seller := draft.seller(seller_id):
            fingerprints = tuple(one for one in seller.fingerprints if one != listing.title)
            draft.put_seller(seller_id, replace(seller, released=seller.released + 1, fingerprints=fingerprints))
    draft.put_listing(key, current, was_due_ms=listing.review_by_ms)
    return decision, lifts.then(placements)
