"""An account that is hours old floods the shelves with protected brands: it expects to be closed and sells until then."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, ListingPublished, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED
from screener.judge.seller import BRANDED_HALF_LIFE_MS, MICRO, SellerState
from screener.judge.side import Side

_YOUNG_MS: Final = 24 * 3_600_000
"""Age up to which a seller has no history that would explain it."""
_FROM: Final = 8 * MICRO
"""Listings of protected brands within the last hour or so from which it is a flood: by hand one takes minutes."""
_HALF_STRENGTH: Final = 8 * MICRO
"""Eight more than none make 0.5, twenty-four 0.75."""
_BRANDS: Final = 3
"""Different brands among the remembered ones: a shop of one brand opens with all its goods at once."""


def detect(event: ListingContent, views: ListingViews, seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """Fires on a new listing that names a brand whose owner did not authorise the seller; strength grows with the listings before it: n / (n + 8)."""
    if seller is None or not isinstance(event, ListingPublished) or seller.last_ms - seller.first_ms > _YOUNG_MS:
        return None
    recent = seller.branded.at(seller.last_ms, BRANDED_HALF_LIFE_MS)
    if recent < _FROM or len(seller.branded_last) < _BRANDS:
        return None
    if not any(one.confidence >= NAMED and not side.registry.authorised(one.brand_id, event.seller_id) for one in views.mentions):
        return None
    fact = (
        f"{recent / MICRO:.1f} listings of {len(seller.branded_last)} or more protected brands within about an hour, from a seller of less than a day"
    )
    return Signal(name="burst", strength=round(recent / (recent + _HALF_STRENGTH), 6), field="seller", fact=fact)
