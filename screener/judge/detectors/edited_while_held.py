"""A held listing is edited again and again: honest sellers correct once, others try out what passes."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

_STRENGTHS: Final = (0.2, 0.4, 0.6, 0.8)
"""By the number of edits while held, this one included; more than four say no more."""


def detect(_event: ListingContent, _views: ListingViews, _seller: SellerState | None, listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires on every edit of a held listing, stronger with each."""
    if listing is None or listing.status != "held":
        return None
    edits = listing.edits_while_held + 1
    fact = f"edit number {edits} while the listing is held"
    return Signal(name="edited_while_held", strength=_STRENGTHS[min(edits, len(_STRENGTHS)) - 1], field="listing", fact=fact)
