"""Where a text names a channel, hints at a contact or spells out digits: one automaton over the squeezed view, once per text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from screener.judge.contacts.channels import NAMES, SIGNS, SURE_SIGNS, Name
from screener.judge.contacts.hints import HINTS, Hint
from screener.judge.contacts.reading import DIGIT_PAIRS
from screener.judge.views import Views, views_of
from screener.judge.wordlist import Wordlist

MAX_MATCHES: Final = 300
"""Matches of the automaton that are looked at in one text; a title has one or two."""

_LETTER: Final = re.compile(
    r"(?:(?<![a-z0-9])(?P<plus>\+|\+?[加私扣搜找我]\+?)[\x01 ]{0,2})?(?<![a-z0-9\-./])(?P<name>[vq]|vx|wx)(?!ip)"
    r"(?:(?P<after>[\x01 ]{0,3}(?:[:+]|[号我是]))|(?![a-z](?![a-z]*[0-9_])))"
)
"""A single letter for a messenger, and what must stand before or behind it: +V, V:, Q号."""
MAY_SIGN: Final = re.compile(
    r"[vqw](?:(?<=[+加私扣搜找我➕✚＋].)|(?<=[+加私扣搜找我➕✚＋][^0-9a-z\u3400-\u9fff].)|(?<![a-z0-9].)x?[^0-9a-z\u3400-\u9fff]{0,3}[:+号我是➕✚＋→⇒∶])"
)
"""Of a plain view: what a reading with such a letter looks like before it is one."""
_LETTERS: Final = {
    letter: Name(letter, channel, "disguise", glued=True) for letter, channel in (("v", "wechat"), ("vx", "wechat"), ("wx", "wechat"), ("q", "qq"))
}
_SIGN: Final = re.compile(f"[{''.join(SIGNS)}]")
_SIGN_NAMES: Final = {sign: Name(sign, channel, "disguise" if sign in SURE_SIGNS else "doubtful") for sign, channel in SIGNS.items()}
_EMOJI_NUMBER: Final = re.compile(r"(?<=\x01)[号微](?=[\x01 :]{0,4}[a-z0-9])")
_ANY_SIGN: Final = Name("号", "account", "doubtful")


class Named(Struct, frozen=True):
    """A channel named at `start:end` of the plain view."""

    name: Name
    start: int
    end: int
    disguised: bool = False
    """Written as nobody does but to pass a filter, by its name or by its spelling."""


class Hinted(Struct, frozen=True):
    """Words that send the buyer to a contact which the text does not give."""

    hint: Hint
    start: int
    end: int


class Seen(Struct, frozen=True):
    """What the automaton saw in one text."""

    named: tuple[Named, ...] = ()
    hinted: tuple[Hinted, ...] = ()
    spelt: bool = False
    """There are names of digits in a row."""


_AFTER_ONE: Final = "号我同加是为"
"""What may follow a single Han character for a messenger: in 微波 and 威力 it is half a word."""
NOTHING: Final = Seen()


_KNOWN: Final[tuple[Name | Hint, ...]] = (*NAMES, *HINTS)


def _entries() -> dict[str, list[Name | Hint]]:
    entries: dict[str, list[Name | Hint]] = {}
    for one in _KNOWN:
        entries.setdefault(views_of(one.text).squeezed, []).append(one)
    for pair in DIGIT_PAIRS:
        entries.setdefault(pair, [])
    return entries


_ENTRIES: Final = _entries()
_PLAIN: Final = {one.text: views_of(one.text).plain for one in _KNOWN}
WORDS: Final = Wordlist("contacts", list(_ENTRIES))
_TARGETS: Final = tuple(tuple(targets) for targets in _ENTRIES.values())


def seen_in(views: Views) -> Seen:
    """Names, hints and spelt digits in a text, in the order of their ends."""
    matches = WORDS.hits(views)
    if not matches:
        return NOTHING
    named: list[Named] = []
    hinted: list[Hinted] = []
    spelt = False
    for number, start, end in matches[:MAX_MATCHES]:
        targets = _TARGETS[number]
        if not targets:
            spelt = True
            continue
        if _inside(views, start, end):
            continue
        first, last = views.plain_span(start, end)
        for target in targets:  # a name, or a hint that has a name in it, or both
            if not _is_it(views.plain, _PLAIN[target.text], first, last, target):
                continue
            if isinstance(target, Name) and named and (named[-1].start, named[-1].end) == (first, last):
                continue  # two spellings of the table are one when squeezed
            if isinstance(target, Name):
                spelt_otherwise = target.grade == "open" and views.plain[first:last] != _PLAIN[target.text]
                named.append(Named(target, first, last, target.grade == "disguise" or spelt_otherwise))
            else:
                hinted.append(Hinted(target, first, last))
    if not named and not hinted and not spelt:
        return NOTHING
    return Seen(tuple(named), tuple(hinted), spelt)


def may_sign(views: Views) -> bool:
    """Whether `signs_in` can find anything."""
    plain = views.plain
    return views.strange or (("v" in plain or "q" in plain or "wx" in plain) and MAY_SIGN.search(plain) is not None)


def signs_in(views: Views, reading: str) -> Iterator[Named]:
    """Channels named by a single letter or by a picture."""
    if "v" in reading or "q" in reading or "wx" in reading:
        for found in _LETTER.finditer(reading):
            if found.group("plus") or found.group("after"):
                yield Named(_LETTERS[found.group("name")], found.start(), found.end("name"), disguised=True)
    if views.strange:
        for found in _SIGN.finditer(reading):
            name = _SIGN_NAMES[found.group()]
            yield Named(name, found.start(), found.end(), name.grade == "disguise")
        for found in _EMOJI_NUMBER.finditer(reading):
            yield Named(_ANY_SIGN, found.start() - 1, found.end())


def _is_it(plain: str, text: str, start: int, end: int, target: Name | Hint) -> bool:
    """Whether a place where the letters of a name stand is the name: no part of a longer word, and not the end of one phrase with another's start."""
    glued = isinstance(target, Name) and target.glued
    if glued and plain.startswith("ip", end):
        return False  # 加vip
    if start and _joined(plain[start - 1], plain[start]):
        return False
    if end < len(plain) and not glued and _joined(plain[end - 1], plain[end]):
        return False
    if len(text) == 1 and end < len(plain) and "\u4e00" <= plain[end] <= "\u9fff" and plain[end] not in _AFTER_ONE:
        return False
    inner = plain[start:end]
    if inner == text or inner.isalnum():
        return True
    if any("0" <= letter <= "9" for letter in inner) and not any("0" <= letter <= "9" for letter in text):
        return _apart(plain, start, end) and " " not in inner
    if " " in text:
        return len(inner) <= len(text) + 2
    if any(letter in ",，。;；!！?？()（）[]【】\n" for letter in inner):
        return False
    return _apart(plain, start, end) or len(inner) <= 2 * len(text)


def _inside(views: Views, start: int, end: int) -> bool:
    """Whether a Latin match in the squeezed view is plainly part of a longer word ("ins" in "installation"): cheaper than finding its place."""
    squeezed = views.squeezed
    if start and _joined(squeezed[start - 1], squeezed[start]) and squeezed[start - 1 : end] in views.plain:
        return True
    if end - start > _SHORT or end >= len(squeezed) or not squeezed[start:end].isascii():
        return False
    return _joined(squeezed[end - 1], squeezed[end]) and squeezed[start : end + 1] in views.plain


_SHORT: Final = 6
"""Letters up to which a name is often part of a word."""


def _joined(left: str, right: str) -> bool:
    return ("a" <= left <= "z" and "a" <= right <= "z") or ("0" <= left <= "9" and "0" <= right <= "9")


def _apart(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit touches `start:end`."""
    return not (start and plain[start - 1].isalnum()) and not (end < len(plain) and plain[end].isalnum())
