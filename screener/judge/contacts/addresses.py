"""Addresses that need no messenger's name beside them: e-mail, links, hosts, share codes, bare telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec import Struct

from screener.judge.contacts.accounts import number_at
from screener.judge.contacts.reading import GAP, REST, written_as
from screener.judge.views import Views


class Address(Struct, frozen=True):
    """An address at `start:end` of the plain view, normalised. `strength` is what it weighs with no other word."""

    channel: str
    value: str
    start: int
    end: int
    strength: float
    disguised: bool = False


_DOT = (
    r"(?:\.|[\x01 ]*点|[\x01 ]*(?:\[\.\]|\(\.\)|\((?:dot|点)\)|\[(?:dot|点)\])[\x01 ]*|[\x01 ]+dot[\x01 ]+"
    r"|,(?=c[o0]m(?![a-z0-9])|cn(?![a-z0-9]))|[\x01 ]\.[\x01 ]?|\.[\x01 ])"
)
_SURE = "com|c0m|cn|net|org|cc|vip|shop|xyz|top|store|site|club|online|info|hk|tw|ru"
_ANY = f"{_SURE}|me|co|io|be|ly|app|us|uk|de|fr|es|it|jp|kr|in|asia|biz|link|cm|to|gl|gd|ee|la|im|page"
_HOST = rf"[a-z0-9](?:[a-z0-9\-]{{0,38}}[a-z0-9])?(?:{_DOT}[a-z0-9\-]{{1,30}}){{0,3}}?"
_URL: Final = re.compile(
    rf"(?:(?P<scheme>h(?:tt|xx)ps?[: ]{{1,3}}//|w{{3}}{_DOT})|(?<![a-z0-9\-.]))(?P<host>{_HOST}{_DOT}(?P<tld>{_ANY}))(?![a-z0-9\-@])"
    r"(?P<path>[/?][a-z0-9_\-./?=&%~+@]{0,200})?"
)
_AT = r"(?:@|[\x01 ]*(?:\(at\)|\[at\]|\{at\}|艾特|\(@\))[\x01 ]*| at |#|[\x01 ]@[\x01 ]?)"
_MAILBOX: Final = re.compile(
    rf"(?<![a-z0-9._\-+])(?P<user>[a-z0-9][a-z0-9._\-+]{{1,40}})(?P<at>{_AT})(?P<host>{_HOST}{_DOT}(?:{_ANY}))(?![a-z0-9\-])"
)
_MAIL_HOSTS: Final = re.compile(
    r"(?:gmail|hotmail|outlook|yahoo|icloud|live|proton|protonmail|qq|163|126|sina|foxmail|139|189|yeah|mail|aol|gmx|yandex|naver)\."
)
_SPELT_DOT: Final = re.compile(_DOT)
_TOKEN: Final = re.compile(r"[¥$€₤₳¢¤(/][ ]?(?P<token>(?=[a-z0-9]*[a-z])(?=[a-z0-9]*[0-9])[a-z0-9]{10,13})[ ]?[¥$€₤₳¢¤)/]")
_PRICED: Final = re.compile("[¥$€₤₳¢¤]|/ ?[(]|复制|口令")

_DOMAIN: Final = re.compile(rf"[.。点t,，][^a-z0-9\u3400-\u9fff]{{0,3}}(?:{_ANY})(?![a-z0-9])")
"""The end of a host (the t is of "dot"), without which a text has neither link nor mailbox. A class at the front is what makes a search quick."""
_FIRST, _DIGIT = re.escape(written_as("0", "1", "8")), re.escape(written_as(*"0123456789"))
_LONG: Final = re.compile(rf"[{_FIRST}li](?<![0-9a-z.][{_FIRST}li])(?:[^0-9a-z\u3400-\u9fff\uac00-\ud7a3]{{0,3}}[{_DIGIT}oil]){{10}}")
"""Of a plain view: eleven signs that may be digits."""

_SOCIAL: Final = (
    (re.compile(r"(?:wa\.me|api\.whatsapp\.com/send/?\?phone=|chat\.whatsapp\.com)[/=+]*(?P<name>[a-z0-9]+)"), "whatsapp"),
    (re.compile(r"(?:t\.me|telegram\.me|telegram\.dog)/\+?(?:s/)?(?P<name>[a-z0-9_]+)"), "telegram"),
    (re.compile(r"(?:instagram\.com|instagr\.am|ig\.me/m)/(?P<name>[a-z0-9_.]+)"), "instagram"),
    (re.compile(r"(?:m\.me|fb\.com|fb\.me|(?:www\.|m\.)?facebook\.com)/(?P<name>[a-z0-9_.]+)"), "facebook"),
    (re.compile(r"line\.me/(?:r/)?ti/[pg2]+/[~@]*(?P<name>[a-z0-9_.\-]+)"), "line"),
    (re.compile(r"(?:www\.)?(?P<name>[a-z0-9\-]+)\.(?:x\.)?yupoo\.com"), "yupoo"),
    (re.compile(r"(?:shop)?(?P<name>[0-9]+)\.v\.weidian\.com"), "weidian"),
    (re.compile(r"(?:[a-z0-9]+\.)*(?:weidian|youshop10)\.com[a-z/._?=&0-9\-]*?(?:userid|shopid|itemid)=(?P<name>[0-9]+)"), "weidian"),
    (re.compile(r"(?:k\.)?youtube\.com/(?:@|c/|channel/)(?P<name>[a-z0-9_\-]+)"), "youtube"),
    (re.compile(r"(?:www\.)?tiktok\.com/@(?P<name>[a-z0-9_.]+)"), "tiktok"),
    (re.compile(r"(?:[a-z]+\.)?snapchat\.com/add/(?P<name>[a-z0-9_.\-]+)"), "snapchat"),
    (re.compile(r"discord\.gg/(?P<name>[a-z0-9]+)"), "discord"),
)
"""Hosts behind which an account stands, and its channel."""
_SHORT: Final = re.compile(
    r"(?:bit\.ly|t\.cn|goo\.gl|tinyurl\.com|t\.co|dwz\.cn|url\.cn|suo\.im|m\.tb\.cn|is\.gd|cutt\.ly|linktr\.ee|rebrand\.ly|kurl\.cn|w\.url\.cn)\b"
)
_LANGUAGES: Final = re.compile(r"(?:asp|vb|ado|basic|c#|\bnet)\.net|node\.js")
"""Names of software that look like hosts."""

_BARE: Final = re.compile(
    rf"[0-9oil](?<![0-9a-z.][0-9oil]){REST}*(?:[^0-9a-z{REST}\u3400-\u9fff\uac00-\ud7a3]{{0,3}}[0-9oil]{REST}*){{10,17}}(?![0-9a-z])"
)
_CODED: Final = re.compile(
    r"(?:型号|货号|款号|编号|编码|条码|产品号|序列号|料号|零件号|isbn|ean|upc|sku|asin|model|part|p/n|s/n|no\.?|art\.?|适用|iphone|for)[^0-9]{0,8}\Z"
)
_BEFORE: Final = 16
_PLAIN, _GROUPED, _LETTERS, _EVASIVE = 0.4, 0.45, 0.6, 0.8
"""Strength of a bare mobile number: in one piece it is as often an article number; in groups; with letters for digits; in signs that nobody numbers
articles with."""
_ASKED, _FOREIGN = 0.75, 0.6
"""The same behind a word that announces a telephone, and of a number with a foreign country's prefix."""
_ASKS: Final = re.compile(r"(?:电|联|(?<![a-z])(?:t|p|m|ph|call|text|mob|cell|contact)[.:]?)[: ]{0,2}\Z")
_ABROAD: Final = re.compile(r"\+(?<![0-9a-z]\+)[1-9](?:[ ().\-]{0,2}[0-9]){8,14}(?![0-9a-z])")
_NO_DIGIT: Final = re.compile("[^0-9]")
_GROUP: Final = re.compile("[0-9oil]+")
MAX_RUNS: Final = 20
"""Long runs of digits that are looked at in one text: an ordinary one has none or one, so decoys cost little more than their reading."""
_STRANGE_DIGITS: Final = 3
"""Digits in other signs than 0 to 9 from which a number is written to be missed."""


def addresses_in(views: Views, reading: str) -> Iterator[Address]:
    """Every address in a text, in no order of importance."""
    plain = views.plain
    if _DOMAIN.search(reading):
        yield from _mailboxes(reading)
        yield from _links(reading)
    if _PRICED.search(plain):
        for found in _TOKEN.finditer(plain):
            yield Address("taobao-token", found.group("token"), found.start(), found.end(), 0.75)
    for run in islice(_BARE.finditer(reading), MAX_RUNS):
        phone = _phone(views, reading, run)
        if phone is not None:
            yield phone
    for found in _ABROAD.finditer(reading) if "+" in reading else ():
        yield Address("phone", "+" + _NO_DIGIT.sub("", found.group()), found.start(), found.end(), _FOREIGN)


MAY_HAVE: Final = (_DOMAIN, _LONG, _ABROAD, _TOKEN)
"""Without a match of one of these in its plain view no text has an address."""


def may_have(plain: str) -> bool:
    """Whether a plain view can have an address at all; true of one title in a hundred, and cheap."""
    return (
        _DOMAIN.search(plain) is not None
        or _LONG.search(plain) is not None
        or ("+" in plain and _ABROAD.search(plain) is not None)
        or (("¥" in plain or "$" in plain or "复制" in plain or "口令" in plain) and _TOKEN.search(plain) is not None)
    )


def _mailboxes(reading: str) -> Iterator[Address]:
    for found in _MAILBOX.finditer(reading):
        host = _SPELT_DOT.sub(".", found.group("host"))
        disguised = found.group("at") != "@" or host != found.group("host")
        if found.group("at") in (" at ", "#") and not _MAIL_HOSTS.match(host):
            continue  # "sold at shop.com" is a link
        yield Address("email", f"{found.group('user')}@{host}", found.start(), found.end(), 0.9, disguised)


def _links(reading: str) -> Iterator[Address]:
    for found in _URL.finditer(reading):
        host = _SPELT_DOT.sub(".", found.group("host")).replace("..", ".").replace(".c0m", ".com")
        if found.start("host") and reading[found.start("host") - 1] == "@":
            continue
        path, scheme, tld = found.group("path") or "", found.group("scheme"), found.group("tld")
        disguised = host != found.group("host")
        if _LANGUAGES.match(host) and not scheme:
            continue
        address = (host + path).rstrip("/.?&")
        for pattern, channel in _SOCIAL:
            named = pattern.match(address)
            if named is not None:
                value = named.group("name")
                yield Address(
                    channel, f"+{value}" if channel == "whatsapp" and value.isdigit() else value, found.start(), found.end(), 0.9, disguised
                )
                break
        else:
            sure = tld in _SURE.split("|")
            if not (scheme or path or sure) or (path and not scheme and not sure and not _SHORT.match(address)):
                continue  # mr.me is a maker, g.mon.ton.son another; z.co/走 is no path
            if disguised and (not sure or host.replace(".", "").removesuffix(tld).isdigit()):
                continue
            strength = 0.9 if scheme or _SHORT.match(address) else 0.8 if disguised or len(path) > 1 else 0.45
            yield Address("url", address.removeprefix("www."), found.start(), found.end(), strength, disguised)


def _phone(views: Views, reading: str, run: re.Match[str]) -> Address | None:
    """The mobile number in a run of digits, if the run is grouped as one or written in strange signs."""
    start, plain = run.start(), views.plain
    while start < run.end() - 10:
        number = number_at(reading, start)
        if number is not None and number.kind == "phone" and len(number.value) == 11 and number.value[0] == "1":
            strength = _weigh(views, reading, number.start, number.end)
            if strength and strength < _ASKED and _ASKS.search(plain, max(0, start - _BEFORE), start):
                strength = _ASKED
            if strength and not _CODED.search(plain, max(0, start - _BEFORE), start):
                return Address("phone", number.value, number.start, number.end, strength, strength == _EVASIVE)
        start += 1
        while start < run.end() and (reading[start - 1].isalnum() or not reading[start].isalnum()):
            start += 1
    return None


def _weigh(views: Views, reading: str, start: int, end: int) -> float:
    piece = reading[start:end]
    strange = sum(letter > "\x7f" and letter.isalnum() for letter in views.quote(views.original_span(start, end)))
    if strange >= _STRANGE_DIGITS or piece.count(GAP) >= _STRANGE_DIGITS or REST in piece:
        return _EVASIVE
    groups = tuple(map(len, _GROUP.findall(piece)))
    if len(groups) == 11:
        return _EVASIVE
    if groups == (11,):
        return _PLAIN if piece.isdigit() else _LETTERS
    between = _GROUP.sub("", piece)
    return _GROUPED if groups in ((3, 4, 4), (3, 3, 5), (3, 8)) and between in (" " * len(between), "-" * len(between)) else 0.0
