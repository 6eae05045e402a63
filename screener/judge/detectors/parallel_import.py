"""The text says that genuine goods came by another way than the brand's own. No sign of a copy: a reason of its own, for the owner to know."""

from __future__ import annotations

import re
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.evidence import Hit, Lexicon, text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import NAMED
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import Views

_OPEN: Final = (
    "水货", "平行进口", "非国行", "非行货", "无国行", "人肉带回", "免税店带回", "保税区直发", "保税仓直发", "海外渠道", "境外渠道", "国外渠道",
    "人肉代购", "免税店代购", "机场代购", "海外代购", "专柜代购", "窜货", "串货", "渠道货",
    "parallel import", "grey import", "gray import", "grey market", "gray market", "not for resale in", "import version", "no local warranty",
)  # fmt: skip
"""Says that the goods did not come by the brand's own way here."""
_ABROAD: Final = (
    "海淘", "直邮", "保税仓", "保税区", "跨境", "海外版", "国际版", "海外购", "欧版", "美版", "日版", "港版", "台版", "港行", "美行", "日行", "欧行",
    "韩行", "韩版行货", "overseas version", "international version", "global version", "us version", "eu version", "uk version", "jp version",
    "hk version", "japan version", "duty free",
)  # fmt: skip
"""Says that they were made or sold for another market: beside a brand in three of ten thousand real titles."""
_TRADE: Final = ("代购", "免税店", "境外")
"""Words of a whole trade: of ten thousand real titles ten have one beside a brand, most of them one shop's."""

WORDS: Final = (*_OPEN, *_ABROAD, *_TRADE)

_LEXICON: Final = Lexicon(WORDS)
_OPENLY, _FOR_ABROAD, _BY_TRADE = 0.8, 0.7, 0.5
_STRENGTHS: Final = (*(_OPENLY,) * len(_OPEN), *(_FOR_ABROAD,) * len(_ABROAD), *(_BY_TRADE,) * len(_TRADE))

_DIGITAL: Final = re.compile(r"充值|点卡|点券|礼品卡|兑换码|激活码|eshop|[日美港欧台]服|账号|会员卡|gift card|top.?up")
"""Goods without a body have a region by their nature, and every shop says which."""
_CUT: Final = re.compile(r"[欧美日]版(?=.{0,2}(?:宽松|修身|休闲|潮|风|大码|时尚|复古|百搭|显瘦|小码|尺码|型))")
"""A cut: clothes are called so wherever they were sewn."""


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
        hits = [hit for hit in _LEXICON.find(text) if not _is_innocent(hit, text)] if text.squeezed else []
        if hits:
            hit = min(hits, key=lambda one: one.number)
            strength = max(_STRENGTHS[hit.number], _FOR_ABROAD if _names_its_sellers(side, brand) else 0)
            fact = f'"{WORDS[hit.number]}" says that the goods of {brand} come from another market'
            return text_signal("parallel_import", strength, "title" if name == "title" else "description", text, hit.start, hit.end, fact, brand)
    return None


def _names_its_sellers(side: Side, brand_id: str) -> bool:
    """Whether the brand says who may sell its goods: then a trader who is not among them is none of its own, and not only unknown."""
    brand = side.registry.brand(brand_id)
    return brand is not None and bool(brand.authorised_sellers)


def _is_innocent(hit: Hit, text: Views) -> bool:
    """Whether a word for another market means a cut of clothes, or goods that are bound to a market by their nature."""
    if _STRENGTHS[hit.number] != _FOR_ABROAD:
        return False
    return _DIGITAL.search(text.plain) is not None or _CUT.match(text.plain, hit.start) is not None
