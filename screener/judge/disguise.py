"""Is it the brand in disguise? Characters that only sound or look like a Han name are it where no ordinary words explain them."""

from __future__ import annotations

from itertools import pairwise
from operator import ne
from typing import Final

from screener.judge.masked import is_worn
from screener.judge.mentions import Candidate, Term, joint
from screener.judge.rewritten import BARE
from screener.judge.sounds import is_word, said_alike, sound_alike
from screener.judge.views import ViewName, Views

HINTED: Final = 0.4
"""From this confidence on a disguised mention is worth joining with other evidence, although alone it may be another maker's honest name."""
PAIR: Final = 0.45
"""Confidence of a name of two characters, one of them right, that stands for itself: as many honest names sound like somebody's brand."""

_ALONE: Final = frozenset("男女春夏秋冬新款正")
"""Characters that titles put beside a name without a space: whose goods, when, new."""

_LONG: Final = 4
"""Characters of a name from which chance makes no part of another."""

_WORN: Final = 0.75
"""Confidence where a character or an ornament stands that ordinary text does not use."""


def guessed(views: Views, start: int, end: int, term: Term, view: ViewName) -> Candidate | None:
    """The name of Han characters whose sounds or shapes stand at `start:end` of the squeezed view, unless ordinary words explain them."""
    piece, name = views.squeezed[start:end], term.squeezed
    wrong = sum(map(ne, piece, name)) if len(piece) == len(name) else 1
    if not wrong or term.weak or any(letter in _ALONE and letter not in name for letter in piece):
        return None
    confidence = _graded(views.squeezed, start, end, piece, name, wrong, view)
    if view == "sound" and confidence == PAIR and len(piece) == len(name) and not all(map(said_alike, piece, name)):
        confidence = HINTED  # it may be said so, but a seller who hides a name writes it as it is said
    if confidence < HINTED:
        return None
    first, last = views.plain_span(start, end)
    if len(name) < _LONG and _runs_on(views, start, end, first, last):
        return None
    joined = joint(views.plain[first:last], term)
    if joined is None:
        return None
    return Candidate(first, last, term, view, min(confidence, joined[0], term.confidence), disguised=True)


def _graded(squeezed: str, start: int, end: int, piece: str, name: str, wrong: int, view: ViewName) -> float:
    """Confidence by the name's length, its wrong characters, and how many characters no word explains."""
    length = len(name)
    if is_worn(piece) or (view == "split" and not BARE.isdisjoint(piece)):
        return _WORN
    if length == 2 and len(piece) == 2:
        if wrong > 1 or in_words(squeezed, start):
            return 0.0
        return PAIR if view != "sound" or all(map(sound_alike, piece, name)) else 0.0
    free = _unexplained(squeezed, start, end)
    if length >= _LONG:
        return 0.85 if free else HINTED
    if len(piece) > length:
        return 0.75 if free > 1 else 0.0  # halves
    return 0.75 if free > 1 and wrong < length else 0.45 if free else 0.0


def _runs_on(views: Views, start: int, end: int, first: int, last: int) -> bool:
    """Whether a neighbour that touches the piece makes no word with what lies beyond it either: then the piece is part of a longer name."""
    squeezed, plain = views.squeezed, views.plain
    if (
        first
        and start
        and _is_han(plain[first - 1])
        and plain[first - 1] not in _ALONE
        and not is_word(squeezed[max(0, start - 2) : start])
        and not is_word(squeezed[start - 1 : start + 1])
    ):
        return True
    if last == len(plain) or end >= len(squeezed) or not _is_han(plain[last]) or plain[last] in _ALONE:
        return False
    return not is_word(squeezed[end : end + 2]) and not is_word(squeezed[end - 1 : end + 1])


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter < "\ua000"


def in_words(squeezed: str, start: int) -> bool:
    """Whether two characters are a word, or one of them is part of one with its neighbour."""
    return (
        is_word(squeezed[start : start + 2]) or (start > 0 and is_word(squeezed[start - 1 : start + 1])) or is_word(squeezed[start + 1 : start + 3])
    )


def straddles(plain: str, start: int) -> bool:
    """Whether two characters are the end of one word and the start of the next, and no word themselves."""
    if not start or is_word(plain[start : start + 2]):
        return False
    return is_word(plain[start - 1 : start + 1]) and is_word(plain[start + 1 : start + 3])


def _unexplained(squeezed: str, start: int, end: int) -> int:
    """How many characters of a piece make no word with a neighbour."""
    words = [is_word(squeezed[at : at + 2]) if at >= 0 else False for at in range(start - 1, end)]
    return sum(not before and not after for before, after in pairwise(words))
