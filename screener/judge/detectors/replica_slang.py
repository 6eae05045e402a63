"""Words by which sellers of copies tell buyers that it is a copy. Most have an innocent sense, so each has the contexts that take it back."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.evidence import Hit, Lexicon, TextField, text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.registry import is_meant
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import Views


class Word(Struct, frozen=True):
    """A word and what it says. A pattern is looked for in the plain view around the word, and takes it back where it is found."""

    text: str
    strength: float
    innocent_after: str = ""
    """Directly behind the word."""
    innocent_before: str = ""
    """Directly before the word."""
    innocent_near: str = ""
    """Within `_NEAR` characters."""
    needs_brand: bool = False
    """Says something only where a brand is named as well."""


_JADE = r"翡翠|玉|玉石|和田|缅甸|手镯|挂件|吊坠|珠宝|冰种|飘花|jade"
# 仿真 is "lifelike": plants, fur, toys and models are sold by it.
_LIFELIKE = r"仿真|真|石|毛|绒|古|木纹|大理石|红木|蜜蜡|水晶|宣纸|宋|明|清|瓷|汝|青花"
_FUR = r"皮草|兔毛|狐狸毛|貂|羊绒|书法|名帖|字画|古玩"
_PLACE = r"市|县|区|人|话|站|路|特产|联通|移动|电信|桂圆|龙眼|枇杷|米粉|卤面|荔枝|海鲜|兴化|机场|旅游|学院|工艺|木雕|红木|佛珠|手串|发货|同城"
_PLACE_BEFORE = r"福建|福建省|产地|至|到"
_TOY = r"模型|手办|车模|合金|积木|高达|乐高|拼装|微距|镜头|比例|配比|套餐|稀释|换购|玩具|恐龙|食品|道具|充电|兑|水|回放|放大|娃娃|公仔"

WORDS: Final = (
    Word("高仿", 0.9, innocent_after=_LIFELIKE, innocent_near=_FUR),
    Word("高彷", 0.9),
    Word("超仿", 0.9, innocent_after=_LIFELIKE, innocent_near=_FUR),
    Word("精仿", 0.9, innocent_after=_LIFELIKE, innocent_near=_FUR),
    Word("顶级仿", 0.9, innocent_after=_LIFELIKE, innocent_near=_FUR),
    Word("一比一复刻", 0.95, innocent_near=_TOY),
    Word("1:1复刻", 0.95, innocent_near=_TOY),
    Word("1比1复刻", 0.95, innocent_near=_TOY),
    Word("一比一", 0.5, innocent_near=_TOY, needs_brand=True),
    Word("1:1", 0.5, innocent_near=_TOY, innocent_before=r"[0-9]|画幅|像素|尺寸", needs_brand=True),
    Word("复刻", 0.35, innocent_near=_TOY, needs_brand=True),
    Word("顶级复刻", 0.9, innocent_near=_TOY),
    Word("原版复刻", 0.6, innocent_near=_TOY, needs_brand=True),
    Word("a货", 0.85, innocent_after=r"架|柜|梯|车|运|物|源|仓", innocent_near=_JADE, innocent_before=r"[a-z0-9]"),
    Word("aa货", 0.9),
    Word("aaa货", 0.9),
    Word("超a货", 0.95),
    Word("超a", 0.6, innocent_after=r"[a-z0-9]|罩|杯|级|类", needs_brand=True),
    Word("顶级a货", 0.95, innocent_near=_JADE),
    Word("莆田", 0.6, innocent_after=_PLACE, innocent_before=_PLACE_BEFORE, needs_brand=True),
    Word("莆田鞋", 0.9),
    Word("莆田纯原", 0.95),
    Word("纯原版", 0.85, innocent_before=r"清|单", needs_brand=True),
    Word("公司级", 0.7, needs_brand=True),
    Word("真标", 0.6, innocent_before=r"[0-9]", needs_brand=True),
    Word("原单", 0.3, innocent_before=r"还|复|退|按|查", innocent_after=r"[号据]", needs_brand=True),
    Word("尾单", 0.3, needs_brand=True),
    Word("跟单", 0.4, innocent_before=r"平|高|低|中|坡|粗|细|厚|无", innocent_after=r"鞋|靴|凉|皮|员|软", needs_brand=True),
    Word("专柜品质", 0.4, needs_brand=True),
    Word("可过专柜", 0.95),
    Word("过验货", 0.6, needs_brand=True),
    Word("支持得物鉴定", 0.3, needs_brand=True),
    Word("海外版仿", 0.9),
    Word("假一赔命", 0.3, needs_brand=True),
    Word(
        "replica", 0.85, innocent_after=r"\W*(?:model|gun|sword|coin|prop|fossil|skull|ship|car\b|toy|jersey|helmet)", innocent_before=r"die-?cast\W*"
    ),
    Word("aaa quality", 0.85, innocent_before=r"(?:pearl|battery|gem)s?\W*"),
    Word("mirror quality", 0.9),
    Word("mirror grade", 0.9),
    Word("super copy", 0.9),
    Word("1:1 copy", 0.95),
    Word("superfake", 0.9),
    Word("knockoff", 0.6, needs_brand=True),
    Word("ua quality", 0.6, needs_brand=True),
)
"""Chosen by hand from trade usage; several weak words do not add up to a strong one."""

_LEXICON: Final = Lexicon([word.text for word in WORDS])
_AFTER: Final = tuple(re.compile(rf"\s?(?:{word.innocent_after})") if word.innocent_after else None for word in WORDS)
_BEFORE: Final = tuple(re.compile(rf"(?:{word.innocent_before})\Z") if word.innocent_before else None for word in WORDS)
_NEARBY: Final = tuple(re.compile(word.innocent_near) if word.innocent_near else None for word in WORDS)

_NEAR: Final = 30
"""Characters on either side in which the goods are told: a title; in a description, a sentence or two."""
_BEFORE_REACH: Final = 12
"""Characters before a word in which its innocent context must end."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, side: Side) -> Signal | None:
    """The strongest word that its context does not take back, the first of equals, title before description."""
    in_title = list(_LEXICON.find(views.title))
    in_description = list(_LEXICON.find(views.description)) if views.description.squeezed else []
    if not in_title and not in_description:
        return None
    branded = any(is_meant(mention) and not side.registry.authorised(mention.brand_id, event.seller_id) for mention in views.mentions)
    best = _strongest("title", views.title, in_title, branded)
    other = _strongest("description", views.description, in_description, branded)
    if other is not None and (best is None or other.strength > best.strength):
        return other
    return best


def _strongest(field: TextField, views: Views, hits: list[Hit], branded: bool) -> Signal | None:
    best, where = None, (0, 0)
    for hit in hits:
        word = WORDS[hit.number]
        if (best is not None and word.strength <= best.strength) or (word.needs_brand and not branded):
            continue
        if not _taken_back(hit.number, views.plain, hit.start, hit.end):
            best, where = word, (hit.start, hit.end)
    if best is None:
        return None
    return text_signal("replica_slang", best.strength, field, views, *where, f'"{best.text}" is what sellers of copies write')


def _taken_back(number: int, plain: str, start: int, end: int) -> bool:
    after, before, nearby = _AFTER[number], _BEFORE[number], _NEARBY[number]
    if after is not None and after.match(plain, end):
        return True
    if before is not None and before.search(plain, max(0, start - _BEFORE_REACH), start):
        return True
    return nearby is not None and nearby.search(plain, max(0, start - _NEAR), end + _NEAR) is not None
