"""Characters that nobody uses, worn over common ones like masks: 滈 for 高, 啴 for 单, 詻 for 洛; and kana as ornaments between Han.

Who writes so changes as many characters as he likes, so the ways to write a phrase are too many to be compiled. But only one title of 170 has such a
character, and then it can be afforded to ask of each phrase that may stand there whether every character passes for its own.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from screener.judge import tables
from screener.judge.sounds import HALVES, RARE, RARE_HALVES, SHAPE, readings, sound_sign
from screener.judge.together import Together
from screener.judge.views import Views

_BEHIND: Final = "\U00010000"
_HAN: Final = "\u3400-\u9fff"
_ORNAMENT: Final = f"(?<=[{_HAN}])[\u3041-\u306d\u306f-\u309c\u30a1-\u30cd\u30cf-\u30fa](?=[{_HAN}])"
"""One kana between two Han characters, but for の and ノ: of 57,433 real titles none has one."""
_ORNAMENTS: Final = re.compile(_ORNAMENT)
ANY_MASK: Final = re.compile(f"[{''.join(letter for letter in RARE if letter < _BEHIND)}]|{_ORNAMENT}")
"""A mask or an ornament, of the Basic Multilingual Plane: a class with others in it is searched ten times slower."""

_MAX_ANCHORS: Final = 16
"""Places of masks and ornaments that are looked at in one text: a text made of them must not cost more than its reading."""
_MAX_KNOWN: Final = 8_192
"""Characters of which it is kept what they may stand for: more than any market uses, a few megabytes."""
_NEAR_SHARE: Final = 0.5
"""Of the characters of a phrase those common ones, less than this, that may only sound or look right beside masks: 极 for 级."""


def _bearers() -> dict[str, str]:
    """By half the characters that have it."""
    bearers: dict[str, str] = {}
    for letter, halves in HALVES.items():
        for half in halves:
            bearers[half] = bearers.get(half, "") + letter
    return bearers


def _faces() -> dict[int, str]:
    """By the code of a class of shapes its characters."""
    return {ord(kept): kept + "".join(others) for kept, others in tables.lines("shapes")}


def _meant() -> Mapping[str, frozenset[str]]:
    """By mask the common characters that an eye takes it for: what it is half of, what else has that half, its class of shapes."""
    bearers, faces = _bearers(), _faces()
    meant: dict[str, set[str]] = {letter: set(faces.get(SHAPE[ord(letter)] or 0, "")) if letter < _BEHIND else set() for letter in RARE}
    for letter, half in RARE_HALVES:
        meant[letter].update(half, bearers.get(half, ""))
    return {letter: frozenset(seen - RARE) for letter, seen in meant.items()}


_MEANT: Final = _meant()


class Masked(Struct, frozen=True, eq=False):
    """A text with masks or ornaments, read without the ornaments."""

    text: str
    places: list[int]
    """Where each of its characters begins in the squeezed text; they end with that text's length."""
    anchors: list[int]
    """Where in `text` masks stand, and characters that an ornament was taken away before."""
    bare: frozenset[int]
    """Those anchors that an ornament stood before."""


def is_masked(views: Views) -> bool:
    """Whether a text has a mask or an ornament."""
    known: bool | None = views.memo.get("is masked")
    if known is None:
        known = views.memo["is masked"] = ANY_MASK.search(views.squeezed) is not None
    return known


def look_through(together: Together) -> None:
    """Answers that of the ordinary texts, all at once."""
    touched = together.squeezed.touched((ANY_MASK,))
    for number, views in enumerate(together.ordinary):
        views.memo["is masked"] = number in touched


def masked(views: Views) -> Masked:
    """How a text is read that has masks."""
    known: Masked | None = views.memo.get("masked")
    if known is None:
        known = views.memo["masked"] = _read(views.squeezed)
    return known


def _read(squeezed: str) -> Masked:
    ornaments = {match.start() for match in _ORNAMENTS.finditer(squeezed)}
    places = [at for at in range(len(squeezed)) if at not in ornaments]
    bare = frozenset(number for number, at in enumerate(places) if at - 1 in ornaments)
    anchors = [number for number, at in enumerate(places) if number in bare or squeezed[at] in RARE]
    return Masked("".join(squeezed[at] for at in places), [*places, len(squeezed)], anchors[:_MAX_ANCHORS], bare)


class Unmasking:
    """Phrases that may stand under masks, by their characters and by how those sound."""

    __slots__ = ("_by_face", "_by_letter", "_by_sign", "_by_sound", "_known", "_phrases")

    def __init__(self, phrases: Sequence[str]) -> None:
        """Empty phrases are never found; the others have 2 to 63 characters."""
        self._phrases = phrases
        self._by_letter: dict[str, array[int]] = {}
        self._by_sound: dict[str, set[str]] = {}
        self._by_sign: dict[str, set[str]] = {}
        self._by_face: dict[int, set[str]] = {}
        self._known: dict[str, frozenset[str]] = {}
        for number, phrase in enumerate(phrases):
            for at, letter in enumerate(phrase):
                self._by_letter.setdefault(letter, array("l")).append(number << 6 | at)
        for letter in self._by_letter:
            for syllables in readings(letter)[:1]:
                self._by_sound.setdefault(syllables[0], set()).add(letter)
                self._by_sign.setdefault(sound_sign(syllables[0]), set()).add(letter)
            if letter < _BEHIND:
                self._by_face.setdefault(SHAPE[ord(letter)] or 0, set()).add(letter)

    def find(self, read: Masked) -> Iterator[tuple[int, int, int]]:
        """(number of the phrase, start, end) in the squeezed text of every phrase that has a mask or an ornament in it, each once."""
        text, seen = read.text, set[tuple[int, int]]()
        for anchor in read.anchors:
            before = self._passes_for(text[anchor - 1] if anchor else "")
            after = self._passes_for(text[anchor + 1] if anchor + 1 < len(text) else "")
            bare = anchor in read.bare and text[anchor] not in RARE
            for letter in sorted(self._passes_for(text[anchor])):
                for code in self._by_letter.get(letter, ()):
                    number, at = code >> 6, code & 63
                    phrase, start = self._phrases[number], anchor - at
                    beside, kept = (phrase[at - 1], before) if at else (phrase[1], after)
                    if beside not in kept or start < 0 or (bare and not at) or (number, start) in seen or not self._stands(text, start, phrase):
                        continue
                    seen.add((number, start))
                    end = start + len(phrase)
                    yield number, read.places[start], read.places[end] if end not in read.bare else read.places[end - 1] + 1

    def _passes_for(self, letter: str) -> frozenset[str]:
        """What a character of a text may stand for, of the characters that the phrases have; kept, within bounds."""
        known = self._known.get(letter)
        if known is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            passes = {letter, *self._by_sign.get(letter, ())}
            for syllables in readings(letter)[:1] if letter else ():
                passes |= self._by_sound.get(syllables[0], set())
            if letter in RARE:
                passes |= _MEANT[letter]
            elif letter and letter < _BEHIND:
                passes |= self._by_face.get(SHAPE[ord(letter)] or 0, set())
            known = self._known[letter] = frozenset(passes & self._by_letter.keys())
        return known

    def _stands(self, text: str, start: int, phrase: str) -> bool:
        """Whether every character from `start` on passes for that of the phrase; of common ones fewer than half may only sound or look right."""
        piece = text[start : start + len(phrase)]
        if len(piece) < len(phrase) or not all(meant in self._passes_for(letter) for letter, meant in zip(piece, phrase, strict=True)):
            return False
        near = sum(letter != meant and letter not in RARE and letter not in self._by_sign for letter, meant in zip(piece, phrase, strict=True))
        return near < _NEAR_SHARE * len(phrase)


def half_spelt(reading: tuple[str, list[int]]) -> Masked:
    """A text of which syllables in Latin letters are read as their sounds (`rewritten.sounding`): each is an anchor."""
    text, places = reading
    anchors = [at for at, letter in enumerate(text) if places[at + 1] - places[at] > 1]
    return Masked(text, places, anchors[:_MAX_ANCHORS], frozenset())


def is_worn(piece: str) -> bool:
    """Whether a mask or an ornament stands in a piece of text: ordinary words do not explain it."""
    return not RARE.isdisjoint(piece) or _ORNAMENTS.search(piece) is not None
