"""The text is longer than what is judged: its rest went unread. Weak, but never silent."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import MAX_VIEWED_CHARACTERS

_STRENGTH: Final = 0.3


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires on a truncated title or description."""
    if views.title.truncated:
        length, field = len(event.title), "title"
    elif views.description.truncated:
        length, field = len(event.description), "description"
    else:
        return None
    fact = f"the {field} has {length} characters, of which the first {MAX_VIEWED_CHARACTERS} were judged"
    return Signal(name="oversized_text", strength=_STRENGTH, field="title" if field == "title" else "description", fact=fact)
