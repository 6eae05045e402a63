"""Every contact of a text: a name with an account before or behind it, an address, an account split over title and description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, Literal

from msgspec import Struct

from screener.judge.contacts.accounts import Account, account_at, account_before, account_in_pieces, link_behind
from screener.judge.contacts.addresses import addresses_in, may_have
from screener.judge.contacts.channels import SHAPES, SIGNS, Name
from screener.judge.contacts.names import NOTHING, Hinted, Named, Seen, may_sign, seen_in, signs_in
from screener.judge.contacts.reading import by_ear, reading_of
from screener.judge.views import Views, views_of

TextField = Literal["title", "description"]


class Contact(Struct, frozen=True):
    """A way out at `start:end` of the plain view of a text."""

    channel: str
    value: str
    """Normalised; `identity` makes ids of it."""
    strength: float
    start: int
    end: int
    name: Name | None = None
    """What names the channel; None for an address that speaks for itself."""
    disguised: bool = False
    """The address is written so that no filter reads it."""


class Contacts(Struct, frozen=True):
    """What one text has."""

    found: tuple[Contact, ...] = ()
    hinted: tuple[Hinted, ...] = ()
    open_end: bool = False
    """A channel is named near the end of the text without an account."""


_NONE: Final = Contacts()
_SAYS: Final = re.compile(
    r"[:=+@\u2764\u2661\u2665]|号|加|联系|添加|客服|咨询|详|搜|아이디|문의|(?<![a-z])(?:id|me|us|add|contact|account|here|via|number)(?![a-z])"
)
"""In a link: what makes the characters behind it an account."""
_TELLS: Final = re.compile(r"号|加|联系|添加|搜|@|(?<![a-z])(?:id|me|us|add|contact|account)(?![a-z])")
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
MAX_NAMED: Final = 60
"""Names of channels beside which an account is looked for in one text: one listing costs a few milliseconds at most."""
MAX_ADDRESSES: Final = 20
"""Addresses of one text: a listing that gives more says nothing more by the twenty-first."""
_REACH: Final = 16
_NAMED_BY_ASKING: Final = re.compile("[加号搜]|id|群|裙")
_MODEL: Final = re.compile(r"[a-z0-9]-\Z")

_ARTICLE: Final = re.compile(r"[a-z]{1,2}[0-9]+")
"""As the article numbers behind "Line:" or "飞机：" look."""
_HOTLINE: Final = re.compile(r"[48]00[0-9]{7}|9[0-9]{4}")
"""Service numbers of China, which companies have and not persons."""

_MIN_BARE: Final = 6
"""Characters of an account with no word of contact beside it."""
_LONG_NUMBER: Final = 8
"""Digits that no price, year or model beside a messenger has."""
_MANY_DIGITS: Final = 5
"""Digits behind letters that a model's number seldom has, and an account often."""
_MIN_WORD: Final = 6
"""Letters of an account without a digit or underscore."""
_SURE, _TELLING, _LIKELY, _LOOSE = 0.9, 0.75, 0.6, 0.45
"""Strength of a name and an account with a word of contact between, of a disguised name, of an account that could be a word, of a mere touch."""
_SIGNLESS: Final = str.maketrans("", "", "+()-. /\x01\x02")
_SEAM: Final = "\u200b"
_TAIL: Final = 48
"""Characters of the title's end and the description's beginning that are read as one."""
_HEARD: Final = 24
"""Characters behind a word of contact that may sound like digits."""


def contacts_in(views: Views) -> Contacts:
    """The contacts and hints of one text."""
    if not views.squeezed and not views.strange:
        return _NONE
    seen = seen_in(views)
    if seen is NOTHING and not may_sign(views) and not may_have(views.plain):
        return _NONE
    reading = reading_of(views.plain, seen.spelt)
    places = _places(views, seen, reading)
    found = [*_named(views.plain, reading, places)]
    for address in islice(addresses_in(views, reading), MAX_ADDRESSES):
        if not any(one.start <= address.start and address.end <= one.end and one.strength >= address.strength for one in found):
            found.append(Contact(address.channel, address.value, address.strength, address.start, address.end, None, address.disguised))
    if not found and not seen.hinted and not places:
        return _NONE
    tail = len(views.plain) - _TAIL
    open_end = any(place.end > tail and not any(one.start <= place.start and place.end <= one.end for one in found) for place in places)
    return Contacts(tuple(found), seen.hinted, open_end)


def contacts_across(title: Views, description: Views) -> tuple[Contact, ...]:
    """Contacts that begin at the end of the title and end at the beginning of the description; their places are in the title."""
    tail = title.text[-_TAIL:]
    joined = views_of(tail + _SEAM + description.text[:_TAIL])
    seam = len(views_of(tail).plain)
    shift = len(title.plain) - seam
    seen = seen_in(joined)
    reading = reading_of(joined.plain, seen.spelt)
    found = _named(joined.plain, reading, _places(joined, seen, reading))
    return tuple(
        Contact(one.channel, one.value, one.strength, one.start + shift, len(title.plain), one.name, one.disguised)
        for one in found
        if one.start < seam < one.end and one.start + shift >= 0
    )


def _places(views: Views, seen: Seen, reading: str) -> tuple[Named, ...]:
    return tuple(islice(chain(seen.named, signs_in(views, reading)), MAX_NAMED))


def _named(plain: str, reading: str, places: tuple[Named, ...]) -> Iterator[Contact]:
    for named in places:
        contact = _behind(plain, reading, named) or _before(plain, reading, named)
        if contact is not None:
            yield contact


def _behind(plain: str, reading: str, named: Named) -> Contact | None:
    """The contact of a name and the account that follows it."""
    name, shape = named.name, SHAPES[named.name.channel]
    stop = link_behind(reading, named.end)
    link = reading[named.end : stop]
    asked = bool(_SAYS.search(link) or _ASKS.search(plain, max(0, named.start - _REACH), named.start) or _NAMED_BY_ASKING.search(name.text))
    account = account_at(reading, stop, shape, asked)
    if account is None or account.kind == "word":
        pieces = account_in_pieces(reading, stop, asked or not named.disguised) if asked or named.disguised or account is None else None
        if pieces is not None and (asked or named.disguised or _ASKS_BEHIND.match(plain, pieces.end)):
            account, asked = pieces, True
        elif asked and account is None:
            account = account_at(by_ear(reading, stop, _HEARD), stop, shape)
    if account is None:
        return None
    touching = not link and plain[named.end - 1].isascii() and plain[named.end - 1].isalnum() and account.value[:1].isalpha()
    if touching and not name.glued and account.kind != "name":
        return None  # a model number: vx12e
    asked = asked or _ASKS_BEHIND.match(plain, account.end) is not None
    if not asked and not link and account.kind in ("number", "phone") and not reading[account.start : account.end].translate(_SIGNLESS).isdigit():
        return None  # QQ40O1711: a model number again
    strength = _weigh(plain, named, account, link, asked)
    if account.kind == "phone" and account.value[0] == "0":
        strength = min(strength, _LIKELY)  # a fixed line is often the maker's own
    if _HOTLINE.fullmatch(account.value) and name.channel == "phone":
        return None
    value = f"wxid_{account.value}" if name.text == "wxid" else account.value
    return Contact(name.channel, value, strength, named.start, account.end, name) if strength else None


def _weigh(plain: str, named: Named, account: Account, link: str, asked: bool) -> float:
    name, value = named.name, account.value
    if name.grade == "doubtful" and not _doubtless(plain, named, account, link):
        return 0.0
    if name.grade == "ask":
        if account.kind == "phone":
            return _SURE
        return _TELLING if account.kind in ("handle", "number") and len(value) >= _LONG_NUMBER - (account.kind == "handle") * 2 else 0.0
    disguise = named.disguised
    match account.kind:
        case "phone":
            return _SURE if asked or disguise else _TELLING
        case "name":
            return _SURE
        case "number":
            if not asked and (len(value) < _MIN_BARE or not account.whole):
                return 0.0
            if asked:
                return _SURE if len(value) >= _MIN_BARE or (name.channel == "qq" and name.grade == "open") else 0.0
            if not link and len(value) < _LONG_NUMBER and plain[named.end - 1].isascii():
                return 0.0
            return _TELLING if len(value) >= _LONG_NUMBER and (disguise or SHAPES[name.channel] == "number") else _LOOSE
        case "handle":
            if not asked and (len(value) < _MIN_BARE or "-" in value or "." in value):
                return 0.0  # 威信 XD-105 is a make and a model
            if not asked and not disguise and name.grade == "open" and _unmistakable(value):
                return _TELLING
            if not asked and name.grade == "doubtful":
                return _LIKELY
            return (_SURE if name.grade != "doubtful" or _TELLS.search(link) else _TELLING) if asked else _TELLING if disguise else _LOOSE
        case _:
            if not asked or len(value) < _MIN_WORD - (not disguise and SHAPES[name.channel] == "name"):
                return 0.0
            return _SURE if disguise else _LIKELY if name.grade == "open" else 0.0


def _doubtless(plain: str, named: Named, account: Account, link: str) -> bool:
    """Whether an everyday word is meant as a channel: words of contact beside it, an @, or a telephone behind a telephone's name."""
    if _MODEL.search(plain, max(0, named.start - 2), named.start):
        return False
    if named.name.channel in ("phone", "account") and account.kind == "phone":
        return True
    if account.kind == "name" or _TELLS.search(link) or _ASKS.search(plain, max(0, named.start - _REACH), named.start):
        return True
    if account.kind == "handle" and _unmistakable(account.value) and (named.name.text in SIGNS or "_" in account.value):
        return named.name.text in SIGNS or (SHAPES[named.name.channel] == "name" and plain[named.end - 1].isascii())
    if not _SAYS.search(link) or _ARTICLE.fullmatch(account.value):
        return False
    return account.kind != "number" or (len(account.value) >= _LONG_NUMBER and SHAPES[named.name.channel] != "phone")


def _unmistakable(value: str) -> bool:
    """Whether what is shaped like an account is hardly a model's number."""
    return "_" in value or sum(letter.isdigit() for letter in value) >= _MANY_DIGITS


def _before(plain: str, reading: str, named: Named) -> Contact | None:
    """The contact of a name and the account before it: 13812345678微信同号, shop_88 on telegram."""
    name, shape = named.name, SHAPES[named.name.channel]
    if name.grade in ("doubtful", "ask") and not (name.channel == "phone" and name.grade == "ask"):
        return None
    account = account_before(reading, named.start)
    if account is None:
        return None
    match account.kind:
        case "phone":
            strength = _SURE if name.text == "同号" or "同号" in plain[named.end : named.end + 4] else _TELLING
        case "number":
            strength = _TELLING if shape == "number" and len(account.value) >= _LONG_NUMBER else 0.0
        case _:
            strength = _TELLING if shape in ("handle", "name") and account.kind == "handle" else 0.0
    return Contact(name.channel, account.value, strength, account.start, named.end, name) if strength else None
