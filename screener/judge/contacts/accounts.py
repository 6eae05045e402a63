"""What stands beside the name of a channel: an account or a number in any spelling, and its normal form."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from screener.judge.contacts.channels import Shape
from screener.judge.contacts.reading import GAP, REST

_CHANNELS = r"微信|扣扣|手机|电话|v信|(?:wechat|whatsapp|telegram|viber|imessage|line|vx|wx|qq)(?![a-z0-9_\-])|[vq](?=[\x01 ]{0,2}[:+号])"
_WORDS = (
    r"同步|同号|同名|号码|帐号|账号|账户|加我|搜我|联系我|添加|联系|客服|老板|店主|咨询|详询|详聊|私聊|请加|备用|搜索|为|是|号|加|搜|我|名|"
    r"群|裙|[在看见]图[片0-9]?|"
    r"(?:id|me|us|at|on|is|add|number|num|no|account|contact|here|my|our|name|via|and)(?![a-z0-9_])|아이디|친추|문의"
)
_LINK: Final = re.compile(rf"(?P<link>(?:[\x01\s:;,.\-=~_/|+<>()\[\]{{}}\"'*#!?^]|{_CHANNELS}|{_WORDS}){{0,10}})")
"""What may stand between a name and an account: a verb, "number", a colon, a second messenger. At most a few, or the account is not the name's."""
_END = r"(?![a-z0-9_])"
_G = r"\x01{0,3}"
_NUMBER: Final = re.compile(rf"[(]?[0-9oil]{REST}*(?:[^0-9a-z{REST}\u3400-\u9fff\uac00-\ud7a3]{{0,4}}[0-9oil]{REST}*){{4,19}}(?![a-z0-9])")
_HANDLE: Final = re.compile(rf"[a-z](?:{_G}[a-z0-9_\-]){{4,19}}{_END}")
_MIXED: Final = re.compile(rf"[0-9]{{1,8}}[a-z](?:{_G}[a-z0-9_\-]){{3,16}}{_END}")
_SPACED: Final = re.compile(rf"[a-z0-9](?:[ .,*/|~\x01\-]{{1,3}}[a-z0-9_](?![a-z0-9])){{4,19}}{_END}")
_PIECES: Final = re.compile(
    rf"[a-z]{{1,14}}(?:[ .*/|~\x01]{{1,3}}[a-z0-9_]{{2,}})?[ .*/|~\x01]{{1,3}}[0-9]{{2,}}(?:[ .*/|~\x01]{{1,3}}[0-9]{{2,}}){{0,3}}{_END}"
)
_AT: Final = re.compile(r"@[\x01 ]?[a-z](?:\x01{0,3}[a-z0-9_.]){3,29}")
_NAME: Final = re.compile(rf"[a-z](?:{_G}[a-z0-9_.]){{3,29}}(?<![.]){_END}")
_JOINT = rf"[.,*/|~=_\-{GAP}]"
"""What stands between the pieces of an account that is written to be missed; a space ends it."""
_LOOSE: Final = re.compile(rf"@?[a-z0-9*](?:{_JOINT}{{0,3}}[a-z0-9*]){{3,29}}{_END}")
_LEAST_LOOSE, _LEAST_OF_EACH = 4, 2
"""Letters and digits of such an account in all, and of each if no sign stands between them."""
_EVASIVE: Final = re.compile(rf"[a-z0-9][*~|={GAP}]+[a-z0-9]|(?:[a-z0-9]{{1,3}}{_JOINT}+){{3}}")
"""Signs that stand in no account, or too many of them."""
_TOO_FEW: Final = 0.6
"""Share of true digits from which the letters o, i and l between them are digits too."""

_PHONE_DIGITS: Final = 8
"""Digits from which a number without a country's prefix may be a telephone number."""
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_GOODS: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:款|年|版|春|夏|秋|冬|新)|[0-9.]+(?:ml|kg|mm|cm|gb|mah|元|片|件|只|个|币|点|抽|粒|寸|码|年|月|天|米|块|%|w\b|g\b|m\b|v\b|a\b)"
    r"|(?:iphone|ipad|ipod|macbook|galaxy|redmi|huawei|xiaomi|oppo|vivo|honor|mate|usb|windows|android|ios|type-?c|vip|size|color|style|model|gopro)"
)
"""Things with a Latin prefix and digits that are no accounts: years, sizes, units, and the models of goods."""


class Account(Struct, frozen=True):
    """An account at `start:end` of a reading. `kind` is `handle` with a digit or underscore in it, `word` of letters alone, `name` behind an @,
    `number`, `phone` for what can only be a telephone number, or `loose` for any other signs that only a word of contact makes an account.
    """

    value: str
    kind: str
    start: int
    end: int
    whole: bool
    """Written in one piece."""


def link_behind(reading: str, end: int) -> int:
    """Where the link ends that begins where a name ends; there if there is none."""
    linked = _LINK.match(reading, end)
    return linked.end() if linked is not None else end


def account_at(reading: str, at: int, shape: Shape, asked: bool = True) -> Account | None:
    """The account of a shape that begins right at a place; some shapes are one only where a word of contact asks for it."""
    if _GOODS.match(reading, at):
        return None
    number = number_at(reading, at, phone=shape in ("phone", "name"))
    if number is not None and (number.kind == "phone" or (shape == "phone" and len(number.value) >= _PHONE_DIGITS)):
        return number
    match shape:
        case "handle":
            return number or _first(reading, at, (_HANDLE, _MIXED) if asked else (_HANDLE,))
        case "name":
            return _first(reading, at, (_AT, _NAME))
        case "number":
            return number
        case "phone":
            return None


def account_in_pieces(reading: str, at: int, parts: bool) -> Account | None:
    """An account with spaces or signs between its letters, or (with `parts`) between its parts."""
    found = _first(reading, at, (_SPACED, _PIECES) if parts else (_SPACED,))
    return found if found is not None and found.kind == "handle" and 5 <= len(found.value) <= 20 else None


def loose_at(reading: str, at: int) -> Account | None:
    """Letters and digits together, or either with signs between them or some of them hidden by asterisks, in no account's usual shape."""
    if _GOODS.match(reading, at):
        return None
    found = _LOOSE.match(reading, at)
    if found is None:
        return None
    text = found.group()
    digits, letters = sum("0" <= one <= "9" for one in text), sum("a" <= one <= "z" for one in text)
    evasive = _EVASIVE.search(text) is not None
    if digits + letters < _LEAST_LOOSE:
        return None
    value = re.sub(r"[^a-z0-9_*]", "", text)
    if text.startswith("@"):
        return Account(value, "name", found.start(), found.end(), not evasive)
    if not evasive and (digits < _LEAST_OF_EACH or letters < _LEAST_OF_EACH):
        return None
    return Account(value, "loose", found.start(), found.end(), not evasive)


def _first(reading: str, at: int, patterns: tuple[re.Pattern[str], ...]) -> Account | None:
    for pattern in patterns:
        found = pattern.match(reading, at)
        if found is not None:
            return _handle(found)
    return None


def _handle(found: re.Match[str]) -> Account:
    text = found.group()
    if text.startswith("@"):
        return Account(_close(text[1:]).strip("."), "name", found.start(), found.end(), True)
    value = _close(text)
    digits = any(letter.isdigit() or letter == "_" for letter in value)
    return Account(value, "handle" if digits else "word", found.start(), found.end(), value == text)


def _close(text: str) -> str:
    """Letters, digits and the signs that an account may have, without what stands between them."""
    single = re.fullmatch(r"[a-z0-9_](?:[^a-z0-9_]+[a-z0-9_])+", text)
    return re.sub(r"[^a-z0-9_]" if single else r"[^a-z0-9_.\-]", "", text)


def number_at(reading: str, at: int, phone: bool = False) -> Account | None:
    """A number of five to twenty digits right at a place, whatever separates them; as much of it as is a mobile number, or stands in one piece.

    `phone`: nothing but a telephone number is looked for, so the pieces belong together.
    """
    plus = reading[max(0, at - 3) : at].rstrip(GAP + " ").endswith("+") or reading.startswith("+", at)
    if reading.startswith("+", at):
        at += 1
    found = _NUMBER.match(reading, at)
    if found is None:
        return None
    places = [place for place in range(found.start(), found.end()) if reading[place].isalnum()]
    letters = "".join(reading[place] for place in places)
    if sum(letter.isdigit() for letter in letters) < _TOO_FEW * len(letters):
        return None
    digits = letters.translate(_AS_DIGITS)
    for start, prefix in ((0, ""), (2, "86"), (4, "0086")):
        if digits.startswith(prefix) and _MOBILE.match(digits, start) and _breaks(places, start + 11):
            return _number(digits[start : start + 11], "phone", found.start(), places, start + 11)
    if not letters[0].isdigit():
        return None  # of two readings, a word that begins with o, i or l is an account
    if phone and (plus or digits.startswith("00")) and 8 <= len(digits.lstrip("0")) <= 15:
        return _number("+" + digits.lstrip("0"), "phone", found.start(), places, len(digits))
    if (digits[0] == "0" and 10 <= len(digits) <= 12) or (found.group().startswith("(") and 9 <= len(digits) <= 12):
        return _number(digits, "phone", found.start(), places, len(digits))
    size = next((index for index in range(1, len(places)) if places[index] != places[index - 1] + 1), len(places))
    if size < 5 or phone:
        size = len(places)
    return _number(digits[:size], "number", found.start(), places, size) if size <= (15 if phone else 13) else None


_AS_DIGITS: Final = str.maketrans("oil", "011")


def _number(value: str, kind: str, start: int, places: list[int], size: int) -> Account:
    end = places[size - 1] + 1
    return Account(value, kind, start, end, end - start == size)


def _breaks(places: list[int], size: int) -> bool:
    """Whether a number can end after its first `size` digits: nothing follows, or not at once."""
    return len(places) == size or (len(places) > size and places[size] > places[size - 1] + 1)


_BEFORE: Final = 40
"""Characters before a name in which an account that goes before it begins."""
_RUN_BEFORE: Final = re.compile(
    r"(?<![0-9a-z])(?P<number>\+?[(]?[0-9][0-9oil \x01\x02.\-()]{5,30}[0-9oil]\x02*)"
    r"[\x01 ,:;()/|+=.\-]{0,4}(?:是我的|是|为|也是|加|同|手机|电话)?[\x01 ,:;(/|]{0,2}\Z"
)
_HANDLE_BEFORE: Final = re.compile(
    r"(?<![0-9a-z_\-])(?P<handle>@?[a-z][a-z0-9_\-]{4,19})[\x01 ,:;)]{0,2}(?:是我的|这是|是|为|is my|is our|on|at|@|=|<)[\x01 :(]{0,2}\Z"
)


def account_before(reading: str, end: int) -> Account | None:
    """The account that ends before a name at `end`: a telephone or long number, or a handle that a word ties to the name."""
    start = max(0, end - _BEFORE)
    found = _RUN_BEFORE.search(reading, start, end)
    if found is not None:
        number = number_at(reading, found.start("number"), phone=True)
        return number if number is not None and number.end == found.end("number") else None
    found = _HANDLE_BEFORE.search(reading, start, end)
    if found is None or _GOODS.match(reading, found.start("handle")):
        return None
    value = found.group("handle").removeprefix("@")
    kind = "handle" if any(letter.isdigit() or letter == "_" for letter in value) else "word"
    return Account(value, kind, found.start("handle"), found.end("handle"), True)
