"""What the detectors share: a lexicon looked for in both views, and signals with the seller's own characters as their evidence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from screener.contracts import Signal
from screener.judge.views import Views, views_of

TextField = Literal["title", "description"]


_COLONS: Final = str.maketrans("\u2236\ua789\u02d0", ":::")
"""Signs that pass for a colon."""
_EVASIVE: Final = "._*\u00b7"
"""Punctuation that separates no phrases, and so has no reason to stand inside a word."""
_DIGITS_APART: Final = re.compile(r"[0-9][^0-9a-z]+[0-9]")


class Hit(Struct, frozen=True):
    """A word of a lexicon in a text. `start:end` is in the plain view, separators inside the word included."""

    number: int
    start: int
    end: int


class Lexicon:
    """Words to find whatever their case, width, look-alikes, Han variants or separators. Build it once at import."""

    __slots__ = ("_automaton", "_plain")

    def __init__(self, words: Sequence[str]) -> None:
        views = [views_of(word) for word in words]
        self._plain = tuple(one.plain for one in views)
        self._automaton = AhoCorasick([one.squeezed for one in views])

    def find(self, views: Views) -> Iterator[Hit]:
        """Every place of every word, in the order of their ends. A word never starts or ends inside another or inside a number."""
        for number, start, end in self._automaton.find_matches_as_indexes(views.squeezed, overlapping=True):
            first, last = views.plain_span(start, end)
            if whole(views.plain, first, last) and self._spelt(number, views.plain, first, last):
                yield Hit(number, first, last)

    def _spelt(self, number: int, plain: str, start: int, end: int) -> bool:
        """Whether the separators inside a place leave it the word: 1:1 is no 11, and "scan/fax) standard" no word that spans the bracket."""
        word, inner = self._plain[number], plain[start:end]
        if not word.isalnum():
            return _signs(inner) == _signs(word)
        if inner == word or inner.isalnum():
            return True
        if _DIGITS_APART.search(inner):
            return False
        gaps = [letter for letter in inner if not letter.isalnum()]
        if all(letter in _EVASIVE or (letter > "\x7f" and unicodedata.category(letter)[0] not in "ZP") for letter in gaps):
            return True
        return not any(unicodedata.category(letter) in ("Ps", "Pe") for letter in gaps) and _apart(plain, start, end)


def _signs(text: str) -> str:
    return "".join(letter for letter in text.translate(_COLONS) if not letter.isalnum() and not letter.isspace())


def _apart(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit touches `start:end`: then a gap inside is spacing out, and no end of one phrase with the start of the next."""
    return not (start and plain[start - 1].isalnum()) and not (end < len(plain) and plain[end].isalnum())


def whole(plain: str, start: int, end: int) -> bool:
    """Whether `start:end` cuts no Latin word and no number: an ASCII letter at its edge touches none outside, nor a digit a digit."""
    if start and _glued(plain[start - 1], plain[start]):
        return False
    return end >= len(plain) or not _glued(plain[end - 1], plain[end])


def _glued(left: str, right: str) -> bool:
    return ("a" <= left <= "z" and "a" <= right <= "z") or ("0" <= left <= "9" and "0" <= right <= "9")


def text_signal(name: str, strength: float, field: TextField, views: Views, start: int, end: int, fact: str, brand_id: str | None = None) -> Signal:
    """A signal whose evidence is `start:end` of the plain view of `field`."""
    span = views.original_span(start, end)
    return Signal(name=name, strength=round(strength, 6), field=field, span=span, quote=views.quote(span), fact=fact[:300], brand_id=brand_id)
