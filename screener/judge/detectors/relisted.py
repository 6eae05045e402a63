"""The seller puts up again, as a new listing, what was held or blocked before: deleting does not launder."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.fingerprint import title_fingerprint
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

_MIN_TITLE: Final = 6
"""Characters without separators; shorter titles (夏季女鞋) are alike by chance."""
_STRENGTH: Final = 0.9


def detect(event: ListingContent, views: ListingViews, seller: SellerState | None, listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires when the title's fingerprint is among the seller's held and blocked ones and is not this listing's own; after a removal it is."""
    if seller is None or not seller.fingerprints or len(views.title.squeezed) < _MIN_TITLE:
        return None
    fingerprint = title_fingerprint(views.title)
    own = listing is not None and listing.status != "removed" and listing.title == fingerprint
    if own or fingerprint not in seller.fingerprints:
        return None
    span = (0, min(len(event.title), 200))
    fact = "the same title was held or blocked before, in another listing of this seller or in this one before its removal"
    return Signal(name="relisted", strength=_STRENGTH, field="title", span=span, quote=event.title[:200], fact=fact)
