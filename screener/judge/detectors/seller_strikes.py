"""The seller's listings were blocked, or withdrawn while held, not long ago."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import MICRO, STRIKE_HALF_LIFE_MS, SellerState
from screener.judge.side import Side

_FROM: Final = MICRO // 2
"""Half a strike: less is one doubtful listing that its seller withdrew a month ago."""
_HALF_STRENGTH: Final = 2 * MICRO
"""Two strikes make strength 0.5, six 0.75."""


def detect(_event: ListingContent, _views: ListingViews, seller: SellerState | None, _listing: ListingState | None, _side: Side) -> Signal | None:
    """Strength grows with the strikes left at the seller's last event: s / (s + 2)."""
    if seller is None or not seller.strikes.micro:
        return None
    strikes = seller.strikes.at(seller.last_ms, STRIKE_HALF_LIFE_MS)
    if strikes < _FROM:
        return None
    fact = f"{strikes / MICRO:.2f} strikes left (half-life 30 days); {seller.blocked} listings blocked and {seller.held} held so far"
    return Signal(name="seller_strikes", strength=round(strikes / (strikes + _HALF_STRENGTH), 6), field="seller", fact=fact)
