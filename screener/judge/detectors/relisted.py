"""The seller puts up again, as a new listing, what was held or blocked before: deleting does not launder."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.fingerprint import comparable_title, sketch_likeness, title_fingerprint, title_sketch
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

_MIN_TITLE: Final = 6
"""Characters without separators; shorter titles (夏季女鞋) are alike by chance."""
_SAME, _ALIKE = 0.9, 0.7
"""Strength of the same title, and of one with other words in it or in another order."""
_LIKENESS: Final = 0.6
"""Share of words and pairs of characters from which two titles of one seller are about the same article: two models of one line share less."""


def detect(event: ListingContent, views: ListingViews, seller: SellerState | None, listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires when the title is among the seller's held and blocked ones and is not this listing's own, after a removal also then; or, on another
    listing, when it is nearly one of them.
    """
    if seller is None or not seller.fingerprints or len(views.title.squeezed) < _MIN_TITLE:
        return None
    standing = listing if listing is not None and listing.status != "removed" else None
    fingerprint = title_fingerprint(views.title)
    if fingerprint in seller.fingerprints:
        if standing is not None and standing.title == fingerprint:
            return None
        where = "in another listing of this seller or in this one before its removal"
        return _signal(event, _SAME, f"the same title was held or blocked before, {where}")
    if standing is not None or not seller.sketches:
        return None
    sketch = title_sketch(comparable_title(views.title))
    likeness = max(sketch_likeness(sketch, one) for one in seller.sketches)
    return _signal(event, _ALIKE, f"a title that shares {likeness:.0%} with this one was held or blocked before") if likeness >= _LIKENESS else None


def _signal(event: ListingContent, strength: float, fact: str) -> Signal:
    return Signal(name="relisted", strength=strength, field="title", span=(0, min(len(event.title), 200)), quote=event.title[:200], fact=fact)
