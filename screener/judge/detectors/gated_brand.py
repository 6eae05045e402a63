"""A brand that only named sellers may offer here is offered by another. No sign of a copy: a breach of what the marketplace agreed with the owner."""

from __future__ import annotations

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.protected_brand import mention_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED, Mention
from screener.judge.seller import SellerState
from screener.judge.side import Side


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The surest mention of a gated brand as the maker of new goods, the first of equals; strength is its confidence. Used goods may be resold."""
    if event.condition == "used":
        return None
    best: Mention | None = None
    for mention in views.mentions:
        if mention.fits or mention.confidence < NAMED or (best is not None and mention.confidence <= best.confidence):
            continue
        if side.registry.is_gated(mention.brand_id) and not side.registry.authorised(mention.brand_id, event.seller_id):
            best = mention
    if best is None:
        return None
    return mention_signal("gated_brand", best, event, f"{best.brand_id} is offered here by named sellers only, and this is none of them")
