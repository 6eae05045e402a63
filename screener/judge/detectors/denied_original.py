"""The seller says himself that the goods are not genuine, or that nobody should ask."""

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

KINDS: Final[frozenset[Kind]] = frozenset(("denial",))


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest denial that is no promise of money back and no spare part's label."""
    weighed = weigh(event, views, side.registry, KINDS)
    if weighed is None:
        return None
    best = weighed.best
    fact = f'"{best.found.form.said}" says that it is not the genuine article'
    return text_signal("denied_original", weighed.strength, best.field, best.views, best.found.start, best.found.end, fact)
