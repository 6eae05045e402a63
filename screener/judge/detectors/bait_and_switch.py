"""An edit turns a listing that was allowed into another: its reviews and its standing now sell something nobody judged."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.fingerprint import comparable_title, title_overlap
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED
from screener.judge.seller import SellerState
from screener.judge.side import Side

_OTHER_TITLE: Final = 0.2
"""Overlap below which two titles are about different things: titles of one article in two shops share more than a third."""
_PRICE_FACTOR: Final = 4
"""A price four times higher or lower is no discount."""
_STRENGTH: Final = {1: 0.55, 2: 0.75, 3: 0.9}
"""By how many of category root, brand and price changed along with the title."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, listing: ListingState | None, side: Side) -> Signal | None:
    """Fires when the title shares almost nothing with the allowed one and the category root, a new brand or the price says it is another thing."""
    if listing is None or not listing.allowed_title:
        return None
    overlap = title_overlap(listing.allowed_title, comparable_title(views.title))
    if overlap >= _OTHER_TITLE:
        return None
    changes: list[str] = []
    before, now = listing.allowed_category[:1], tuple(event.category[:1])
    if before and now and before != now:
        changes.append(f"category {before[0][:60]} became {now[0][:60]}")
    brand = _new_brand(event, views, listing, side)
    if brand is not None:
        changes.append(f"the brand {brand[:60]} appeared")
    price = _price_change(listing.allowed_price, event)
    if price:
        changes.append(price)
    if not changes:
        return None
    fact = f"the title shares {overlap:.0%} with the allowed one; {'; '.join(changes)}"
    return Signal(name="bait_and_switch", strength=_STRENGTH[len(changes)], field="listing", quote=event.title[:200], fact=fact[:300], brand_id=brand)


def _new_brand(event: ListingContent, views: ListingViews, listing: ListingState, side: Side) -> str | None:
    for mention in views.mentions:
        new = mention.confidence >= NAMED and mention.brand_id not in listing.allowed_brands
        if new and not side.registry.authorised(mention.brand_id, event.seller_id):
            return mention.brand_id
    return None


def _price_change(allowed: str, event: ListingContent) -> str:
    amount, _, currency = allowed.partition(" ")
    if not amount or event.price is None or event.price.currency != currency:
        return ""
    before, now = Decimal(amount), Decimal(event.price.amount)
    if not before or not now or max(before, now) < _PRICE_FACTOR * min(before, now):
        return ""
    return f"the price went from {before} to {now} {currency}"
