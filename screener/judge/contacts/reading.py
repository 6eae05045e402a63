"""A text in which accounts can be read: every sign for a digit as that digit, look-alike letters as letters. Character by character.

The reading of a plain view has its length, so a place in one is the same place in the other. What shows nothing or only decorates is `GAP`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from screener.judge.contacts.channels import SIGNS
from screener.judge.lookalikes import NEAR, SKELETON, table_of
from screener.judge.sounds import readings

GAP: Final = "\x01"
"""In a reading: an emoji, a mark, an invisible character."""
REST: Final = "\x02"
"""In a reading: a letter of a digit's name after its first, which is the digit."""

_NUMERALS: Final = (
    "零〇○◯洞", "一壹弌幺吆", "二贰弍貮贰", "三叁弎參叄", "四肆亖", "五伍", "六陆陸", "七柒拐", "八捌", "九玖",
)  # fmt: skip
"""Han numerals by digit, as in prices, on cheques and over the radio."""

_ENGLISH: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PINYIN: Final = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")
_SPOKEN: Final = {**{word: str(digit) for words in (_ENGLISH, _PINYIN) for digit, word in enumerate(words)}, "yao": "1", "oh": "0"}
DIGIT_PAIRS: Final = tuple(first + second for words in (_ENGLISH, (*_PINYIN, "yao")) for first in words for second in words)
"""Two names of digits in a row, squeezed: a number that is spelt out has such a pair, and hardly anything else."""

_WORD = "|".join(sorted(_SPOKEN, key=len, reverse=True))
_SPELT: Final = re.compile(rf"(?<![a-z])(?:(?:{_WORD}|[0-9])[^0-9a-z]{{0,3}}){{3,30}}(?:{_WORD}|[0-9])(?![a-z])")
_ONE_WORD: Final = re.compile(_WORD)

_KEPT: Final = {
    "。": ".",
    "、": ",",
    "·": ".",
    "•": ".",
    "‧": ".",
    "∙": ".",
    "，": ",",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "－": "-",
    "〜": "~",
    "∕": "/",
    "⁄": "/",
    "╱": "/",
}
_OPEN, _CLOSE = "(", ")"
_PLUS: Final = "+➕✚✛✜⊕＋﹢🞣🞤"
_COLONS: Final = "\u2236\ua789\u02d0\u205a⇒→➡➜➔👉"


def _build() -> dict[int, int | None]:
    table: dict[int, int | None] = {}
    for code in (*range(0x80, 0xD800), *range(0xE000, NEAR)):
        letter = chr(code)
        digit = unicodedata.digit(letter, None)
        category = unicodedata.category(letter)
        if digit is not None:
            table[code] = ord("0") + digit
        elif letter in SIGNS:
            continue
        elif category in ("Ps", "Pe"):
            table[code] = ord(_OPEN if category == "Ps" else _CLOSE)
        elif category in ("Zs", "Zl", "Zp"):
            table[code] = ord(" ")
        elif code in SKELETON:
            target = SKELETON[code]
            table[code] = ord(GAP) if target is None else target
    for digit, letters in enumerate(_NUMERALS):
        for one in letters:
            table[ord(one)] = ord("0") + digit
    for one, sign in _KEPT.items():
        table[ord(one)] = ord(sign)
    for one in _PLUS:
        table[ord(one)] = ord("+")
    for one in _COLONS:
        table[ord(one)] = ord(":")
    for code in (*range(0x0A), *range(0x0E, 0x20), 0x7F):
        table[code] = ord(GAP)
    return table


_TABLE: Final = _build()
_READ: Final = table_of(_TABLE)


def written_as(*digits: str) -> str:
    """Every character of the Basic Multilingual Plane that is read as one of the digits, themselves first, for a class of a pattern.

    Others would make the class a list that is searched one by one; texts that have them are `Views.strange`. Letters for digits are not among them.
    """
    codes = {ord(digit) for digit in digits}
    return "".join((*digits, *(chr(code) for code, target in _TABLE.items() if target in codes and code < 0x10000)))


def reading_of(plain: str, spelt: bool = False) -> str:
    """The reading of a plain view, as long as it; with `spelt` names of digits, four or more in a row, are digits too."""
    if plain.isascii() and not spelt:
        return plain
    reading = plain.translate(_READ)
    return _SPELT.sub(_digits, reading) if spelt else reading


def _digits(run: re.Match[str]) -> str:
    return _ONE_WORD.sub(lambda word: _SPOKEN[word.group()] + REST * (len(word.group()) - 1), run.group())


_HEARD: Final = {**_SPOKEN, "lu": "6", "e": "2", "shan": "3", "shi": "4"}


def by_ear(reading: str, start: int, length: int) -> str:
    """A reading whose `length` characters from `start` are digits where Han characters sound like them: 医 is 1, 酒 is 9."""
    piece = reading[start : start + length]
    return reading[:start] + "".join(_sounding(letter) for letter in piece) + reading[start + length :]


def _sounding(letter: str) -> str:
    if not "\u4e00" <= letter <= "\u9fff":
        return letter
    said = readings(letter)
    return _HEARD.get(said[0][0], letter) if said else letter
