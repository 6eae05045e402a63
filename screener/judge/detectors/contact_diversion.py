"""The buyer is sent to a messenger, where nobody watches: a messenger's name or its disguise beside something shaped like an account."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from screener.contracts import ListingContent, Signal
from screener.judge.detectors.evidence import Lexicon, TextField, text_signal
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import Views


class Messenger(Struct, frozen=True):
    """A way to write a messenger's name, and the shape of its accounts."""

    text: str
    accounts: str
    """`handle`: starts with a letter and has a digit or underscore; `number`: digits only; `phone`: a telephone number; `at`: @name."""
    disguise: bool = False
    """Nobody writes the name so but to pass a filter."""


WORDS: Final = (
    Messenger("微信", "handle"),
    Messenger("wechat", "handle"),
    Messenger("weixin", "handle"),
    Messenger("vx", "handle", disguise=True),
    Messenger("wx", "handle", disguise=True),
    Messenger("v信", "handle", disguise=True),
    Messenger("薇信", "handle", disguise=True),
    Messenger("威信", "handle", disguise=True),
    Messenger("徽信", "handle", disguise=True),
    Messenger("溦信", "handle", disguise=True),
    Messenger("维信", "handle", disguise=True),
    Messenger("围信", "handle", disguise=True),
    Messenger("加v", "handle", disguise=True),
    Messenger("加薇", "handle", disguise=True),
    Messenger("加威", "handle", disguise=True),
    Messenger("加微", "handle"),
    Messenger("qq", "number"),
    Messenger("扣扣", "number", disguise=True),
    Messenger("企鹅号", "number", disguise=True),
    Messenger("whatsapp", "phone"),
    Messenger("telegram", "at"),
    Messenger("电报", "at"),
)
"""Names and disguises of messengers, in plain form."""

_LEXICON: Final = Lexicon([word.text for word in WORDS])

# What may stand between a name and an account: a verb, "number", a colon. At most a few, or the account is not the name's.
_LINK = (
    r"(?P<link>(?:[\s:：;,，.。·\-=~_/|+❤♥➕✚>→\u200b-\u200f\ufe0f()（）\[\]【】「」]"
    r"|同号|号码|账号|帐号|加我|添加|联系|客服|咨询|详询|号|是|加|搜|id\b|me\b|us\b|at\b|on\b|number\b|no\b){0,6})"
)
_END = r"(?![0-9a-z_])"
_SHAPES: Final = {
    "handle": re.compile(_LINK + r"(?P<id>(?=[a-z0-9_\-]*[0-9_])[a-z][a-z0-9_\-]{4,19}|1[3-9][0-9]{9}|[1-9][0-9]{6,10})" + _END),
    "number": re.compile(_LINK + r"(?P<id>[1-9][0-9]{5,10})" + _END),
    "phone": re.compile(_LINK + r"(?P<id>\+?[0-9][0-9 \-]{7,15}[0-9])" + _END),
    "word": re.compile(_LINK + r"(?P<id>[a-z][a-z0-9_\-]{5,19})" + _END),
    "at": re.compile(_LINK + r"(?P<id>@[a-z][a-z0-9_]{4,19}|\+[0-9]{8,14})" + _END),
}
_SAYS_CONTACT: Final = re.compile(r"[:：=+➕]|号|加|联系|添加|客服|咨询|搜|\bid|\bme")
_ASKS_BEFORE: Final = re.compile(r"(?:加我?|联系|添加|咨询|详询|请|搜|电话|客服|私聊|contact|add|on|via)[^0-9a-z\u3400-\u9fff]{0,3}\Z")
_BEFORE_REACH: Final = 12

# Things with a Latin prefix and digits that are no accounts: years, sizes, units, and the models of goods.
_NOT_AN_ACCOUNT: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:款|年|版|春|夏|秋|冬|新)|[0-9.]+(?:ml|kg|mm|cm|gb|mah|元|片|件|只|个|币|点|抽|粒|寸|码|w|g|m)"
    r"|(?:iphone|ipad|ipod|macbook|galaxy|redmi|huawei|xiaomi|oppo|vivo|honor|mate|usb|windows|android|ios)"
)

_MIN_BARE: Final = 6
"""Characters of an account with no word of contact beside it."""

_LONG_NUMBER: Final = 8
"""Digits that no price, year or model beside QQ has."""

_STRONG, _PLAIN, _LOOSE = 0.9, 0.75, 0.45
"""Strength for a name and an account with a word of contact between, for a disguised name, for a name and an account that merely touch."""


def detect(_event: ListingContent, views: ListingViews, _seller: SellerState | None, _listing: ListingState | None, _side: Side) -> Signal | None:
    """The strongest such place, the first of equals, title before description."""
    best = _strongest("title", views.title)
    other = _strongest("description", views.description) if views.description.squeezed else None
    if other is not None and (best is None or other.strength > best.strength):
        return other
    return best


def _strongest(field: TextField, views: Views) -> Signal | None:
    best: tuple[float, int, int, str] | None = None
    for hit in _LEXICON.find(views):
        word = WORDS[hit.number]
        found = _SHAPES[word.accounts].match(views.plain, hit.end)
        if found is None and word.disguise:
            found = _SHAPES["word"].match(views.plain, hit.end)
            if found is not None and not _SAYS_CONTACT.search(found.group("link")):
                continue  # only a disguise and a word of contact make an account of a plain word
        if found is None:
            continue
        link, account = found.group("link"), found.group("id")
        if _NOT_AN_ACCOUNT.match(views.plain, found.start("id")) or (not link and account[0].isalpha() and views.plain[hit.end - 1].isascii()):
            continue  # a model number: vx12e, and a Latin name that runs on into more letters
        asked = word.accounts == "at" or _SAYS_CONTACT.search(link) or _ASKS_BEFORE.search(views.plain, max(0, hit.start - _BEFORE_REACH), hit.start)
        if not asked and (len(account) < _MIN_BARE or "-" in account):
            continue  # 威信 XD-105 is a make and a model
        sure = word.disguise or (word.accounts == "number" and len(account) >= _LONG_NUMBER)
        strength = _STRONG if asked else _PLAIN if sure else _LOOSE
        if best is None or strength > best[0]:
            best = (strength, hit.start, found.end(), word.text)
    if best is None:
        return None
    strength, start, end, text = best
    return text_signal("contact_diversion", strength, field, views, start, end, f'"{text}" beside what is shaped like an account')
