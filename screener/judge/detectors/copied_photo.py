"""A photo is one that is known: a brand's own, shown by a seller whom it does not know, or one of a listing that was blocked."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.evidence import KnownPhoto
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.photos import is_telling
from screener.judge.registry import NAMED
from screener.judge.seller import SellerState
from screener.judge.side import Side

_BLOCKED: Final = 0.85
"""Strength of a blocked listing's photo: it shows the very article, or the same source."""
_UNNAMED: Final = 0.75
"""Of a brand's photo beside a text that does not name it: the picture says what the text hides."""
_NAMED: Final = 0.4
"""Of a brand's photo beside its name: most resellers do it."""
MAX_PHOTOS: Final = 20
"""Photos of a listing that are looked up: buyers see no more."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest of the listing's photos, the first of equals."""
    if not event.images or not side.evidence.has_photos:
        return None
    named = {mention.brand_id for mention in views.mentions if mention.confidence >= NAMED}
    best: Signal | None = None
    for place, image in enumerate(event.images[:MAX_PHOTOS], 1):
        pdq = int(image.pdq, 16) if image.pdq is not None else 0
        found = side.evidence.nearest_photo(pdq) if is_telling(pdq) else None
        if found is None or _is_own(found[0], event, side):
            continue
        known, distance = found
        strength = _BLOCKED if known.listing_id is not None else _NAMED if known.brand_id in named else _UNNAMED
        if best is None or strength > best.strength:
            whose = f"a photo of the brand {known.brand_id}" if known.listing_id is None else "a photo of a listing that was blocked"
            fact = f"photo {place} is {distance} of 256 bits away from {whose}"
            best = Signal(name="copied_photo", strength=strength, field="images", fact=fact[:300], brand_id=known.brand_id)
    return best


def _is_own(known: KnownPhoto, event: ListingContent, side: Side) -> bool:
    """Whether the seller may show it: by leave of the brand, or because it is this listing's."""
    if known.brand_id is not None and side.registry.authorised(known.brand_id, event.seller_id):
        return True
    return known.listing_id == event.listing_id and known.seller_id == event.seller_id
