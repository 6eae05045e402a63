"""Every contact in a listing's texts: a channel's name with the account before or behind it, an address, an account split over title and description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final, Literal

from msgspec import Struct

from screener.judge.contacts.accounts import Account, account_at, account_before, account_in_pieces, link_behind
from screener.judge.contacts.addresses import addresses_in
from screener.judge.contacts.channels import SHAPES, Name
from screener.judge.contacts.names import Hinted, Named, Seen, seen_in, signs_in
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
_SAYS: Final = re.compile(r"[:=+@\u2764\u2661\u2665]|号|加|联系|添加|客服|咨询|详|搜|(?<![a-z])(?:id|me|us|add|contact|account|here|via|number)(?![a-z])")
"""In a link: what makes the characters behind it an account."""
_TELLS: Final = re.compile(r"号|加|联系|添加|搜|@|(?<![a-z])(?:id|me|us|add|contact|account)(?![a-z])")
"""In a link: what does so even behind an everyday word."""
_ASKS: Final = re.compile(
    r"(?:加我?|联系|添加|咨询|详询|请|搜索?|电话|客服|私聊|私信|找|看图|看款|(?:contact|add|on|via|find us on|message us on|dm|text)(?![a-z]))[^0-9a-z\u3400-\u9fff]{0,3}\Z"
)
"""Before a name: the same."""
_REACH: Final = 16
_NAMED_BY_ASKING: Final = re.compile("[加号搜]|id|群|裙")
_MODEL: Final = re.compile(r"[a-z0-9]-\Z")

_MIN_BARE: Final = 6
"""Characters of an account with no word of contact beside it."""
_LONG_NUMBER: Final = 8
"""Digits that no price, year or model beside a messenger has."""
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
    reading = reading_of(views.plain, seen.spelt)
    found = [*_named(views, seen, reading)]
    for address in addresses_in(views.plain, reading):
        if not any(one.start <= address.start and address.end <= one.end and one.strength >= address.strength for one in found):
            found.append(Contact(address.channel, address.value, address.strength, address.start, address.end, None, address.disguised))
    if not found and not seen.hinted and not seen.named:
        return _NONE
    open_end = any(named.end > len(views.plain) - _TAIL and not _has(found, named) for named in seen.named) or _ends_open(views, reading, found)
    return Contacts(tuple(found), seen.hinted, open_end)


def contacts_across(title: Views, description: Views) -> tuple[Contact, ...]:
    """Contacts that begin at the end of the title and end at the beginning of the description; their places are in the title."""
    tail = title.text[-_TAIL:]
    joined = views_of(tail + _SEAM + description.text[:_TAIL])
    seam = len(views_of(tail).plain)
    shift = len(title.plain) - seam
    seen = seen_in(joined)
    found = _named(joined, seen, reading_of(joined.plain, seen.spelt))
    return tuple(
        Contact(one.channel, one.value, one.strength, one.start + shift, len(title.plain), one.name, one.disguised)
        for one in found
        if one.start < seam < one.end and one.start + shift >= 0
    )


def _has(found: list[Contact], named: Named) -> bool:
    return any(one.start <= named.start and named.end <= one.end for one in found)


def _ends_open(views: Views, reading: str, found: list[Contact]) -> bool:
    """Whether a single letter near the end names a messenger and no account follows."""
    return any(named.end > len(views.plain) - _TAIL and not _has(found, named) for named in signs_in(views, reading))


def _named(views: Views, seen: Seen, reading: str) -> Iterator[Contact]:
    for named in chain(seen.named, signs_in(views, reading)):
        contact = _behind(views.plain, reading, named) or _before(views.plain, reading, named)
        if contact is not None:
            yield contact


def _behind(plain: str, reading: str, named: Named) -> Contact | None:
    """The contact of a name and the account that follows it."""
    name, shape = named.name, SHAPES[named.name.channel]
    stop = link_behind(reading, named.end)
    link = reading[named.end : stop]
    asked = bool(_SAYS.search(link) or _ASKS.search(plain, max(0, named.start - _REACH), named.start) or _NAMED_BY_ASKING.search(name.text))
    if "+" in link and reading[stop - 1] == "+":
        stop -= 1
    account = account_at(reading, stop, shape, asked)
    if account is None and "+" in link:
        account = account_at(reading, stop + 1, shape, asked)
    if asked and (account is None or account.kind == "word"):
        account = account_in_pieces(reading, stop) or account or account_at(by_ear(reading, stop, _HEARD), stop, shape)
    if account is None:
        return None
    touching = not link and plain[named.end - 1].isascii() and plain[named.end - 1].isalnum() and account.value[:1].isalpha()
    if touching and not name.glued and account.kind != "name":
        return None  # a model number: vx12e
    if not asked and account.kind in ("number", "phone") and not reading[account.start : account.end].translate(_SIGNLESS).isdigit():
        return None  # QQ40O1711: a model number again
    strength = _weigh(plain, named, account, link, asked)
    if account.kind == "phone" and account.value[0] == "0":
        strength = min(strength, _LIKELY)  # a fixed line is often the maker's own
    return Contact(name.channel, account.value, strength, named.start, account.end, name) if strength else None


def _weigh(plain: str, named: Named, account: Account, link: str, asked: bool) -> float:
    name, value = named.name, account.value
    if name.grade == "doubtful" and not _doubtless(plain, named, account, link):
        return 0.0
    if name.grade == "ask":
        if account.kind == "phone":
            return _SURE
        return _TELLING if account.kind in ("handle", "number") and len(value) >= _LONG_NUMBER - (account.kind == "handle") * 2 else 0.0
    disguise = name.grade == "disguise"
    match account.kind:
        case "phone":
            return _SURE if asked or disguise else _TELLING
        case "name":
            return _SURE
        case "number":
            if not asked and (len(value) < _MIN_BARE or not account.whole):
                return 0.0
            if asked:
                return _SURE if len(value) > 5 or SHAPES[name.channel] == "number" else 0.0
            if not link and len(value) < _LONG_NUMBER and plain[named.end - 1].isascii():
                return 0.0
            return _TELLING if len(value) >= _LONG_NUMBER and (disguise or SHAPES[name.channel] == "number") else _LOOSE
        case "handle":
            if not asked and (len(value) < _MIN_BARE or "-" in value or "." in value):
                return 0.0  # 威信 XD-105 is a make and a model
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
    return bool(_SAYS.search(link)) and (account.kind != "number" or len(account.value) >= _LONG_NUMBER)


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
