"""A hint for buyers who know what is meant: the brand that cannot be written, the mark that is on the goods but not in the picture."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.claims.grammar import Kind
from screener.judge.claims.weighing import weigh
from screener.judge.detectors.evidence import text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

KINDS: Final[frozenset[Kind]] = frozenset(("coded", "hidden"))


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest hint."""
    weighed = weigh(event, views, side.registry, KINDS)
    if weighed is None:
        return None
    best = weighed.best
    fact = f'"{best.found.form.said}" hints at what the listing does not say'
    return text_signal("coded_hint", weighed.strength, best.field, best.views, best.found.start, best.found.end, fact)
