"""A protected brand is named by a seller whom its owner did not authorise. True of most honest resale: weak alone, the ground of combinations."""

from __future__ import annotations

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED, Mention
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
    return mention_signal("protected_brand", best, event, f"names the brand {best.brand_id}, {how}by a seller its owner did not authorise")


def mention_signal(name: str, mention: Mention, event: ListingContent, fact: str) -> Signal:
    """A signal whose evidence is a mention: its strength is the mention's confidence, its quote the seller's own characters."""
    texts = {"title": event.title, "description": event.description, "brand": event.brand or ""}
    return Signal(
        name=name,
        strength=round(mention.confidence, 6),
        field=mention.field,
        span=mention.span,
        quote=texts[mention.field][mention.span[0] : mention.span[1]][:200],
        fact=fact[:300],
        brand_id=mention.brand_id,
    )
