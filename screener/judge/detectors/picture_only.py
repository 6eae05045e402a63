"""The title does not say what is sold and leaves it to the picture: what nobody writes no filter reads."""

from __future__ import annotations

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.silence import SAYS, letters_said, sends

_SENT, _SHORT = 0.7, 0.4
"""Strength of a title that sends the reader elsewhere, and of one that is merely short."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires when there are photos and the title says next to nothing."""
    left = letters_said(views.title) if event.images else None
    if left is None:
        return None
    sent = sends(views.title)
    if left > (SAYS if sent else SAYS // 2) or (not sent and views.mentions):
        return None
    fact = f"{left} letters of the title say what is sold; it has {len(event.images)} photos"
    return Signal(
        name="picture_only", strength=_SENT if sent else _SHORT, field="title", span=(0, len(event.title)), quote=event.title[:200], fact=fact
    )
