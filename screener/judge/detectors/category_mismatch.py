"""A brand's goods stand in a category of quite other goods, where nobody of the brand looks."""

from __future__ import annotations

import re
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.goods import GROUPS, SURE, goods_of, group_of
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import is_meant
from screener.judge.seller import SellerState
from screener.judge.side import Side

_CLEAR: Final = 200
"""Hundredths of log-odds by which the title must be surer of its goods than of any others."""
_DOUBT: Final = 100
"""Hundredths from which a category is also of the title's goods: 运动户外/运动鞋 is of both."""
_HALF: Final = 2
"""A category is of the title's goods as well where they score at least one part in two of its own."""
_WORN: Final = ("wear", "beauty")
"""Groups whose nouns are of nothing else: what is electrical or stands in a house has a dozen categories."""
_ELECTRICAL: Final = ("tech", "house")
_FAR: Final = ("books", "beauty", "food", "pets")
"""Groups of categories that nothing electrical is sold in."""
_OTHERWISE: Final = re.compile(r"dvd|光盘|kindle|录像|摄像|赠|送(?!礼)")
"""Words by which a title is of a film, or a noun is of what comes along."""
_DEVICE: Final = re.compile(r"智能|电子|倒计时|定时|闹钟|smart")
"""Words by which what is worn is a device."""
_STRENGTH: Final = 0.7


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """Fires when a title names a brand as the maker of goods that it is registered for, and the category is of clearly other goods."""
    if not event.category or not views.mentions:
        return None
    away = [one.brand_id for one in views.mentions if is_meant(one) and not one.fits and not side.registry.is_at_home(one.brand_id, event.category)]
    away = [brand_id for brand_id in away if not side.registry.authorised(brand_id, event.seller_id)]
    title = group_of(_without_names(views), nouns_only=True) if away else None
    if title is None or title[0] not in _WORN + _ELECTRICAL or title[1] < _CLEAR or _OTHERWISE.search(views.title.plain):
        return None
    if title[0] in _WORN and _DEVICE.search(views.title.plain):
        return None
    path = " ".join(event.category).casefold()
    declared, scores = group_of(path), goods_of(path)
    if declared is None or declared[0] == title[0] or (title[0] in _ELECTRICAL and declared[0] not in _FAR):
        return None
    too = max(scores[label] for label in GROUPS[title[0]])
    if too >= _DOUBT and too * _HALF >= max(scores.values()):
        return None
    if not any(_makes(side, brand_id, title[0]) for brand_id in away):
        return None
    fact = f"the title is of {title[0]}, the category of {declared[0]}"
    return Signal(name="category_mismatch", strength=_STRENGTH, field="category", quote="/".join(event.category)[:200], fact=fact, brand_id=away[0])


def _without_names(views: ListingViews) -> str:
    """The title without the brands that it names: a POLO is a shirt, and part of a maker's name."""
    plain = views.title.plain
    for mention in views.mentions:
        if mention.field == "title":
            plain = plain.replace(views.title.quote(mention.span).casefold(), " ")
    return plain


def _makes(side: Side, brand_id: str, group: str) -> bool:
    """Whether the brand is registered for goods of a group, or in words that say nothing of goods."""
    brand = side.registry.brand(brand_id)
    paths = [" ".join(path).casefold() for path in brand.categories] if brand is not None else []
    return any(
        max(scores.get(label, 0) for label in GROUPS[group]) >= _DOUBT or max(scores.values(), default=0) < SURE for scores in map(goods_of, paths)
    )
