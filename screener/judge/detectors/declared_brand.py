"""The brand field says one brand, the title another: the one is for the search, the other for the filter."""

from __future__ import annotations

import re
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED, Mention
from screener.judge.seller import SellerState
from screener.judge.side import Side

_NO_BRAND: Final = re.compile(
    r"(?:无品牌|无牌|没有品牌|其他|其它|杂牌|国产|自主品牌|自有品牌|other|others|no ?brand|unbranded|generic|none|n/?a)[^\w]*\Z"
)
"""What sellers put into the field who declare no brand; in plain form."""

_OTHER: Final = 0.7
"""Strength of a registered brand that makes no such goods, in the field of what the title gives to another."""
_RIVAL: Final = 0.5
"""Of one of the same trade: who fills in many fields takes the wrong line now and then."""
_SURELY: Final = 0.85
"""Confidence of a name in the title that is nothing else: a 保罗 is a kind of shirt too."""
_NONE: Final = 0.4
"""Of a brand in the title that is declared as none: honest sellers skip the field."""

_TOGETHER: Final = re.compile(r"联名|合作款|联乘|跨界|collab|\bx\b|×|&|搭配|套装|组合|(?<!男女|情侣|明星|网红|大牌|专柜|柜台|亲子)同款")
"""Words by which two brands stand in one title in earnest."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """Fires when a protected brand stands in the title as the maker's, and the field declares none or a different registered one."""
    if not event.brand:
        return None
    declared = [one for one in views.mentions if one.field == "brand" and one.confidence >= NAMED]
    titled = [one for one in views.mentions if one.field == "title" and one.confidence >= NAMED and not one.fits]
    own = {one.brand_id for one in declared}
    if not titled or any(one.brand_id in own or side.registry.authorised(one.brand_id, event.seller_id) for one in titled):
        return None
    best = max(titled, key=_sureness)
    if declared:
        if _TOGETHER.search(views.title.plain) or side.registry.related(best.brand_id, declared[0].brand_id):
            return None
        rival = _RIVAL if best.confidence >= _SURELY else _NONE
        strength = rival if side.registry.is_at_home(declared[0].brand_id, event.category) else _OTHER
        return _signal(event, best, strength, f"declares the brand {declared[0].brand_id} and names {best.brand_id}")
    if _NO_BRAND.match(event.brand.strip().casefold()):
        return _signal(event, best, _NONE, f"declares no brand and names {best.brand_id}")
    return None


def _sureness(mention: Mention) -> float:
    return mention.confidence


def _signal(event: ListingContent, mention: Mention, strength: float, fact: str) -> Signal:
    span, quote = (0, len(event.brand or "")), (event.brand or "")[:200]
    return Signal(name="declared_brand", strength=strength, field="brand", span=span, quote=quote, fact=fact[:300], brand_id=mention.brand_id)
