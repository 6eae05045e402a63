"""How Han characters sound and which look alike: one table each for str.translate, and the spellings of a name in Latin letters.

A sound is one character that stands for a toneless syllable, a shape the character that stands for a class of look-alikes. Texts and names go
through the same tables, so that names written by ear or by eye are found by the same automata as those written right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from screener.judge import tables
from screener.judge.lookalikes import table_of

MAX_READINGS: Final = 4
"""Spellings of one name: a name of four characters with two readings each has sixteen, of which few are ever said."""

_FIRST_SOUND: Final = 0x0100
"""Code of the first syllable's sign: two bytes in UTF-8, which halves the automaton. The letters that live here are no sounds in a squeezed text."""


def _loosely(syllable: str) -> str:
    """A syllable as half of China says it: n is l, ng is n, zh ch sh are z c s."""
    if syllable[0] == "n" and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    if syllable[1:2] == "h":
        syllable = syllable[0] + syllable[2:]
    return syllable.removesuffix("g")


def _read_sounds() -> tuple[dict[int, int], dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Character to sound; character to its syllables, the usual one first; the syllables."""
    codes: dict[int, int] = {}
    readings: dict[str, tuple[str, ...]] = {}
    later: list[tuple[str, str]] = []
    syllables: list[str] = []
    signs: dict[str, int] = {}
    for syllable, first, *second in tables.lines("sounds"):
        syllables.append(syllable)
        sign = signs.setdefault(_loosely(syllable), _FIRST_SOUND + len(signs))
        for letter in first:
            codes[ord(letter)] = sign
            readings[letter] = (syllable,)
        later.extend((letter, syllable) for letter in "".join(second))
    for letter, syllable in later:
        readings[letter] = (*readings.get(letter, ()), syllable)
    return codes, readings, tuple(syllables)


def _read_shapes() -> dict[int, int]:
    codes: dict[int, int] = {}
    for kept, others in tables.lines("shapes"):
        for letter in others:
            codes[ord(letter)] = ord(kept)
    codes[ord("i")] = ord("l")
    return codes


_SOUNDS, _READINGS, _SYLLABLES = _read_sounds()
_SHAPES: Final = _read_shapes()
RARE_HALVES: Final[tuple[tuple[str, str], ...]] = tuple((letter, half) for half, letters in tables.lines("rare") for letter in letters)
"""Han characters that ordinary text does not use, each with a half that few others have (`.` if it has none); with two halves it stands twice."""
RARE: Final = frozenset(letter for letter, _ in RARE_HALVES)
_BEHIND: Final = "\U00010000"
_BY_EYE: Final = {letter: chr(_SOUNDS[_SHAPES[ord(letter)]]) for letter in sorted(RARE) if _SHAPES.get(ord(letter)) in _SOUNDS}
"""Sound of what a character that nobody uses looks like."""
_MAX_BY_EYE: Final = 3
"""Such characters of a text that are heard in every mixture: more are heard all by ear or all by eye."""
SOUND: Final = table_of(_SOUNDS)
SHAPE: Final = table_of(_SHAPES)
"""For str.translate of the squeezed view: sound and shape of each character. In the shape i is l: NlKE."""

SYLLABLES: Final = frozenset(_SYLLABLES)
"""The toneless syllables in Latin letters, ü as v."""

_LOOSE: Final = tuple(dict.fromkeys(map(_loosely, _SYLLABLES)))
_SOUND_OF: Final = {syllable: chr(_FIRST_SOUND + _LOOSE.index(_loosely(syllable))) for syllable in _SYLLABLES}

TWINS: Final[dict[str, str]] = dict(tables.lines("twins"))
"""Look-alikes of a common character that stand for another shape."""


HALVES: Final[dict[str, str]] = dict(tables.lines("halves"))
"""The two halves that a character can be written as: 鲜 is 鱼羊."""

_MAX_BEARERS: Final = 30
"""Characters that have a half, up to which it tells one from another: 水 is in 384."""


def _tell() -> dict[str, frozenset[str]]:
    """By character itself and those of its halves, characters too, that few others have."""
    bearers = Counter(half for halves in HALVES.values() for half in halves)
    return {
        letter: frozenset((letter, *(half for half in halves if bearers[half] <= _MAX_BEARERS and half in _READINGS)))
        for letter, halves in HALVES.items()
    }


_TELLING: Final = _tell()


def _families() -> dict[int, int]:
    """By character the last half of its last half and so on: all that have that one in common are a family."""
    families: dict[int, int] = {}
    for letter in _TELLING:
        half, seen = letter, {letter}
        while later := [one for one in HALVES.get(half, "") if one in _TELLING.get(half, ()) and one not in seen]:
            half = later[-1]
            seen.add(half)
        if letter < _BEHIND:
            families[ord(letter)] = ord(half)
    return families


def mistaken(one: str, other: str) -> bool:
    """Whether an eye takes one character for the other: they have a telling half in common, or one is the other's."""
    return not _TELLING.get(one, frozenset(one)).isdisjoint(_TELLING.get(other, other))


FAMILY: Final = table_of(_families())
"""For str.translate of the squeezed view: 特 and 恃 as 寺, 沃 and 妖 as 夭."""


def readings(name: str) -> list[tuple[str, ...]]:
    """How a name of Han characters is said, as syllables, the usual way first, at most `MAX_READINGS`; empty if a character has no reading."""
    ways = [_READINGS.get(letter, ()) for letter in name]
    return list(islice(product(*ways), MAX_READINGS))


def sound_alike(one: str, other: str) -> bool:
    """Whether two characters share a syllable exactly."""
    return not set(_READINGS.get(one, ())).isdisjoint(_READINGS.get(other, ()))


def heard_by_eye(squeezed: str, heard: str) -> Iterator[str]:
    """A squeezed text, which as sounds is `heard`, as sounds once more for each way to hear the characters that nobody uses as those that they look
    like: who dresses up a name changes one character by ear and the next by eye.
    """
    places = [at for at, letter in enumerate(squeezed) if letter in _BY_EYE]
    if len(places) > _MAX_BY_EYE:
        yield "".join(_BY_EYE.get(letter, sound) for letter, sound in zip(squeezed, heard, strict=True))
        return
    for chosen in list(product((False, True), repeat=len(places)))[1:]:
        letters = list(heard)
        for at, by_eye in zip(places, chosen, strict=True):
            letters[at] = _BY_EYE[squeezed[at]] if by_eye else letters[at]
        yield "".join(letters)


def said_alike(one: str, other: str) -> bool:
    """Whether two characters have the same usual syllable."""
    return bool(_READINGS.get(one, ())[:1]) and _READINGS[one][:1] == _READINGS.get(other, ())[:1]


def sound_sign(syllable: str) -> str:
    """The sound of a syllable, as `SOUND` writes it."""
    return _SOUND_OF[syllable]


def is_said(letter: str, syllable: str) -> bool:
    """Whether a Han character is read as a syllable (toneless, ü as v)."""
    return syllable in _READINGS.get(letter, ())


def signs(syllables: tuple[str, ...]) -> str:
    """The sounds of syllables, as `SOUND` writes them."""
    return "".join(_SOUND_OF[syllable] for syllable in syllables)


_PAIRS: Final[dict[str, str]] = dict(tables.lines("pairs"))


def is_word(pair: str) -> bool:
    """Whether two characters are a word or the middle of one."""
    return len(pair) == 2 and pair[1] in _PAIRS.get(pair[0], "")
