"""What sellers of copies write to tell buyers that it is a copy: its class, its likeness, its workshop, the door it left by (`judge/claims`)."""

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

KINDS: Final[frozenset[Kind]] = frozenset(("copy", "grade", "ratio", "batch", "mold", "origin", "channel", "parity", "inspection"))
"""The kinds of claims that say it in words of the trade; denials and hints have detectors of their own."""

_MAX_OTHERS: Final = 3
"""Further phrases that a fact names."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest claim that its context does not take back, stronger where weak ones of other kinds stand beside it."""
    weighed = weigh(event, views, side.registry, KINDS)
    if weighed is None:
        return None
    best = weighed.best
    fact = f'"{best.found.form.said}"{", written otherwise," if best.found.form.disguised else ""} is what sellers of copies write'
    if weighed.others:
        fact += f"; beside it: {', '.join(weighed.others[:_MAX_OTHERS])}"
    return text_signal("replica_slang", weighed.strength, best.field, best.views, best.found.start, best.found.end, fact)
