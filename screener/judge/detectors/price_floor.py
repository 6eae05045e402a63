"""The price is below what the brand's genuine goods are ever sold for, seen by category, currency and condition."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import is_meant
from screener.judge.seller import SellerState
from screener.judge.side import Side

# A floor is a third of the counter price of new goods; one used article in twenty is sold below 15 % of its original price.
_SCALE: Final = {"new": Decimal(1), "used": Decimal("0.4"), "unknown": Decimal("0.6")}
"""Part of the floor that counts for a condition."""

NOT_THE_GOODS: Final = (
    r"分装|试管|小样|中样|试用|体验装|旅行装|旅游装|迷你装|片装|单片|散装|替换装|补差|差价|定金|订金|押金|邮费|运费|空瓶|空盒|空管|包装盒|包装袋|礼袋|礼盒袋|"
    r"购物袋|手提袋|贴纸|吊牌|防尘袋|说明书|海报|优惠券|代金券|维修|回收|租|"
    r"\b(?:sample|samples|decant|tester|mini size|travel size|trial|deposit|empty (?:box|bottle)|gift bag|sticker|dust bag|voucher|repair|rental)\b"
)
"""Small sizes, deposits, packaging, services: cheap because they are not the article that the floor is about."""

_NOT_THE_GOODS: Final = re.compile(NOT_THE_GOODS)

_UNIT = r"(?:支|瓶|盒|套|件|个|双|只|条|罐|提|pcs|pieces|pairs|pack)"
_PACK: Final = re.compile(
    rf"(?<![0-9.])([2-9]|[1-9][0-9])\s?{_UNIT}(?![0-9套])|(?<![0-9])买([1-9])[送赠]([1-9][0-9]?)(?![0-9])|"
    r"(?<![0-9a-z])[x×*]([2-9]|1[0-9]|2[0-4])(?=\s|[\u4e00-\u9fff]|\Z)|"
    r"([二两三四五六七八九十])(?:支|瓶|盒|件|个|双|只|条|罐)(?:装|/组|一套|打包|一箱)"
)
"""How titles say that so many articles come for the price. 三件套 is one set."""
_HAN_DIGITS: Final = {"二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_PACK_FROM: Final = 3
"""Articles from which a pack is no gift or pair."""
_PACK_SCALE: Final = Decimal("0.8")
"""Part of the floor that counts for each article of a pack: many are sold at a discount."""


def pieces(title: str) -> int:
    """Articles for the price, as a title in plain form says; 1 if it says nothing."""
    return max((_count(*match.groups()) for match in _PACK.finditer(title)), default=1)


def _count(number: str | None, bought: str | None, given: str | None, times: str | None, han: str | None) -> int:
    if bought and given:
        return int(bought) + int(given)
    return _HAN_DIGITS[han] if han else int(number or times or 1)


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The brand whose floor is missed by most; strength grows from 0.4 just below the floor to 0.9 at a tenth of it."""
    if event.price is None or not views.mentions:
        return None
    price, scale, many = Decimal(event.price.amount), _SCALE[event.condition], 0
    worst: tuple[Decimal, str, Decimal] | None = None
    for mention in views.mentions:
        if not is_meant(mention) or side.registry.authorised(mention.brand_id, event.seller_id):
            continue
        floor = side.registry.floor(mention.brand_id, event.category, event.price.currency)
        if not floor:
            continue
        many = many or pieces(views.title.plain)
        whole = floor * scale * (many * _PACK_SCALE if many >= _PACK_FROM else 1)
        if price >= whole:
            continue
        part = price / whole
        if worst is None or part < worst[0]:
            worst = (part, mention.brand_id, floor)
    if worst is None or _NOT_THE_GOODS.search(views.title.plain):
        return None
    part, brand_id, floor = worst
    strength = min(Decimal("0.9"), Decimal("0.4") + (1 - part) * Decimal(5) / Decimal(9))
    each = f", {many} for the price" if many >= _PACK_FROM else ""
    fact = f"{price} {event.price.currency} for a {event.condition} article{each}; genuine new goods of {brand_id} here start at {floor}"
    return Signal(name="price_floor", strength=round(float(strength), 6), field="price", quote=event.price.amount, fact=fact[:300], brand_id=brand_id)
