"""Latin words that are almost a name: a letter wrong, doubled or dropped, digits for letters, a Han name written out in pinyin.

Only words that no dictionary and no registry knows are looked at. An index of deletions (a word and each form of it with one letter less, hashed)
finds every name one edit away with a handful of bisections, however many names there are.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32

from msgspec import Struct

from screener.judge import tables
from screener.judge.sounds import SYLLABLES, readings

_TOKEN: Final = re.compile(r"[a-z0-9$@!|€£¥¢]+")
_RUN: Final = re.compile(r"(.)\1+")
_TRIPLE: Final = re.compile(r"(.)\1\1")

MAX_WORDS: Final = 40
"""Unknown words that are looked up in one text: an ordinary one has two or three."""
MAX_TOKENS: Final = 400
"""Words of one text that are read at all; a description has a hundred."""
MIN_EDITED: Final = 5
"""Letters of a name from which one wrong letter is looked for: shorter names are one letter from half the dictionary."""
_MIN_WORD: Final = 4
_MAX_WORD: Final = 24
_MAX_SYLLABLES: Final = 4
_DIGRAPHS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
_LEET: Final = (str.maketrans("0123456789$@!|€£¥¢", "oizeasgtbgsailelyc"), str.maketrans("0123456789$@!|€£¥¢", "olreasbtbqsallelyc"))
"""Both readings of a digit: 1 is i or l, 6 is g or b."""
_ALIKE: Final = ("ilj1", "oqc0", "uvy", "ceo", "nhmr", "gqj", "bdph", "vwu", "tfl", "sz", "ck", "ae", "xk")
"""Letters taken for each other by eye or ear, in groups."""
_KNOWN: Final = frozenset(tables.read("latin").split())

_FILTER_SIZE: Final = 1 << 22
"""Bytes of the filter before the index, a power of two: a hundred thousand names fill a tenth of it, so nine of ten words end there."""

_EXACT, _PINYIN, _COLLAPSED, _SHORTER = range(4)
"""What an entry of the index is the hash of: the name, its pinyin, the name without doubled letters, the name with one letter less."""


class Spelt(Struct, frozen=True):
    """A place in the plain view and the number of the name it is a spelling of; `confidence` that this is no accident."""

    start: int
    end: int
    number: int
    confidence: float


class Spellings:
    """The index over the squeezed names of a registry; immutable."""

    __slots__ = ("_entries", "_filter", "_names")

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        entries: list[int] = []
        for number, name in enumerate(names):
            if name.isascii():
                entries.extend(_hash(key) << 32 | number << 2 | kind for key, kind in _keys_of(name))
            else:
                spelt = dict.fromkeys("".join(syllables) for syllables in readings(name))
                entries.extend(_hash(key) << 32 | number << 2 | _PINYIN for key in spelt if len(key) >= _MIN_WORD)
        entries.sort()
        self._entries = array("Q", entries)
        self._filter = bytearray(_FILTER_SIZE)
        for entry in entries:
            self._filter[entry >> 32 & _FILTER_SIZE - 1] = 1

    def find(self, plain: str) -> list[Spelt]:
        """Names that words of a plain view are spellings of."""
        words = _TOKEN.findall(plain)
        if not words or not _is_odd(words):
            return []
        tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(plain)][:MAX_TOKENS]
        found: list[Spelt] = []
        for word, start, end in _islice_words(tokens, plain):
            found.extend(Spelt(start, end, number, confidence) for number, confidence in self._match(word))
        return found

    def _match(self, word: str) -> Iterator[tuple[int, float]]:
        """Names that an unknown word is a spelling of."""
        if not word.isalpha() or not word.isascii():
            for table in _LEET:
                read = word.translate(table)
                if read.isalpha():
                    yield from ((number, 0.85) for number in self._named(read, _EXACT))
            return
        if self._named(word, _EXACT):
            return
        for number in self._named(word, _PINYIN):
            yield number, 0.65 if len(self._names[number]) > 2 else 0.45 if len(word) > _MIN_WORD else 0.3
        collapsed = _RUN.sub(r"\1", word)
        for number in self._named(collapsed, _COLLAPSED):
            yield number, 0.6 if len(collapsed) > MIN_EDITED or _TRIPLE.search(word) else 0.45
        for digraph, letter in _DIGRAPHS:
            if digraph in word:
                yield from ((number, 0.7) for number in self._named(word.replace(digraph, letter), _EXACT))
        yield from self._edited(word)

    def _edited(self, word: str) -> Iterator[tuple[int, float]]:
        seen: dict[int, None] = {}
        may, letters = self._filter, word.encode()
        shorter = [crc32(letters[:at] + letters[at + 1 :]) for at in range(len(letters))]
        for key in (crc32(letters), *shorter):
            if may[key & _FILTER_SIZE - 1]:
                for entry in self._at(key):
                    if entry & 3 in (_EXACT, _SHORTER):
                        seen[(entry & 0xFFFFFFFF) >> 2] = None
        for number in seen:
            confidence = _closeness(word, self._names[number])
            if confidence:
                yield number, confidence

    def _named(self, key: str, kind: int) -> list[int]:
        code = _hash(key)
        if not self._filter[code & _FILTER_SIZE - 1]:
            return []
        numbers = [(entry & 0xFFFFFFFF) >> 2 for entry in self._at(code) if entry & 3 == kind]
        if kind == _EXACT:
            return [number for number in numbers if self._names[number] == key]
        return numbers

    def _at(self, code: int) -> array[int]:
        """The entries with this hash."""
        entries = self._entries
        return entries[bisect_left(entries, code << 32) : bisect_left(entries, code + 1 << 32)]


def _hash(key: str) -> int:
    return crc32(key.encode())


def _keys_of(name: str) -> Iterator[tuple[str, int]]:
    if not _MIN_WORD <= len(name) <= _MAX_WORD or not name.isalpha():
        return
    yield name, _EXACT
    yield _RUN.sub(r"\1", name), _COLLAPSED
    if len(name) >= MIN_EDITED:
        yield from ((key, _SHORTER) for key in _deletions(name))


def _deletions(word: str) -> list[str]:
    return list(dict.fromkeys(word[:at] + word[at + 1 :] for at in range(len(word))))


def _is_odd(words: list[str]) -> bool:
    """Whether any word deserves a second look: an unknown one, single letters in a row, syllables in a row."""
    syllables = letters = 0
    for word in words:
        if len(word) == 1:
            letters += 1
        elif word in SYLLABLES:
            syllables += 1
        elif _is_unknown(word):
            return True
    return syllables > 1 or letters >= _MIN_WORD


def _is_unknown(word: str) -> bool:
    if not _MIN_WORD <= len(word) <= _MAX_WORD or word in _KNOWN:
        return False
    return word.isalpha() or sum(letter.isalpha() for letter in word) * 2 > len(word)


def _islice_words(tokens: list[tuple[str, int, int]], plain: str) -> Iterator[tuple[str, int, int]]:
    """The words to look up with their places, at most `MAX_WORDS`: unknown ones alone and with a neighbour, rows of letters, rows of syllables."""
    left = MAX_WORDS
    for one in _worth(tokens, plain):
        yield one
        left -= 1
        if not left:
            return


def _worth(tokens: list[tuple[str, int, int]], plain: str) -> Iterator[tuple[str, int, int]]:
    row: list[tuple[str, int, int]] = []
    for at, token in enumerate(tokens):
        word, start, _ = token
        if row and start - row[-1][2] > 2:
            yield from _rows(row)
            row = []
        if len(word) == 1 or word in SYLLABLES:
            row.append(token)
        else:
            yield from _rows(row)
            row = []
        if _is_unknown(word):
            yield token
            for other in (at - 1, at + 1):
                if 0 <= other < len(tokens) and tokens[other][0].isalpha():
                    first, last = tokens[min(at, other)], tokens[max(at, other)]
                    if plain[first[2] : last[1]] in (" ", "-", "'", "&", " & ", "."):
                        yield first[0] + last[0], first[1], last[2]
    yield from _rows(row)


def _rows(row: list[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """Single letters as one word; syllables as every word of two to four of them."""
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
    if len(name) >= 8:
        return 0.7 if alike else 0.55
    if len(name) >= 6 and first:
        return 0.55 if alike else 0.45
    return 0.45 if alike and first else 0.3
