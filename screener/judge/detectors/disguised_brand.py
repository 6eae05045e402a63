"""A brand's name is written so that people read it and filters do not: nobody does that to a name that he may use."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.protected_brand import mention_signal
from screener.judge.disguise import HINTED
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import Mention
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import ViewName

_HOW: Final[dict[ViewName, str]] = {
    "plain": "in letters of a decorative alphabet",
    "squeezed": "with separators or characters of other alphabets",
    "shape": "in characters that look alike",
    "sound": "in characters that sound alike",
    "split": "with a character taken apart",
    "spelling": "misspelt, with digits for letters, or in pinyin",
}
"""How a name was written, by the view in which it was found."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The surest disguised mention of a brand whose owner did not authorise the seller, the first of equals; strength is its confidence."""
    best: Mention | None = None
    for mention in views.mentions:
        if not mention.disguised or mention.confidence < HINTED or (best is not None and mention.confidence <= best.confidence):
            continue
        if not side.registry.authorised(mention.brand_id, event.seller_id):
            best = mention
    if best is None:
        return None
    return mention_signal("disguised_brand", best, event, f"writes the brand {best.brand_id} {_HOW[best.view]}")
