"""Other ways to read a squeezed text: characters that were written as their halves joined again, syllables in Latin letters beside Han as sounds.

Each reading comes with the place in the squeezed text where each of its characters begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from ahocorasick_rs import AhoCorasick

from screener.judge.sounds import HALVES, SYLLABLES, is_word, sound_sign
from screener.judge.views import Views
from screener.judge.wordlist import Wordlist

Reading = tuple[str, list[int]]
"""A text, and where each of its characters begins in the squeezed text; the places end with that text's length."""

HALF_FORMS: Final = {
    "水": "氵", "草": "艹", "手": "扌", "人": "亻", "金": "钅", "丝": "纟糹", "言": "讠", "心": "忄", "肉": "月", "辵": "辶", "病": "疒", "玉": "王",
    "犬": "犭", "衣": "衤", "阜": "阝", "邑": "阝", "刀": "刂", "火": "灬", "示": "礻", "食": "饣", "冰": "冫", "攴": "攵", "网": "罒", "虎": "虍",
    "牛": "牜", "足": "⻊", "竹": "⺮", "羊": "⺶", "爪": "爫", "老": "耂", "辛": "亲", "小": "⺌", "西": "覀", "卩": "⺋",
}  # fmt: skip
"""A half as it stands in the table of halves, and as people type it."""

BARE: Final = frozenset("氵艹扌亻钅纟糹讠忄辶疒犭衤刂灬礻饣冫罒虍牜⻊⺮⺶爫耂⺌覀")
"""Halves that are no character of their own: where one stands, a character was taken apart."""


def _pairs() -> dict[str, str]:
    """Two characters that people write for one, and that one; the first that has these halves."""
    pairs: dict[str, str] = {}
    for letter, halves in HALVES.items():
        left, right = halves[:1], halves[1:]
        for pair in map("".join, product(left + HALF_FORMS.get(left, ""), right + HALF_FORMS.get(right, ""))):
            pairs.setdefault(pair, letter)
    return pairs


_PAIRS: Final = _pairs()
_WRITTEN: Final = tuple(sorted(_PAIRS, key=lambda pair: BARE.isdisjoint(pair) and is_word(pair)))
_SURE: Final = sum(not BARE.isdisjoint(pair) or not is_word(pair) for pair in _WRITTEN)
"""The first so many are no words of their own: without one of them nothing was taken apart."""
SURE_HALVES: Final = Wordlist("halves", _WRITTEN[:_SURE])
_AUTOMATON: Final = AhoCorasick(list(_WRITTEN))

_SYLLABLE: Final = re.compile("(?<=[\u3400-\u9fff])[a-z]{2,6}(?![a-z0-9])|(?<![a-z0-9])[a-z]{2,6}(?=[\u3400-\u9fff])")


def joined(views: Views) -> list[Reading]:
    """With 氵良 as 浪: first without those pairs that are a word, then with them. Found once for names and claims."""
    known: list[Reading] | None = views.memo.get("joined")
    if known is None:
        known = views.memo["joined"] = list(_joined(views))
    return known


def _joined(views: Views) -> Iterator[Reading]:
    sure = SURE_HALVES.hits(views)
    if not sure:
        return
    found = _AUTOMATON.find_matches_as_indexes(views.squeezed, overlapping=True)
    for some in (sure, found) if len(sure) < len(found) else (sure,):
        cuts: list[tuple[int, int, str]] = []
        for number, start, end in some:
            if not cuts or start >= cuts[-1][1]:
                cuts.append((start, end, _PAIRS[_WRITTEN[number]]))
        yield _rewritten(views.squeezed, cuts)


def sounding(views: Views) -> Reading | None:
    """With mei in 科mei as its sound, as `sounds.SOUND` writes sounds."""
    found = [(match.start(), match.end(), match.group()) for match in _SYLLABLE.finditer(views.plain)]
    place = views.squeezed_place
    cuts = [(place(start), place(end), sound_sign(word)) for start, end, word in found if word in SYLLABLES]
    return _rewritten(views.squeezed, cuts) if cuts else None


def _rewritten(squeezed: str, cuts: list[tuple[int, int, str]]) -> Reading:
    text: list[str] = []
    places: list[int] = []
    at = 0
    for start, end, letter in cuts:
        text.append(squeezed[at:start])
        text.append(letter)
        places.extend(range(at, start + 1))
        at = end
    text.append(squeezed[at:])
    places.extend(range(at, len(squeezed) + 1))
    return "".join(text), places
