"""The title does not say what is sold and leaves it to the picture: what nobody writes no filter reads."""

from __future__ import annotations

import re
from typing import Final

from screener.contracts import ListingContent, Signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

_SEE: Final = re.compile(
    r"[如看见同参按]图|图[一二三片1-9]|照片|图片|专拍|老[客顾]|不能[写说]|不方便[写说]|懂[的得]|"
    r"see (?:the )?(?:pic|photo|picture)|as (?:shown|pictured)|as in (?:the )?(?:pic|photo)|pm me"
)
"""Words that send the reader to the picture, or to what he knows already."""
_EMPTY: Final = re.compile(
    r"[如看见同参按]图|图[一二三片1-9]?|照片|图片|实拍|现货|秒发|包邮|链接|专拍|专用|老[客顾]户?|补差价?|拍下|备注|问客服|客服|不能[写说]|不方便[写说]|细节|款|"
    r"懂[的得][来拍]?|新款|同款|热卖|爆款|特价|清仓|好物|推荐|私聊|下单|联系|pic(?:ture)?s?|photos?|see|as|shown|in|the|new|hot|sale|item|goods|link|for|pm|me"
)
"""Words of a title that say nothing about the article."""
_SAYS: Final = 6
"""Letters and digits that are left of a title from which it says something: a noun and a quality."""
_SENT, _SHORT = 0.7, 0.4
"""Strength of a title that sends the reader elsewhere, and of one that is merely short."""


def detect(event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, _side: Side) -> Signal | None:
    """Fires when there are photos and the title says next to nothing."""
    if not event.images or len(views.title.squeezed) > 3 * _SAYS:
        return None
    title = views.title.plain
    left = sum(letter.isalnum() for letter in _EMPTY.sub("", title))
    sent = _SEE.search(title) is not None
    if left > (_SAYS if sent else _SAYS // 2) or (not sent and views.mentions):
        return None
    fact = f"{left} letters of the title say what is sold; it has {len(event.images)} photos"
    return Signal(
        name="picture_only", strength=_SENT if sent else _SHORT, field="title", span=(0, len(event.title)), quote=event.title[:200], fact=fact
    )
