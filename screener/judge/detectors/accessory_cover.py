"""The goods are said to fit a brand's, and are its goods themselves: words that spare an accessory cover the article."""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.protected_brand import mention_signal
from screener.judge.goods import class_of, goods_of
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

_ACCESSORY: Final = re.compile(
    r"[壳套膜带链扣绳垫芯盒袋罩贴架座盖头线管嘴刷罐针环钩粉纸刀]|配件|电池|充电|墨|硒鼓|支架|保护|清洁|保养|护理|收纳|替换|维修|改装|内胆|底座|滤|遥控|"
    r"适配器|耗材|挂件|吊坠|挂饰|"
    r"\b(?:case|cover|strap|band|film|protector|charger|cable|battery|filter|refill|toner|ink|part|kit|holder|stand|adapter|insert|organi[sz]er)s?\b"
)
"""Words of what fits something: with one of them the title is believed."""
_ITSELF: Final = re.compile(
    r"本身|本体|不是配件|非配件|整[只个双件条款]|(?:全新|现货|发)一[个只双件条台部支瓶]|[\u4e00-\u9fff]整件|不是[壳套膜]|正品质量|"
    r"一[个只双件条台部支瓶]\s?实拍|发的是|实际发|拍下发|not an accessory|the (?:bag|watch|shoe) itself"
)
"""Words by which the text says that it is the article itself."""
_COMPLETE: Final = re.compile(
    r"编码齐全|编码正确|序列号|专柜包装|小票|配盒子|logo齐全|身份卡|保卡|带票|全套包装|配防尘袋|\bwith (?:box|dust bag|receipt|papers)\b"
)
"""What comes with a brand's own article, and with no part that fits it."""
_WORN: Final = ("clothes", "shoes", "bags", "watches", "jewellery", "beauty")
"""Goods to which nothing is fitted but what has a word of its own: a telephone's accessories have a hundred."""
_SAYS_SO, _COMES_WITH, _SEEMS = 0.8, 0.6, 0.5


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """Fires for a brand whose goods the title only fits, while title or description say that it is the article, or no word says what else it is."""
    fitted = (one for one in views.mentions if one.fits_elsewhere and not side.registry.authorised(one.brand_id, event.seller_id))
    mention = next(fitted, None)
    brand = side.registry.brand(mention.brand_id) if mention is not None else None
    if mention is None or brand is None or not brand.categories:
        return None
    title = views.title.plain
    label = class_of(title, nouns_only=True)
    home = goods_of(" ".join("/".join(path) for path in brand.categories).casefold())
    of_brand = label in _WORN and home.get(label or "", 0) > 0
    if _ITSELF.search(title) or _ITSELF.search(views.description.plain):
        strength = _SAYS_SO
    elif label is not None and (_COMPLETE.search(title) or _COMPLETE.search(views.description.plain)):
        strength = _COMES_WITH
    elif of_brand and not _ACCESSORY.search(title):
        strength = _SEEMS
    else:
        return None
    fact = f"says that it fits goods of {brand.brand_id}, and is of the brand's own kind of goods"
    return replace(mention_signal("accessory_cover", mention, event, fact), strength=strength)
