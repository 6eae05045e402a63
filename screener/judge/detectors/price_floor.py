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
    r"分装|小样|中样|试用|体验装|旅行装|旅游装|迷你装|片装|单片|散装|替换装|补差|差价|定金|订金|押金|邮费|运费|空瓶|空盒|空管|包装盒|包装袋|礼袋|礼盒袋|"
    r"购物袋|手提袋|贴纸|吊牌|防尘袋|说明书|海报|优惠券|代金券|维修|回收|租|"
    r"\b(?:sample|samples|decant|tester|mini size|travel size|trial|deposit|empty (?:box|bottle)|gift bag|sticker|dust bag|voucher|repair|rental)\b"
)
"""Small sizes, deposits, packaging, services: cheap because they are not the article that the floor is about."""

_NOT_THE_GOODS: Final = re.compile(NOT_THE_GOODS)


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The brand whose floor is missed by most; strength grows from 0.4 just below the floor to 0.9 at a tenth of it."""
    if event.price is None or not views.mentions:
        return None
    price, scale = Decimal(event.price.amount), _SCALE[event.condition]
    worst: tuple[Decimal, str, Decimal] | None = None
    for mention in views.mentions:
        if not is_meant(mention) or side.registry.authorised(mention.brand_id, event.seller_id):
            continue
        floor = side.registry.floor(mention.brand_id, event.category, event.price.currency)
        if not floor or price >= floor * scale:
            continue
        part = price / (floor * scale)
        if worst is None or part < worst[0]:
            worst = (part, mention.brand_id, floor)
    if worst is None or _NOT_THE_GOODS.search(views.title.plain):
        return None
    part, brand_id, floor = worst
    strength = min(Decimal("0.9"), Decimal("0.4") + (1 - part) * Decimal(5) / Decimal(9))
    fact = f"{price} {event.price.currency} for a {event.condition} article; genuine new goods of {brand_id} here start at {floor}"
    return Signal(name="price_floor", strength=round(float(strength), 6), field="price", quote=event.price.amount, fact=fact[:300], brand_id=brand_id)
