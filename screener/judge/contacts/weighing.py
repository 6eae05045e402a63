"""How much a name and an account beside it weigh together: a word of contact, a disguise, a shape that is hardly a model's number."""

from __future__ import annotations

import re
from typing import Final

from screener.judge.contacts.accounts import Account
from screener.judge.contacts.channels import SHAPES, SIGNS
from screener.judge.contacts.names import Named

_SAYS: Final = re.compile(
    r"[:=+@\u2764\u2661\u2665]|号|加|联系|添加|客服|咨询|详|搜|아이디|문의|(?<![a-z])(?:id|me|us|add|contact|account|here|via|number)(?![a-z])"
)
"""In a link: what makes the characters behind it an account."""
_TELLS: Final = re.compile(r"号|加|联系|添加|搜|群|裙|@|(?<![a-z])(?:id|me|us|add|contact|account)(?![a-z])")
"""In a link: what does so even behind an everyday word."""
_ASKS: Final = re.compile(
    r"(?:加我?|联系|添加|咨询|详询|请|搜索?|电话|客服|私聊|私信|找|看图|看款|[+➕✚]|"
    r"(?:contact|add|on|via|find us on|message us on|dm|text)(?![a-z]))[^0-9a-z\u3400-\u9fff]{0,3}\Z"
)
"""Before a name: the same."""
_ASKS_BEHIND: Final = re.compile(
    r"[\s,，。!！)）】]{0,2}(?:看款|看图|看货|咨询|同号|联系|详聊|详谈|私聊|下单|拿货|for (?:more|details|order|pics|price))"
)
"""Behind an account: the same."""
_POINTS: Final = re.compile(r"[:=@+]|[号搜群裙找私同]|联系|[在看见]图")
"""In a link or a name, what points at an account that has no account's usual shape."""
_DRAWN_DIGITS: Final = 4
"""Digits behind a picture of a telephone that no size and no model's number beside one has."""
_REACH: Final = 16
_NAMED_BY_ASKING: Final = re.compile("[加号搜私同]|联系.|id|群|裙")
_MODEL: Final = re.compile(r"[a-z0-9]-\Z")

_ARTICLE: Final = re.compile(r"[a-z]{1,2}[0-9]+")
"""As the article numbers behind "Line:" or "飞机：" look."""
_HOTLINE: Final = re.compile(r"[48]00[0-9]{7}|9[0-9]{4}")
"""Service numbers of China, which companies have and not persons."""

_MIN_BARE: Final = 6
"""Characters of an account with no word of contact beside it."""
LONG_NUMBER: Final = 8
"""Digits that no price, year or model beside a messenger has."""
_MANY_DIGITS: Final = 5
"""Digits behind letters that a model's number seldom has, and an account often."""
_MIN_WORD: Final = 6
"""Letters of an account without a digit or underscore."""
SURE, TELLING, _LIKELY, _LOOSE = 0.9, 0.75, 0.6, 0.45
"""Strength of a name and an account with a word of contact between, of a disguised name, of an account that could be a word, of a mere touch."""
_SIGNLESS: Final = str.maketrans("", "", "+()-. /\x01\x02")


def asks(plain: str, named: Named, link: str) -> bool:
    """Whether a word of contact stands between name and account, before the name, or in it."""
    before = _ASKS.search(plain, max(0, named.start - _REACH), named.start)
    return bool(before or _SAYS.search(link) or _NAMED_BY_ASKING.search(named.name.text))


def asked_behind(plain: str, account: Account) -> bool:
    """Whether a word of contact follows the account."""
    return _ASKS_BEHIND.match(plain, account.end) is not None


def weigh(plain: str, reading: str, named: Named, account: Account, link: str, asked: bool) -> float:
    """Strength of a name and the account behind it; 0 if the one is no name or the other no account."""
    name = named.name
    if name.grade == "doubtful" and not _doubtless(plain, named, account, link):
        return 0.0
    if name.channel in ("phone", "code") and _HOTLINE.fullmatch(account.value):
        return 0.0
    if not asked and not link and account.kind in ("number", "phone") and not reading[account.start : account.end].translate(_SIGNLESS).isdigit():
        return 0.0  # QQ40O1711 is a model number
    if account.kind == "phone" and account.value[0] == "0":
        return _LIKELY  # a fixed line is often the maker's own
    if account.kind == "loose":
        return _weigh_loose(plain, named, account, link)
    if name.grade == "ask":
        return _weigh_asked(account)
    match account.kind:
        case "phone":
            return SURE if asked or named.disguised else TELLING
        case "name":
            return SURE
        case "number":
            return _weigh_number(plain, named, account, link, asked)
        case "handle":
            return _weigh_handle(named, account, link, asked)
        case _:
            if not asked or len(account.value) < _MIN_WORD - (not named.disguised and SHAPES[name.channel] == "name"):
                return 0.0
            return SURE if named.disguised else _LIKELY if name.grade == "open" else 0.0


def _weigh_asked(account: Account) -> float:
    """Of an account behind a word of contact that names no messenger."""
    match account.kind:
        case "phone":
            return SURE
        case "handle":
            return TELLING if len(account.value) >= _MIN_BARE else 0.0
        case "number":
            return TELLING if len(account.value) >= LONG_NUMBER else 0.0
        case _:
            return 0.0


def _weigh_loose(plain: str, named: Named, account: Account, link: str) -> float:
    """Of letters and digits in no account's shape: they are one behind a sign that points at them, or behind a picture of a telephone."""
    points = _POINTS.search(link) or _POINTS.search(plain, named.start, named.end) or _ASKS.search(plain, max(0, named.start - _REACH), named.start)
    if not points and not _is_drawn(named, account):
        return 0.0
    return _LIKELY if account.whole else TELLING


def _is_drawn(named: Named, account: Account) -> bool:
    """Whether an account follows a picture of what it is for, and has more digits than a size or a model's number beside one."""
    return named.name.text in SIGNS and sum(letter.isdigit() for letter in account.value) >= _DRAWN_DIGITS


def _weigh_number(plain: str, named: Named, account: Account, link: str, asked: bool) -> float:
    name, digits = named.name, len(account.value)
    if asked:
        return SURE if digits >= _MIN_BARE or (name.channel == "qq" and name.grade == "open") else 0.0
    if digits < _MIN_BARE or not account.whole or (not link and digits < LONG_NUMBER and plain[named.end - 1].isascii()):
        return 0.0
    return TELLING if digits >= LONG_NUMBER and (named.disguised or SHAPES[name.channel] == "number") else _LOOSE


def _weigh_handle(named: Named, account: Account, link: str, asked: bool) -> float:
    doubtful, value = named.name.grade == "doubtful", account.value
    if asked:
        return TELLING if doubtful and not _TELLS.search(link) else SURE
    if len(value) < _MIN_BARE or "-" in value or "." in value:
        return 0.0  # 威信 XD-105 is a make and a model
    if doubtful:
        return _LIKELY
    return TELLING if named.disguised or _unmistakable(value) else _LOOSE


def _doubtless(plain: str, named: Named, account: Account, link: str) -> bool:
    """Whether an everyday word is meant as a channel: words of contact beside it, an @, or a telephone behind a telephone's name."""
    if _MODEL.search(plain, max(0, named.start - 2), named.start):
        return False
    if named.name.channel in ("phone", "account") and account.kind == "phone":
        return True
    if account.kind == "name" or _TELLS.search(link) or _ASKS.search(plain, max(0, named.start - _REACH), named.start):
        return True
    drawn = named.name.text in SIGNS
    if account.kind == "loose" and _is_drawn(named, account):
        return True
    latin = "_" in account.value and SHAPES[named.name.channel] == "name" and plain[named.end - 1].isascii()
    if account.kind == "handle" and ((drawn and _unmistakable(account.value)) or latin):
        return True
    if not _SAYS.search(link) or _ARTICLE.fullmatch(account.value):
        return False
    return account.kind != "number" or (len(account.value) >= LONG_NUMBER and SHAPES[named.name.channel] != "phone")


def _unmistakable(value: str) -> bool:
    """Whether what is shaped like an account is hardly a model's number."""
    return "_" in value or sum(letter.isdigit() for letter in value) >= _MANY_DIGITS
