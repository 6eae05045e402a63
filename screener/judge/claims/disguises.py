"""A phrase as evaders write it: one character by ear or by eye, taken apart, in pinyin, a letter wrong. Compiled once, so they cost no time.

What an ordinary word explains is left out here, where a dictionary knows the form, or by `finder`, where its neighbours explain the characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from typing import Final

from screener.judge import tables
from screener.judge.everyday import EVERYDAY
from screener.judge.lookalikes import SKELETON
from screener.judge.rewritten import HALF_FORMS
from screener.judge.sounds import HALVES, RARE, SHAPE, TWINS, is_word, readings

_KNOWN: Final = frozenset(tables.read("latin").split())
_FILLERS: Final = "のノ丨丶丿灬乄彡〆々乀氵"
"""Characters without a meaning of their own that evaders put between two others."""
MIN_PINYIN: Final = 6
"""Letters of a phrase in pinyin: shorter ones are words of some language."""
MIN_LATIN: Final = 7
"""Letters of a word from which one wrong letter still leaves it that word."""
_VOWELS: Final = "aeiou"
_BY_EAR: Final = (("c", "k"), ("ck", "k"), ("k", "c"), ("s", "z"), ("i", "y"), ("ph", "f"), ("f", "ph"))

_ORDINARY: Final = frozenset(("精纺", "高防", "高放", "膏方", "膏防"))
"""Words of titles and places that sound like a phrase and that the dictionary does not have."""


def _families() -> tuple[dict[str, list[str]], dict[int, list[str]]]:
    """Characters by their usual syllable, and by the class of shapes; without those that the views fold into others."""
    by_sound: dict[str, list[str]] = {}
    for syllable, first, *_ in tables.lines("sounds"):
        by_sound[syllable] = [letter for letter in first if _is_han(letter)]
    by_shape: dict[int, list[str]] = {}
    for kept, others in tables.lines("shapes"):
        by_shape[ord(kept)] = [letter for letter in (kept, *others) if _is_han(letter)]
    return by_sound, by_shape


def _is_han(letter: str) -> bool:
    """Whether it is a Han character that stands for itself: traditional ones are read as the simplified."""
    return "\u4e00" <= letter < "\ua000" and SKELETON.get(ord(letter), ord(letter)) == ord(letter)


_SOUNDS_LIKE, _LOOKS_LIKE = _families()


def _alike(letter: str) -> dict[str, None]:
    """Characters that sound like one, or that look like it and share a half with it."""
    family: dict[str, None] = {}
    for syllable in (one[0] for one in readings(letter)):
        family.update(dict.fromkeys(_SOUNDS_LIKE.get(syllable, ())))
    halves = frozenset(HALVES.get(letter, ""))
    similar = _LOOKS_LIKE.get(SHAPE[ord(letter)] or 0, ())
    family.update(dict.fromkeys(other for other in similar if other in RARE or not halves.isdisjoint(HALVES.get(other, ""))))
    family.update(dict.fromkeys(twin for twin, meant in TWINS.items() if letter in meant))
    family.pop(letter, None)
    return family


def disguises(phrase: str, characters: int) -> Iterator[str]:
    """Forms of a phrase that are neither the phrase nor a word of everyday use; a form may come twice.

    `characters` is how many of its Han characters may be replaced, 1 or (of a phrase of two) both.
    """
    if phrase.isascii():
        if phrase.isalpha() and len(phrase) >= MIN_LATIN:
            yield from (form for form in _misspelt(phrase) if form not in _KNOWN and form != phrase)
        return
    forms = chain(_other_characters(phrase), _both_characters(phrase) if characters > 1 and len(phrase) == 2 else ())
    yield from (form for form in forms if form not in EVERYDAY and form not in _ORDINARY)
    yield from _apart(phrase)
    yield from _filled(phrase)
    if characters > 1:
        yield from _initials(phrase)
    yield from _in_pinyin(phrase)


def _other_characters(phrase: str) -> Iterator[str]:
    """One Han character replaced. With only one beside a Latin letter (A货), every reading of it stands in some other phrase."""
    if sum(map(_is_han, phrase)) < 2:
        return
    for at, letter in enumerate(phrase):
        if not _is_han(letter):
            continue
        for other in _alike(letter):
            form = phrase[:at] + other + phrase[at + 1 :]
            if not any(is_word(form[start : start + 2]) for start in (at - 1, at) if start >= 0):
                yield form


def _both_characters(pair: str) -> Iterator[str]:
    """Both characters by ear, each a frequent one."""
    ways = [[other for other in _SOUNDS_LIKE.get(readings(letter)[0][0], ()) if _is_frequent(other)] if _is_han(letter) else [] for letter in pair]
    yield from (first + second for first, second in product(*ways) if not is_word(first + second))


def _is_frequent(letter: str) -> bool:
    """Whether it is on the first level of GB 2312."""
    return "\xb0" <= letter.encode("gb2312", "ignore").decode("latin-1")[:1] < "\xd8"


def _apart(phrase: str) -> Iterator[str]:
    """One character as its two halves."""
    for at, letter in enumerate(phrase):
        halves = HALVES.get(letter, "")
        if halves:
            for left, right in product(*(half + HALF_FORMS.get(half, "") for half in halves)):
                yield phrase[:at] + left + right + phrase[at + 1 :]


def _filled(phrase: str) -> Iterator[str]:
    """A stroke or a kana between two characters: letters to a machine, ornaments to a reader."""
    for at in range(1, len(phrase)):
        yield from (phrase[:at] + filler + phrase[at:] for filler in _FILLERS)


def _initials(phrase: str) -> Iterator[str]:
    """One character as the first letter of its pinyin."""
    for at, letter in enumerate(phrase):
        if _is_han(letter) and readings(letter):
            yield phrase[:at] + readings(letter)[0][0][0] + phrase[at + 1 :]


def _in_pinyin(phrase: str) -> Iterator[str]:
    """Every mixture of characters and their pinyin."""
    ways = [(letter, readings(letter)[0][0]) if _is_han(letter) and readings(letter) else (letter,) for letter in phrase]
    for way in product(*ways):
        form = "".join(way)
        if form == phrase or (form.isascii() and (len(form) < MIN_PINYIN or form in _KNOWN) and phrase[0] >= "\x80"):
            continue
        yield form


def _misspelt(word: str) -> Iterator[str]:
    """One slip behind the first letter: doubled, left out (a vowel), two swapped, or written by ear."""
    for at in range(1, len(word)):
        yield word[:at] + word[at] + word[at:]
        if word[at] in _VOWELS:
            yield word[:at] + word[at + 1 :]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if word[at] == word[at - 1]:
            yield word[:at] + word[at + 1 :]
    for meant, heard in _BY_EAR:
        start = word.find(meant, 1)
        if start > 0:
            yield word[:start] + heard + word[start + len(meant) :]
