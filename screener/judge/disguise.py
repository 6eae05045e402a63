"""Is it the brand in disguise? Characters that only sound or look like a Han name are it where no ordinary words explain them."""

from __future__ import annotations

from typing import Final

from screener.judge.mentions import Candidate, Term, joint
from screener.judge.sounds import RARE, is_word, sound_alike
from screener.judge.views import ViewName, Views

PAIR: Final = 0.45
"""Confidence of a name of two characters, one of them right, that stands for itself: as many honest names sound like somebody's brand."""

_LONG: Final = 4
"""Characters of a name from which chance makes no part of another."""

_RARE: Final = 0.75
"""Confidence where a character stands that ordinary text does not use."""
_LOOSE: Final = 0.3
"""Confidence of two characters of which one sounds only nearly right."""


def guessed(views: Views, start: int, end: int, term: Term, view: ViewName) -> Candidate | None:
    """The name of Han characters whose sounds or shapes stand at `start:end` of the squeezed view, unless ordinary words explain them."""
    piece, name = views.squeezed[start:end], term.squeezed
    wrong = sum(own != meant for own, meant in zip(piece, name, strict=True)) if len(piece) == len(name) else 1
    if not wrong or term.weak or (len(name) == 2 and is_word(piece)):
        return None
    first, last = views.plain_span(start, end)
    if len(name) < _LONG and _runs_on(views, start, end, first, last):
        return None
    joined = joint(views.plain[first:last], term)
    if joined is None:
        return None
    free = _unexplained(views, start, end, first, last)
    if any(letter in RARE for letter in piece):
        confidence = _RARE
    elif view == "sound" and len(name) == 2 and not all(map(sound_alike, piece, name)):
        confidence = _LOOSE if free == 2 and wrong == 1 else 0.0
    else:
        confidence = _confidence(len(name), wrong, free, len(piece))
    if not confidence:
        return None
    return Candidate(first, last, term, view, min(confidence, joined[0], term.confidence), disguised=True)


def _runs_on(views: Views, start: int, end: int, first: int, last: int) -> bool:
    """Whether a neighbour that touches the piece makes no word with what lies beyond it either: then the piece is part of a longer name."""
    squeezed, plain = views.squeezed, views.plain
    if (
        first
        and start
        and _is_han(plain[first - 1])
        and not is_word(squeezed[max(0, start - 2) : start])
        and not is_word(squeezed[start - 1 : start + 1])
    ):
        return True
    if last == len(plain) or end >= len(squeezed) or not _is_han(plain[last]):
        return False
    return not is_word(squeezed[end : end + 2]) and not is_word(squeezed[end - 1 : end + 1])


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter < "\ua000"


def _confidence(length: int, wrong: int, free: int, written: int) -> float:
    """By the name's length, its wrong characters, and the characters that no word explains, of those written."""
    if length >= _LONG:
        return 0.85 if free else 0.4
    if length == 3:
        return 0.0 if not free else 0.75 if free > 1 and wrong < length else 0.45
    if written > length:
        return 0.75 if free > 1 else 0.3 if free else 0.0  # halves
    if free < 2:
        return 0.3 if free and wrong == 1 else 0.0
    return PAIR if wrong == 1 else 0.3


def _unexplained(views: Views, start: int, end: int, first: int, last: int) -> int:
    """How many characters of a piece make no word with a neighbour that touches them."""
    squeezed, plain = views.squeezed, views.plain
    left = start - (1 if first and start and plain[first - 1].isalnum() else 0)
    right = end + (1 if last < len(plain) and end < len(squeezed) and plain[last].isalnum() else 0)
    words = [is_word(squeezed[at : at + 2]) for at in range(left, right - 1)]
    free = 0
    for at in range(start, end):
        before, after = at - 1 - left, at - left
        if not (before >= 0 and words[before]) and not (after < len(words) and words[after]):
            free += 1
    return free
