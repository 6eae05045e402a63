"""All names of a registry, compiled: two automata, one over shapes and one over sounds, and an index of spellings. They give verified candidates.

A name stands in the automaton of shapes as its squeezed form, folded; every place where the text shows it as registered, with separators, in other
letters or in look-alike characters is one match there. A pattern leads to one or more codes: the number of the name and how the pattern was made.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import eq
from typing import Final

from ahocorasick_rs import AhoCorasick
from msgspec import Struct
from msgspec.structs import replace

from screener.judge.disguise import HINTED, PAIR, guessed, in_words, straddles
from screener.judge.masked import Unmasking, is_masked, masked
from screener.judge.mentions import Candidate, Term, dressed, plain_candidate, squeezed_candidate
from screener.judge.rewritten import SURE_HALVES, joined, sounding
from screener.judge.sounds import FAMILY, SHAPE, SOUND, SYLLABLES, TWINS, heard_by_eye, is_said, mistaken, readings, signs
from screener.judge.spelling import Spellings, Spelt, legible, words_in
from screener.judge.together import Together
from screener.judge.views import Hits, ViewName, Views

_MAX_PLACES: Final = 50
"""Places of one pattern that are looked at: a text made of decoys must not cost more than its reading."""

_MAX_GUESSES: Final = 100
"""Places that only sound like a name and are looked at closely, in one text: as above."""

_MAX_MATCHES: Final = 1_000
"""Matches of one automaton that are looked at in one text (a title has a handful): as above, and by then dozens of brands are named."""

_MAX_DISGUISED: Final = 5
"""Characters of a Han name from which no further disguises are compiled: nobody takes the trouble."""

_LATIN: Final = re.compile("[a-z]")
_FAUX: Final = 0.6

_WHOLE, _TWIN, _HEARD = range(3)
_VIEW: Final[tuple[ViewName, ...]] = ("squeezed", "shape", "sound")

Spans = list[tuple[int, int]]


class _Patterns:
    """Patterns of one automaton and their codes: the first in an array, further ones (two names that look alike) in a dict."""

    __slots__ = ("_automaton", "_first", "_further")

    def __init__(self, pairs: Iterator[tuple[str, int]]) -> None:
        numbers: dict[str, int] = {}
        self._first = array("l")
        self._further: dict[int, tuple[int, ...]] = {}
        for pattern, code in pairs:
            number = numbers.setdefault(pattern, len(numbers))
            if number == len(self._first):
                self._first.append(code)
            elif code != self._first[number]:
                self._further[number] = (*self._further.get(number, ()), code)
        self._automaton = AhoCorasick(list(numbers)) if numbers else None

    def ends(self, terms: Sequence[Term]) -> tuple[list[str], list[str]]:
        """By pattern the first and the second characters of its names."""
        names = [[terms[code >> 2].squeezed for code in self.codes(number)] for number in range(len(self._first))]
        return ["".join(name[0] for name in same) for same in names], ["".join(name[1] for name in same) for same in names]

    def hits(self, text: str) -> Hits:
        """All matches in a text."""
        return self._automaton.find_matches_as_indexes(text, overlapping=True) if self._automaton is not None else []

    def codes(self, number: int) -> tuple[int, ...]:
        """The codes of a pattern."""
        return (self._first[number], *self._further.get(number, ()))


class Matches(Struct, frozen=True):
    """What the automata find in one text: matches of shapes, of sounds as the text is usually said, and of families of characters."""

    shapes: Hits
    sounds: Hits
    families: Hits


class Names:
    """The compiled names; immutable."""

    __slots__ = ("_families", "_firsts", "_seconds", "_shapes", "_sounds", "_spellings", "_terms", "_unmasking")

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._shapes = _Patterns(_shape_patterns(terms))
        self._sounds = _Patterns(_sound_patterns(terms))
        self._families = _Patterns(_family_patterns(terms))
        self._firsts, self._seconds = self._sounds.ends(terms)
        self._spellings = Spellings(
            [term.squeezed if _may_be_guessed(term) else "" for term in terms], [term.squeezed if _is_word(term) else "" for term in terms]
        )
        self._unmasking = Unmasking([term.squeezed if not term.latin and _may_be_guessed(term) else "" for term in terms])

    def look_through(self, together: Together) -> list[Matches]:
        """What the automata find in each of the ordinary texts."""
        squeezed = together.squeezed
        shapes = squeezed.spread(self._shapes.hits(squeezed.text.translate(SHAPE)))
        sounds = squeezed.spread(self._sounds.hits(squeezed.text.translate(SOUND)))
        families = squeezed.spread(self._families.hits(squeezed.text.translate(FAMILY)))
        SURE_HALVES.look_through(together)
        return [Matches(*found) for found in zip(shapes, sounds, families, strict=True)]

    def _look_through(self, views: Views) -> Matches:
        """The same of one text."""
        squeezed = views.squeezed
        if squeezed.isascii():
            return Matches(self._shapes.hits(squeezed.translate(SHAPE)), [], [])
        sounds, families = self._sounds.hits(squeezed.translate(SOUND)), self._families.hits(squeezed.translate(FAMILY))
        return Matches(self._shapes.hits(squeezed.translate(SHAPE)), sounds, families)

    def candidates(self, views: Views, matches: Matches | None = None) -> list[Candidate]:
        """Every verified place of every name; `matches` if the text was looked through. A brand named openly is not looked for in disguise."""
        candidates: list[Candidate] = []
        seen: set[int] = set()
        matches = matches or self._look_through(views)
        if matches.shapes:
            self._seen(views, matches.shapes[:_MAX_MATCHES], candidates, seen)
        read, places = legible(views.plain) if views.strange else (views.plain, [])
        words = words_in(views)
        if not views.plain.isascii():
            self._heard(views, matches, candidates, seen)
            self._mistaken(views, matches, candidates, seen)
            self._halved(views, candidates, seen)
            if is_masked(views):
                self._masked(views, candidates, seen)
            if not SYLLABLES.isdisjoint(words):
                self._half_spelt(views, candidates, seen)
        for spelt in self._spellings.find(read, words):
            self._spelt(views, spelt, matches, places, candidates, seen)
        return candidates

    def _seen(self, views: Views, hits: Hits, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names that stand there as registered, then those that other places look like."""
        places: dict[int, Spans] = {}
        for number, start, end in hits:
            for code in self._shapes.codes(number):
                places.setdefault(code, []).append((start, end))
        later = [code for code, spans in places.items() if code & 3 != _WHOLE or not self._openly(views, code >> 2, spans, candidates, seen)]
        for code in later:
            term = self._terms[code >> 2]
            if not seen.issuperset(term.brands):
                self._disguised(views, term, code & 3, places[code], candidates)

    def _heard(self, views: Views, matches: Matches, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names that other characters sound like. Of two characters one has to be right: the ear finds every pair somewhere."""
        squeezed, firsts, seconds = views.squeezed, self._firsts, self._seconds
        left = _MAX_GUESSES
        by_eye = heard_by_eye(squeezed, squeezed.translate(SOUND)) if views.strange or is_masked(views) else ()
        for number, start, end in chain(matches.sounds[:_MAX_MATCHES], *(self._sounds.hits(text)[:_MAX_MATCHES] for text in by_eye)):
            pair = end - start == 2
            if pair and ((squeezed[start] not in firsts[number] and squeezed[start + 1] not in seconds[number]) or in_words(squeezed, start)):
                continue
            for code in self._sounds.codes(number):
                term = self._terms[code >> 2]
                if pair and (squeezed[start] == term.squeezed[0]) is (squeezed[start + 1] == term.squeezed[1]):
                    continue
                left -= 1
                if left < 0:
                    return
                candidate = guessed(views, start, end, term, "sound")
                if candidate is not None and not seen.issuperset(term.brands):
                    candidates.append(candidate)

    def _mistaken(self, views: Views, matches: Matches, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names of which some characters are written as others with the same half."""
        for number, start, end in matches.families[:_MAX_GUESSES]:
            for code in self._families.codes(number):
                term = self._terms[code >> 2]
                same = map(_are_seen_alike, views.squeezed[start:end], term.squeezed)
                if not seen.issuperset(term.brands) and all(same):
                    self._guess(views, start, end, term, "shape", candidates)

    def _halved(self, views: Views, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names of which some characters are written as their halves."""
        for text, places in joined(views):
            for number, start, end in self._shapes.hits(text.translate(SHAPE))[:_MAX_MATCHES]:
                first, last = places[start], places[end]
                for code in self._shapes.codes(number) if last - first > end - start else ():
                    term = self._terms[code >> 2]
                    if not term.latin and _may_be_guessed(term) and not seen.issuperset(term.brands):
                        self._guess(views, first, last, term, "split", candidates)

    def _masked(self, views: Views, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names under masks. Of two characters an ornament has to stand between them: behind one mask the eye sees somebody's name anywhere."""
        for number, start, end in islice(self._unmasking.find(masked(views)), _MAX_GUESSES):
            term = self._terms[number]
            if (len(term.squeezed) > 2 or end - start > 2) and not seen.issuperset(term.brands):
                self._guess(views, start, end, term, "shape", candidates)

    def _half_spelt(self, views: Views, candidates: list[Candidate], seen: set[int]) -> None:
        """Adds names of which some characters are written in pinyin, the others right."""
        reading = sounding(views)
        if reading is None:
            return
        text, places = reading
        for number, start, end in self._sounds.hits(text.translate(SOUND))[:_MAX_MATCHES]:
            first, last = places[start], places[end]
            pieces = [views.squeezed[places[at] : places[at + 1]] for at in range(start, end)]
            for code in self._sounds.codes(number) if last - first > end - start else ():
                term = self._terms[code >> 2]
                if not seen.issuperset(term.brands) and _is_half_spelt(pieces, term.squeezed):
                    self._guess(views, first, last, term, "sound", candidates)

    def _guess(self, views: Views, start: int, end: int, term: Term, view: ViewName, candidates: list[Candidate]) -> None:
        candidate = guessed(views, start, end, term, view)
        if candidate is not None:
            candidates.append(candidate)

    def _spelt(self, views: Views, spelt: Spelt, matches: Matches, places: list[int], candidates: list[Candidate], seen: set[int]) -> None:
        """Adds a name of which a word is a spelling; `places` if the word was read in letters made legible."""
        term = self._terms[spelt.number]
        if spelt.confidence < HINTED or seen.issuperset(term.brands):
            return
        start, end = (places[spelt.start], places[spelt.end - 1] + 1) if places else (spelt.start, spelt.end)
        confidence = PAIR if term.weak else min(spelt.confidence, term.confidence)  # c00l is style: it names a brand among its goods only
        if not term.latin and self._is_namesake(views, spelt.number, matches):
            confidence = HINTED
        if places and not _LATIN.search(views.plain, start, end):
            confidence = min(confidence, _FAUX)  # a whole word in another alphabet may be that language's own word
        candidates.append(Candidate(start, end, term, "spelling", confidence, disguised=True))

    def _is_namesake(self, views: Views, number: int, matches: Matches) -> bool:
        """Whether the text has other characters that are read as the name: then a word in pinyin is most likely theirs, another maker's."""
        code, name = number << 2 | _HEARD, self._terms[number].squeezed
        return any(views.squeezed[start:end] != name for pattern, start, end in matches.sounds if code in self._sounds.codes(pattern))

    def _openly(self, views: Views, number: int, spans: Spans, candidates: list[Candidate], seen: set[int]) -> bool:
        """Adds the places where the name stands as registered; whether those are all its matches."""
        term, plain = self._terms[number], views.plain
        start, places = plain.find(term.plain), 0
        while start >= 0 and places < _MAX_PLACES:
            places += 1
            candidate = plain_candidate(plain, start, start + len(term.plain), term)
            if candidate is not None and len(term.plain) == 2 and not term.latin and straddles(plain, start):
                candidate = replace(candidate, confidence=min(candidate.confidence, HINTED))
            if candidate is not None:
                candidates.append(dressed(views, candidate))
                seen.update(term.brands)
            start = plain.find(term.plain, start + 1)
        return places >= len(spans)

    def _disguised(self, views: Views, term: Term, how: int, spans: Spans, candidates: list[Candidate]) -> None:
        for start, end in spans[:_MAX_PLACES]:
            candidate = None
            if how != _WHOLE:
                candidate = guessed(views, start, end, term, _VIEW[how])
            elif term.latin or views.squeezed[start:end] == term.squeezed:
                candidate = squeezed_candidate(views, start, end, term) if term.in_squeezed else None
            else:
                candidate = guessed(views, start, end, term, "shape")
            if candidate is not None:
                candidates.append(candidate)


def _may_be_guessed(term: Term) -> bool:
    """Whether a name is looked for in spellings that are not quite it: an everyday word or a short code is not."""
    return not term.weak and not term.short


def _is_word(term: Term) -> bool:
    """Whether a name is an everyday word of letters: written with digits and signs among them it is none any more."""
    return bool(term.weak) and not term.short and term.latin and term.squeezed.isalpha()


def _are_seen_alike(one: str, other: str) -> bool:
    """Whether a character is the other or mistaken for it."""
    return one == other or mistaken(one, other)


def _is_half_spelt(pieces: list[str], name: str) -> bool:
    """Whether characters and syllables are the name: every character right, every syllable said so, and one of each at least."""
    right = sum(map(eq, pieces, name))
    return 0 < right < len(name) and all(piece == letter or is_said(letter, piece) for piece, letter in zip(pieces, name, strict=True))


def _shape_patterns(terms: Sequence[Term]) -> Iterator[tuple[str, int]]:
    for number, term in enumerate(terms):
        name = term.squeezed
        yield name.translate(SHAPE), number << 2 | _WHOLE
        if term.latin or not _may_be_guessed(term) or len(name) > _MAX_DISGUISED:
            continue
        for at, letter in enumerate(name):
            for other in TWINS.get(letter, ""):
                yield (name[:at] + other + name[at + 1 :]).translate(SHAPE), number << 2 | _TWIN


def _family_patterns(terms: Sequence[Term]) -> Iterator[tuple[str, int]]:
    """Of names of three characters and more: with two, as many honest names would be found."""
    for number, term in enumerate(terms):
        if not term.latin and len(term.squeezed) > 2 and _may_be_guessed(term):
            yield term.squeezed.translate(FAMILY), number << 2 | _TWIN


def _sound_patterns(terms: Sequence[Term]) -> Iterator[tuple[str, int]]:
    for number, term in enumerate(terms):
        if not term.latin and _may_be_guessed(term):
            for syllables in readings(term.squeezed):
                yield signs(syllables), number << 2 | _HEARD
