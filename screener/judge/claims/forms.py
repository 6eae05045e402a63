"""Every phrase of the tables in every form that is looked for, with what a place must have to be one of them. Built once."""

from __future__ import annotations

import unicodedata
from typing import Final

from msgspec import Struct

from screener.judge.claims.disguises import disguises
from screener.judge.claims.grammar import CLAIMS, PHRASES, Phrase
from screener.judge.views import views_of
from screener.judge.wordlist import Wordlist

_SHORT: Final = 4
"""Latin letters up to which a phrase is a short word."""
COLONS: Final = ":;\u2236\ua789\u02d0\u205a"
"""Signs that pass for a colon, itself first."""
_COLONS: Final = str.maketrans(COLONS, ":" * len(COLONS))
_SPELLING: Final = ":/+%"
"""Signs that a phrase cannot do without: 1:1 is no 11. Others of its signs are joints, which may be left out."""


class Form(Struct, frozen=True):
    """One way to write a phrase."""

    plain: str
    said: str
    """The phrase that it stands for."""
    claim: int
    disguised: bool
    stem: bool
    signs: str
    """Its signs in their order, if it cannot do without; else empty."""
    ends: frozenset[int]
    """Where its words end, counted in letters."""
    tail: str
    """The signs it ends with: AAA+."""
    foreign: bool
    """It is written in another alphabet than Latin, as Cyrillic."""

    @property
    def short(self) -> bool:
        """Whether it is a short Latin word, part of many ordinary ones, that says something only beside a brand."""
        return not self.disguised and CLAIMS[self.claim].needs_brand and len(self.plain) <= _SHORT and self.plain.isascii() and self.plain.isalnum()


def is_letter(letter: str) -> bool:
    """Letters, digits, and the vowel signs of scripts that write them as marks."""
    return letter.isalnum() or ("\u0590" < letter < "\ufe00" and unicodedata.category(letter) in ("Mn", "Mc"))


def ends_of(text: str) -> frozenset[int]:
    """Where the pieces of a text end, counted in letters."""
    ends, reach, inside = [], 0, False
    for letter in text:
        if is_letter(letter):
            reach, inside = reach + 1, True
        elif inside:
            ends.append(reach)
            inside = False
    return frozenset((*ends, reach))


def signs_of(text: str) -> str:
    """The signs of a text that are neither letters nor spaces, colons alike, without what only dresses them (keycaps, invisible signs)."""
    seen = [letter for letter in text.translate(_COLONS) if not is_letter(letter) and not letter.isspace()]
    return "".join(letter for letter in seen if letter < "\x80" or unicodedata.category(letter) not in ("Mn", "Me", "Cf"))


def _form(plain: str, phrase: Phrase, disguised: bool) -> Form:
    signs = signs_of(plain)
    needed = signs if any(sign in _SPELLING for sign in signs) else ""
    tail = plain[len(plain.rstrip(_SPELLING)) :]
    foreign = any("\u0370" <= letter < "\u1e00" for letter in plain)
    return Form(plain, phrase.text, phrase.claim, disguised, phrase.stem, needed, ends_of(plain), tail, foreign)


def _build() -> tuple[tuple[Form, ...], dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    forms: list[Form] = []
    squeezed: dict[str, tuple[int, ...]] = {}
    short: dict[str, tuple[int, ...]] = {}
    seen: dict[tuple[str, str], None] = {}

    def add(text: str, phrase: Phrase, disguised: bool) -> None:
        views = views_of(text)
        key = (views.plain, CLAIMS[phrase.claim].extend)
        if key in seen or (disguised and views.squeezed in squeezed):  # what is said openly is no disguise of it or of another phrase
            return
        seen[key] = None
        form = _form(views.plain, phrase, disguised)
        place, where = (short, views.plain) if form.short else (squeezed, views.squeezed)
        place[where] = (*place.get(where, ()), len(forms))
        forms.append(form)

    for phrase in PHRASES:
        add(phrase.text, phrase, disguised=False)
    for phrase in PHRASES:
        claim = CLAIMS[phrase.claim]
        if claim.disguised:
            for text in disguises(phrase.text, claim.disguised):
                add(text, phrase, disguised=True)
    return tuple(forms), squeezed, short


FORMS, SQUEEZED, SHORT = _build()
"""All forms; and by what is looked for in the squeezed view and, for short words, in the plain view, the numbers of its forms."""

MAX_MATCHES: Final = 400
"""Matches of one automaton that are looked at in one text (a title has one or two): a text made of decoys costs no more than its reading."""
LONG: Final = Wordlist("claims.long", list(SQUEEZED))
"""The claims that are looked for in every text."""
LONG_FORMS: Final = tuple(SQUEEZED.values())
"""The forms of each of them."""
