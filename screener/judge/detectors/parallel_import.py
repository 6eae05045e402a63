"""The text says that genuine goods came by another way than the brand's own. No sign of a copy: a reason of its own, for the owner to know."""

from __future__ import annotations

from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.evidence import Lexicon, text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED
from screener.judge.seller import SellerState
from screener.judge.side import Side

WORDS: Final = (
    "代购", "海淘", "水货", "平行进口", "直邮", "免税店", "海外版", "欧版", "美版", "日版", "港版", "保税仓", "保税区", "跨境", "境外", "人肉带回",
    "海外渠道", "海外购", "parallel import", "grey import", "gray market", "grey market", "duty free", "us version", "eu version",
)  # fmt: skip
"""Trade words for goods from another market; each is said openly, for it recommends them."""

_LEXICON: Final = Lexicon(WORDS)
_STRENGTH: Final = 0.6


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The first such word in the title or the description of a listing that names a protected brand as the maker."""
    brand = next(
        (
            one.brand_id
            for one in views.mentions
            if one.confidence >= NAMED and not one.fits and not side.registry.authorised(one.brand_id, event.seller_id)
        ),
        None,
    )
    if brand is None:
        return None
    for name, text in (("title", views.title), ("description", views.description)):
        hit = next(_LEXICON.find(text), None) if text.squeezed else None
        if hit is not None:
            fact = f'"{WORDS[hit.number]}" says that the goods of {brand} come from another market'
            return text_signal("parallel_import", _STRENGTH, "title" if name == "title" else "description", text, hit.start, hit.end, fact, brand)
    return None
