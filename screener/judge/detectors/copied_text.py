"""The text is nearly that of a listing that was blocked: the account is new, the shop is not."""

from __future__ import annotations

from screener.contracts import ListingContent, Signal
from screener.judge.evidence import LIKE, MIN_TOKENS
from screener.judge.fingerprint import text_sketch
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The nearest text of another blocked listing; strength is 0.5 at the threshold and 0.9 for the same words."""
    if not side.evidence.has_texts:
        return None
    sketch = text_sketch(views.title.plain, views.description.plain)
    found = side.evidence.nearest_text(sketch) if len(sketch) >= 4 * MIN_TOKENS else None
    if found is None:
        return None
    known, likeness = found
    own = known.listing_id == event.listing_id and known.seller_id == event.seller_id
    if own or (known.brand_id is not None and side.registry.authorised(known.brand_id, event.seller_id)):
        return None
    strength = 0.5 + 0.4 * (likeness - LIKE) / (1 - LIKE)
    whose = "another listing of this seller" if known.seller_id == event.seller_id else "a listing of another seller"
    fact = f"title and description share {likeness:.0%} of their words with {whose} that was blocked"
    quote = event.title[:200]
    return Signal(
        name="copied_text", strength=round(strength, 6), field="title", span=(0, len(quote)), quote=quote, fact=fact, brand_id=known.brand_id
    )
