"""Titles that say nothing: what is left of one without the words that any listing may have, and whether it sends the reader to the picture."""

from __future__ import annotations

import re
from typing import Final

from screener.judge.views import Views

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
SAYS: Final = 6
"""Letters and digits that are left of a title from which it says something: a noun and a quality."""


def is_silent(title: Views) -> bool:
    """Whether a title says next to nothing and sends the reader to the picture, or to what he knows already."""
    said = letters_said(title)
    return said is not None and said <= SAYS and sends(title)


def letters_said(title: Views) -> int | None:
    """Letters and digits of a short title's words that say something about the article; None of a title that is too long to be silent."""
    if len(title.squeezed) > 3 * SAYS:
        return None
    return sum(letter.isalnum() for letter in _EMPTY.sub("", title.plain))


def sends(title: Views) -> bool:
    """Whether a title sends the reader elsewhere."""
    return _SEE.search(title.plain) is not None
