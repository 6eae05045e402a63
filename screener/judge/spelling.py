"""Latin words that are almost a name: a letter wrong, doubled or dropped, digits for letters, a Han name written out in pinyin.

Only words that no dictionary and no registry knows are looked at. An index of deletions (a word and each form of it with one letter less, hashed)
finds every name one edit away with a handful of bisections, however many names there are.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import Final
from zlib import crc32

from msgspec import Struct

from screener.judge import tables
from screener.judge.letters import AMBIGUOUS, ANY, SIGNS, letters_of
from screener.judge.lookalikes import FILLERS, SKELETON
from screener.judge.sounds import SYLLABLES, readings
from screener.judge.views import Views

_TOKEN: Final = re.compile(f"[a-z0-9{re.escape(''.join(sorted(SIGNS | AMBIGUOUS)))}{re.escape(ANY)}]+")
_JOINTS: Final = (" ", "-", "'", "&", " & ", ".")
"""What may stand between two words of one name."""
_MAX_GAP: Final = 2
_NUMBER: Final = re.compile(r"[0-9]{3}|^[0-9]+[a-z]{1,2}$")
_MANY_LETTERS: Final = 6
"""Letters of a word from which three digits in a row do not make it a model's number."""
_DIGITS: Final = re.compile(r"[^a-z\u00c0-\uffff?]+")
_SIGNS: Final = re.compile(r"[$@!|€£¥¢+^*]+")
_RUN: Final = re.compile(r"(.)\1+")
_TRIPLE: Final = re.compile(r"(.)\1\1")

MAX_WORDS: Final = 40
"""Unknown words that are looked up in one text: an ordinary one has two or three."""
_MAX_KNOWN: Final = 16_384
"""Words whose names are kept, and as many of two pieces: two megabytes at most."""
MAX_TOKENS: Final = 400
"""Words of one text that are read at all; a description has a hundred."""
MIN_EDITED: Final = 5
"""Letters of a name from which one wrong letter is looked for: shorter names are one letter from half the dictionary."""
_MIN_WORD: Final = 4
_MAX_WORD: Final = 24
_MAX_SYLLABLES: Final = 8
_AS_DIGITS: Final = 0.85
"""Confidence of a name with digits or signs for letters: nobody spells so by mistake."""
_DIGRAPHS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
_ALIKE: Final = ("ilj1", "oqc0", "uvy", "ceo", "nhmr", "gqj", "bdph", "vwu", "tfl", "sz", "ck", "ae", "xk")
"""Letters taken for each other by eye or ear, in groups."""
_KNOWN: Final = frozenset(tables.read("latin").split())

_FILTER_SHARE: Final = 16
"""Bytes of the filter before the index for each entry of the index: most lookups end there."""
_FILTER_LEAST, _FILTER_MOST = 1 << 12, 1 << 23
"""Bounds of its size in bytes: a hundred thousand names have a million entries."""

_EXACT, _PINYIN, _COLLAPSED, _SHORTER, _SIGNED = range(5)
"""What an entry of the index is the hash of: the name, its pinyin, the name without doubled letters, the name with one letter less; an everyday word
that is a name only where signs stand for letters."""
_KIND_BITS: Final = 3
_KINDS: Final = (1 << _KIND_BITS) - 1


Token = tuple[str, int, int]
"""A word and its start and end in the plain view."""


class Spelt(Struct, frozen=True):
    """A place in the plain view and the number of the name it is a spelling of; `confidence` that this is no accident."""

    start: int
    end: int
    number: int
    confidence: float


def words_of(plain: str) -> list[str]:
    """The Latin words of a plain view, with the digits, signs and strange letters that may stand for letters."""
    words: list[str] = _TOKEN.findall(plain)
    return words


def words_in(views: Views) -> list[str]:
    """The same of a text, made legible first; found once for names and claims."""
    known: list[str] | None = views.memo.get("words")
    if known is None:
        known = views.memo["words"] = words_of(legible(views.plain)[0] if views.strange else views.plain)
    return known


class Spellings:
    """The index over the squeezed names of a registry; answers never change."""

    __slots__ = ("_entries", "_filter", "_known", "_mask", "_names")

    def __init__(self, names: Sequence[str], words: Sequence[str] = ()) -> None:
        """`words`, numbered as the names are, are everyday words: they are names only where signs stand for letters. Empty strings are no names."""
        self._names = [word or name for name, word in zip_longest(names, words, fillvalue="")]
        self._known: tuple[dict[str, list[tuple[int, float]]], dict[str, list[tuple[int, float]]]] = ({}, {})
        entries: list[int] = []
        for number, (name, word) in enumerate(zip_longest(names, words, fillvalue="")):
            keys = ((word, _SIGNED),) if word else _keys_of(name) if name.isascii() else _pinyin_of(name)
            entries.extend(crc32(key.encode()) << 32 | number << _KIND_BITS | kind for key, kind in keys)
        entries.sort()
        self._entries = array("Q", entries)
        size = min(max(1 << (_FILTER_SHARE * len(entries)).bit_length(), _FILTER_LEAST), _FILTER_MOST)
        self._mask = size - 1
        self._filter = bytearray(size)
        for entry in entries:
            self._filter[entry >> 32 & self._mask] = 1

    def find(self, plain: str, words: list[str]) -> list[Spelt]:
        """Names that the words (`words_of`) of a plain view are spellings of."""
        if not words:
            return []
        tries = list(islice(self._tries(words), MAX_WORDS))
        found = [(word, first, last, named) for word, first, last in tries if (named := self._matches(word, first != last))]
        rows = MAX_WORDS - len(tries) if _has_rows(words) else 0
        if not found and not rows:
            return []
        tokens = placed(words[:MAX_TOKENS], plain)
        spelt: list[Spelt] = []
        for _, first, last, named in found:
            start, end = tokens[first][1], tokens[last][2]
            if first == last or plain[tokens[first][2] : tokens[last][1]] in _JOINTS:
                spelt.extend(Spelt(start, end, number, confidence) for number, confidence in named)
        for word, start, end in islice(_rows(tokens), rows) if rows else ():
            spelt.extend(Spelt(start, end, number, confidence) for number, confidence in self._matches(word, end - start > len(word)))
        return spelt

    def _tries(self, words: list[str]) -> Iterator[tuple[str, int, int]]:
        """Unknown words, alone and together with each neighbour that is no number, and the numbers of their first and last word."""
        words = words[:MAX_TOKENS]
        for at, word in enumerate(words):
            if len(word) < _MIN_WORD or word in _KNOWN or not _is_wordlike(word):
                continue
            yield word, at, at
            for first in (at - 1, at):
                if first >= 0 and first + 1 < len(words) and not words[first if first < at else at + 1].isdigit():
                    yield words[first] + words[first + 1], first, first + 1

    def _matches(self, word: str, joined: bool) -> list[tuple[int, float]]:
        """Names that an unknown word is a spelling of; `joined` if the text has it in pieces. Kept, within bounds: sellers repeat themselves."""
        known = self._known[joined].get(word)
        if known is None:
            if len(self._known[joined]) >= _MAX_KNOWN:
                self._known[joined].clear()
            known = self._known[joined][word] = self._match(word, joined)
        return known

    def _match(self, word: str, joined: bool) -> list[tuple[int, float]]:
        if not word.isalpha() or not word.isascii():
            return [(number, _AS_DIGITS) for read in _readings_of(word) for number in self._read(read)]
        letters = word.encode()
        code = crc32(letters)
        found: list[tuple[int, float]] = []
        if self._filter[code & self._mask]:
            exact = [number for number in self._at(code, _EXACT) if self._names[number] == word]
            if exact:
                return [(number, 0.45 if len(word) > MIN_EDITED else 0.3) for number in exact] if joined else []
            found.extend((number, _of_pinyin(word, self._names[number])) for number in self._at(code, _PINYIN))
        if _RUN.search(word) or self._filter[code & self._mask]:
            collapsed = _RUN.sub(r"\1", word)
            sure = 0.6 if len(collapsed) > MIN_EDITED or _TRIPLE.search(word) else 0.45
            found.extend((number, sure) for number in self._named(collapsed, _COLLAPSED))
        for digraph, letter in _DIGRAPHS:
            if digraph in word:
                found.extend((number, 0.7) for number in self._named(word.replace(digraph, letter), _EXACT))
        return found + self._edited(word, letters, code)

    def _edited(self, word: str, letters: bytes, code: int) -> list[tuple[int, float]]:
        may, mask = self._filter, self._mask
        shorter = [crc32(letters[:at] + letters[at + 1 :]) for at in range(len(letters))]
        codes = [one for one in (code, *shorter) if may[one & mask]]
        if not codes:
            return []
        near = dict.fromkeys(number for one in codes for number, kind in self._entries_of(one) if kind in (_EXACT, _SHORTER))
        graded = [(number, _closeness(word, self._names[number])) for number in near]
        return [one for one in graded if one[1]]

    def _read(self, read: str) -> list[int]:
        """The names that a reading says; with one letter that nobody can tell, those that have any letter there."""
        if ANY not in read:
            return self._named(read, _EXACT) + self._named(read, _SIGNED)
        if len(read) < MIN_EDITED:
            return []
        before, after = read.split(ANY)
        near = [(number, self._names[number]) for number in self._named(before + after, _SHORTER)]
        return [number for number, name in near if len(name) == len(read) and name.startswith(before) and name.endswith(after)]

    def _named(self, key: str, kind: int) -> list[int]:
        """The names with this key of this kind."""
        code = crc32(key.encode())
        if not self._filter[code & self._mask]:
            return []
        numbers = self._at(code, kind)
        return [number for number in numbers if self._names[number] == key] if kind in (_EXACT, _SIGNED) else numbers

    def _at(self, code: int, kind: int) -> list[int]:
        """The names that entries with this hash and kind lead to."""
        return [number for number, one in self._entries_of(code) if one == kind]

    def _entries_of(self, code: int) -> list[tuple[int, int]]:
        """(number, kind) of the entries with a hash."""
        entries = self._entries
        start = end = bisect_left(entries, code << 32)
        while end < len(entries) and entries[end] >> 32 == code:
            end += 1
        return [((entry & 0xFFFFFFFF) >> _KIND_BITS, entry & _KINDS) for entry in entries[start:end]]


def _of_pinyin(word: str, name: str) -> float:
    """Confidence that a word is the pinyin of a name and not another maker's: two syllables are common property."""
    return 0.65 if len(name) > 2 else 0.45 if len(word) > _MIN_WORD else 0.3


def legible(plain: str) -> tuple[str, list[int]]:
    """A plain view with look-alike letters as letters and what cannot be seen left out, and for each of its characters the place in `plain`.

    Letters with more than one reading stay as they are; one of an alphabet, not of Han or kana, that passes for no Latin letter is `letters.ANY`.
    """
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(plain):
        read = letter
        if letter > "\x7f" and letter not in AMBIGUOUS:
            code = SKELETON.get(ord(letter), ord(letter))
            if code is None and (letter in FILLERS or unicodedata.category(letter) in ("Cf", "Mn", "Me")):
                continue
            read = letter if code is None else chr(code)
            if code is not None and "\x7f" < read < "\u2c00" and read.isalpha():
                read = ANY
        letters.append(read)
        places.append(at)
    return "".join(letters), places


def _readings_of(word: str) -> Iterator[str]:
    """What a word with digits, signs or strange letters may say: as letters, or with the signs as mere separators."""
    for form in dict.fromkeys((word, _SIGNS.sub("", word))):
        for read in letters_of(form, either=not form.isascii()):
            if read.isalpha() or (ANY in read and read.replace(ANY, "", 1).isalpha()):
                yield read


def _keys_of(name: str) -> Iterator[tuple[str, int]]:
    if not _MIN_WORD <= len(name) <= _MAX_WORD or not name.isalpha():
        return
    yield name, _EXACT
    yield _RUN.sub(r"\1", name), _COLLAPSED
    if len(name) >= MIN_EDITED:
        yield from ((key, _SHORTER) for key in _deletions(name))


def _pinyin_of(name: str) -> Iterator[tuple[str, int]]:
    spelt = dict.fromkeys("".join(syllables) for syllables in readings(name))
    yield from ((key, _PINYIN) for key in spelt if len(key) >= _MIN_WORD)


def _deletions(word: str) -> list[str]:
    return list(dict.fromkeys(word[:at] + word[at + 1 :] for at in range(len(word))))


def _is_wordlike(word: str) -> bool:
    """Whether a word is letters, or has digits and signs in it that may be read as letters: no measure, no model number."""
    if word.isalpha():
        return len(word) <= _MAX_WORD
    letters = len(_DIGITS.sub("", word))
    enough = letters * 2 >= len(word) or (letters >= 2 and _SIGNS.search(word) is not None)
    return enough and len(word) <= _MAX_WORD and (letters >= _MANY_LETTERS or not _NUMBER.search(word))


def _has_rows(words: list[str]) -> bool:
    """Whether there are single letters or syllables enough to make a name."""
    if len(words) >= _MIN_WORD and list(map(len, words)).count(1) >= _MIN_WORD:
        return True
    return not SYLLABLES.isdisjoint(words) and sum(word in SYLLABLES for word in words) > 1


def placed(words: list[str], plain: str) -> list[Token]:
    """The words with their places: between two of them stand separators only, so each begins where it is found next."""
    tokens: list[Token] = []
    end = 0
    for word in words:
        start = plain.find(word, end)
        end = start + len(word)
        tokens.append((word, start, end))
    return tokens


def _rows(tokens: list[Token]) -> Iterator[Token]:
    """Single letters in a row as one word; syllables in a row as every word of two to eight of them."""
    row: list[Token] = []
    for token in (*tokens, ("", 1 << 30, 1 << 30)):
        fits = len(token[0]) == 1 or token[0] in SYLLABLES
        if row and (not fits or token[1] - row[-1][2] > _MAX_GAP):
            yield from _joined(row)
            row = []
        if fits:
            row.append(token)


def _joined(row: list[Token]) -> Iterator[Token]:
    if len(row) < 2:
        return
    if all(len(word) == 1 for word, _, _ in row):
        if _MIN_WORD <= len(row) <= _MAX_WORD:
            yield "".join(word for word, _, _ in row), row[0][1], row[-1][2]
        return
    for first in range(len(row) - 1):
        for last in range(first + 1, min(len(row), first + _MAX_SYLLABLES)):
            yield "".join(word for word, _, _ in row[first : last + 1]), row[first][1], row[last][2]


def _closeness(word: str, name: str) -> float:
    """Confidence that a word is a name with one edit in it, by the edit and the length; 0 if it is not."""
    short, long = sorted((word, name), key=len)
    if len(long) - len(short) > 1 or word == name:
        return 0.0
    first = 0
    while first < len(short) and short[first] == long[first]:
        first += 1
    rest = len(long) - first - 1
    if len(short) == len(long):
        swapped = word[first : first + 2] == name[first : first + 2][::-1] and word[first + 2 :] == name[first + 2 :]
        if not swapped and short[len(short) - rest :] != long[len(long) - rest :]:
            return 0.0
        alike = swapped or any(word[first] in group and name[first] in group for group in _ALIKE)
    else:
        if short[first:] != long[first + 1 :]:
            return 0.0
        alike = bool(first) and long[first] in (long[first - 1], long[first + 1 : first + 2])
    if len(name) >= 6 and first:
        return 0.6 if alike and len(name) >= 8 else 0.45
    return 0.45 if alike and first else 0.3
