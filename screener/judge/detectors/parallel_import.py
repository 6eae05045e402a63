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

_OPEN: Final = (
    "水货", "平行进口", "非国行", "非行货", "无国行", "人肉带回", "免税店带回", "保税区直发", "保税仓直发", "海外渠道", "境外渠道", "国外渠道",
    "parallel import", "grey import", "gray import", "grey market", "gray market", "not for resale in", "import version", "no local warranty",
)  # fmt: skip
"""Says that the goods did not come by the brand's own way here."""
_TRADE: Final = (
    "代购", "海淘", "直邮", "免税店", "海外版", "欧版", "美版", "日版", "港版", "韩版行货", "保税仓", "保税区", "跨境", "境外", "海外购",
    "duty free", "us version", "eu version",
)  # fmt: skip
"""Words of a whole trade, which shops of every kind use: of ten thousand real titles eleven have one beside a brand."""

WORDS: Final = (*_OPEN, *_TRADE)

_LEXICON: Final = Lexicon(WORDS)
_STRONG, _WEAK = 0.8, 0.5


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The most open such word in the title or the description of a listing that names a protected brand as the maker."""
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
        hits = list(_LEXICON.find(text)) if text.squeezed else []
        if hits:
            hit = min(hits, key=lambda one: one.number)
            strength = _STRONG if hit.number < len(_OPEN) else _WEAK
            fact = f'"{WORDS[hit.number]}" says that the goods of {brand} come from another market'
            return text_signal("parallel_import", strength, "title" if name == "title" else "description", text, hit.start, hit.end, fact, brand)
    return None
