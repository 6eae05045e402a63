"""A protected brand is named by a seller whom its owner did not authorise. True of most honest resale: weak alone, the ground of combinations."""

from __future__ import annotations

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED, MentionField
from screener.judge.seller import SellerState
from screener.judge.side import Side


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The surest such mention, the first of equals; strength is its confidence."""
    best = None
    for mention in views.mentions:
        if mention.confidence < NAMED or (best is not None and mention.confidence <= best.confidence):
            continue
        if not side.registry.authorised(mention.brand_id, event.seller_id):
            best = mention
    if best is None:
        return None
    how = "in disguise, " if best.disguised else ""
    return Signal(
        name="protected_brand",
        strength=round(best.confidence, 6),
        field=best.field,
        span=best.span,
        quote=texts_of(event)[best.field][best.span[0] : best.span[1]][:200],
        fact=f"names the brand {best.brand_id}, {how}by a seller its owner did not authorise"[:300],
        brand_id=best.brand_id,
    )


def texts_of(event: ListingContent) -> dict[MentionField, str]:
    """The texts that mentions are found in."""
    return {"title": event.title, "description": event.description, "brand": event.brand or ""}
