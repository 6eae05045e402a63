"""Claims that stand in a text in another way than any that is compiled: in halves, under masks, by eye, by ear, in pinyin, with signs, misspelt.

Each way is a reading of the text in which an open claim appears. Those that only change what any title has (sounds, shapes, Latin words) are tried
where a brand is named: one title of four.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from ahocorasick_rs import AhoCorasick

from screener.judge.claims.bounds import bounded
from screener.judge.claims.disguises import MIN_LATIN, MIN_PINYIN
from screener.judge.claims.forms import FORMS, LONG, LONG_FORMS, MAX_MATCHES, SQUEEZED, Form
from screener.judge.claims.grammar import CLAIMS
from screener.judge.letters import letters_of
from screener.judge.masked import Masked, Unmasking, half_spelt, is_masked, masked
from screener.judge.rewritten import SURE_HALVES, joined, sounding
from screener.judge.sounds import SHAPE, SOUND, SYLLABLES, is_word, readings
from screener.judge.spelling import Spellings, legible, placed, words_in
from screener.judge.views import Views

Place = tuple[int, int, int]
"""Start and end in the plain view, and the number of the form that stands there."""

_LEAST: Final = 2
"""Characters of a claim that is known in halves and under masks: one alone is a word of something else."""
_LEAST_BY_EYE: Final = 3
"""Characters of a claim that is still known when some of them only look right."""
_LEAST_BY_EAR: Final = 4
"""The same when they only sound right: every three syllables stand somewhere."""
_MAX_SYLLABLES: Final = 8
_MAX_KNOWN: Final = 16_384
"""Words whose meaning is kept: a megabyte or two."""
_MAX_GAP: Final = 2
"""Characters between two syllables of one claim."""


def _is_whole(form: Form) -> bool:
    """Whether a form needs nothing beside its characters, and has enough of them."""
    return not (form.disguised or form.tail or form.foreign or CLAIMS[form.claim].extend) and len(form.said) >= _LEAST


_WHOLE: Final = tuple((squeezed, form) for squeezed, forms in SQUEEZED.items() for form in forms if _is_whole(FORMS[form]))
_HAN: Final = tuple((squeezed, form) for squeezed, form in _WHOLE if not squeezed.isascii())
_UNMASKING: Final = Unmasking([squeezed for squeezed, _ in _HAN])


def _at_least(length: int) -> tuple[tuple[str, int], ...]:
    return tuple((squeezed, form) for squeezed, form in _HAN if len(squeezed) >= length and not FORMS[form].signs)


_ALIKE: Final = tuple(
    (table, claims, AhoCorasick([squeezed.translate(table) for squeezed, _ in claims]))
    for table, claims in ((SHAPE, _at_least(_LEAST_BY_EYE)), (SOUND, _at_least(_LEAST_BY_EAR)))
)
"""What the eye and the ear keep of a character, the claims that are known by it, and these in it."""

_LATIN: Final = re.compile("[a-z]+")
_LATIN_WORDS: Final = tuple(sorted({word for squeezed, form in _WHOLE if squeezed.isascii() for word in _LATIN.findall(FORMS[form].plain)}))
_IN_CLAIMS: Final = frozenset(_LATIN_WORDS)
_SPELLINGS: Final = Spellings([word if len(word) >= MIN_LATIN else "" for word in _LATIN_WORDS])


def _said() -> dict[str, int]:
    """Claims of Han characters by how they are said."""
    said: dict[str, int] = {}
    for squeezed, form in _HAN:
        syllables = readings(squeezed.replace("1", "一"))
        if syllables and len(key := "".join(syllables[0])) >= MIN_PINYIN:
            said.setdefault(key, form)
    return said


_SAID: Final = _said()


def evasions(views: Views, branded: bool) -> list[Place]:
    """Every claim that is written evasively, by the places where it stands; `branded` if the listing names a brand."""
    places: list[Place] = []
    if SURE_HALVES.hits(views):
        places.extend(_in_halves(views))
    if is_masked(views):
        places.extend(_under_masks(views, masked(views)))
    if branded:
        if not views.squeezed.isascii():
            places.extend(_alike(views))
        words = words_in(views)
        if words:
            places.extend(_in_pinyin(views, words))
            places.extend(_in_other_letters(views, words))
    return places


def _in_halves(views: Views) -> Iterator[Place]:
    """Claims of which some characters are written as their halves."""
    for text, places in joined(views):
        for number, start, end in LONG.search(text)[:MAX_MATCHES]:
            if places[end] - places[start] > end - start and (span := _without_spaces(views, places[start], places[end])):
                yield from ((*span, form) for form in LONG_FORMS[number] if _is_whole(FORMS[form]) and not FORMS[form].signs)


def _under_masks(views: Views, read: Masked) -> Iterator[Place]:
    """Claims of which some characters are masked."""
    for number, start, end in islice(_UNMASKING.find(read), MAX_MATCHES):
        squeezed, form = _HAN[number]
        if views.squeezed[start:end] != squeezed and (span := _without_spaces(views, start, end)):
            yield (*span, form)


def _alike(views: Views) -> Iterator[Place]:
    """Claims of which some characters only look or sound right, and make no word with a neighbour."""
    squeezed = views.squeezed
    for table, claims, automaton in _ALIKE:
        for number, start, end in automaton.find_matches_as_indexes(squeezed.translate(table), overlapping=True)[:MAX_MATCHES]:
            claim, form = claims[number]
            wrong = [at for at, letter in enumerate(claim, start) if squeezed[at] != letter]
            explained = any(is_word(squeezed[max(0, at - 1) : at + 1]) or is_word(squeezed[at : at + 2]) for at in wrong)
            if wrong and not explained and (span := _without_spaces(views, start, end)):
                yield (*span, form)


def _in_pinyin(views: Views, words: list[str]) -> Iterator[Place]:
    """Claims in pinyin, whole or some characters of them."""
    if SYLLABLES.isdisjoint(words):
        if not _SAID.keys().isdisjoint(words):
            yield from ((start, end, _SAID[word]) for word, start, end in placed(words, views.plain) if word in _SAID)
        return
    tokens = placed(words, views.plain)
    for number, (_, start, end) in enumerate(tokens):
        said = ""
        for word, first, last in tokens[number : number + _MAX_SYLLABLES]:
            if first - end > _MAX_GAP:
                break
            end = last
            said += word
            if said in _SAID:
                yield start, last, _SAID[said]
    reading = sounding(views)
    found = _UNMASKING.find(half_spelt(reading)) if reading is not None else iter(())
    for number, start, end in islice(found, MAX_MATCHES):
        yield (*views.plain_span(start, end), _HAN[number][1])


def _in_other_letters(views: Views, words: list[str]) -> Iterator[Place]:
    """Claims in Latin letters of which some are digits or signs, or of which a word has a letter wrong: r3plic4, f@c+0ry, replia."""
    meant = {word: letters for word in words if (letters := _meant(word)) is not None}
    if not meant and not views.strange:
        return
    plain, base = legible(views.plain) if views.strange else (views.plain, range(len(views.plain)))
    read: list[str] = []
    places: list[int] = []
    at = 0
    for word, start, end in placed(words, plain):
        if word in meant:
            read.extend((plain[at:start], meant[word]))
            places.extend((*range(at, start), *(min(start + step, end - 1) for step in range(len(meant[word]) - 1)), end - 1))
            at = end
    places.extend(range(at, len(plain)))
    yield from _open(views.plain, "".join(read) + plain[at:], [base[place] for place in places])


@lru_cache(_MAX_KNOWN)
def _meant(word: str) -> str | None:
    """The word of a claim that a word with digits or signs among its letters stands for, or that it is with a letter wrong; kept."""
    if word in _IN_CLAIMS or word.isdigit():
        return None
    if word.isalpha() and word.isascii():
        spelt = next(iter(_SPELLINGS.find(word, [word])), None) if len(word) >= MIN_LATIN - 1 else None
        return _LATIN_WORDS[spelt.number] if spelt is not None else None
    return next((letters for letters in letters_of(word) if letters in _IN_CLAIMS), None)


def _open(plain: str, read: str, places: list[int]) -> Iterator[Place]:
    """Claims in Latin letters that stand openly in another reading of a plain view, and not in it; `places` are those of its characters."""
    kept = [at for at, letter in enumerate(read) if letter.isalnum()]
    for number, start, end in LONG.search("".join(read[at] for at in kept))[:MAX_MATCHES]:
        first, last = kept[start], kept[end - 1] + 1
        seen = plain[places[first] : places[last - 1] + 1]
        if seen != read[first:last] and bounded(read, first, last, stem=False, digits=True):
            yield from ((places[first], places[last - 1] + 1, form) for form in LONG_FORMS[number] if _is_whole(FORMS[form]))


def _without_spaces(views: Views, start: int, end: int) -> tuple[int, int] | None:
    """Where `start:end` of the squeezed view is in the plain one; None if a space is within: the end of one word with the start of the next."""
    first, last = views.plain_span(start, end)
    return None if any(letter.isspace() for letter in views.plain[first:last]) else (first, last)
