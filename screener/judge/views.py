"""Each text once into the forms that detectors match on, with the way back to the seller's own characters.

`plain` is NFKC and case folding. `squeezed` is what a hurried buyer reads in it: look-alike letters as the letters they pass for, digits between
letters as letters, traditional Han as simplified, separators and invisible characters gone. Offsets are computed only when a match asks for them:
three titles of four have none. Case is folded before the skeleton, because a skeleton of capitals reads I as l.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from html import unescape
from typing import Any, Final, Literal

from msgspec import Struct, field

from screener.judge.lookalikes import LEET, READ_AS, SKELETON

_Build = Callable[["Views"], list[int]]

MAX_VIEWED_CHARACTERS: Final = 20_000
"""Judged part of a text: no buyer reads further, and one listing costs a few milliseconds at most (see `oversized_text`)."""

Hits = list[tuple[int, int, int]]
"""(number of the pattern, start, end) of places in a text, in the order of their ends."""

MAX_QUOTE: Final = 200
"""Characters of a quote, as in `contracts.Signal`."""

ViewName = Literal["plain", "squeezed", "shape", "sound", "split", "spelling"]
"""Plain and squeezed are forms of the text. By the others only brands are found: look-alike or sound-alike characters, halves, a letter off."""

# A run of at most two signs between two letters: "n1ke", "b00ts". The first letter is consumed because a lookbehind costs half as much again.
_LEET_RUN: Final = re.compile(r"[a-zà-ԯ](?:[013457@$!|€£¥¢][\ufe0f\u20e3]*){1,2}(?=[a-zà-ԯ])")


_SURROGATES: Final = f"{chr(0xD800)}-{chr(0xDFFF)}"
"""Their range in a pattern; written so, because a compiler to C takes no literal of them."""
_STRANGE: Final = re.compile(f"[{_SURROGATES}\u00df-\u1fff\u200b-\u200f\u2060-\u2064\u20e3\ufe0f\ufeff\U00010000-\U0010ffff]")
"""Letters of other alphabets than Latin and Han, what cannot be seen, and everything behind the Basic Multilingual Plane."""

_SURROGATE: Final = re.compile(f"[{_SURROGATES}]")
"""Halves of a pair without the other: no characters, and no automaton takes them."""

# Anything but: Latin, general punctuation, CJK signs, kana, Han, full-width forms. Of those none joins its neighbour under NFKC or vanishes.
_MAY_JOIN: Final = re.compile(r"[^\x00-\u02ff\u2010-\u2027\u3000-\u3098\u309b-\u30ff\u3400-\u9fff\uff01-\uff9d\uffe0-\uffe6]")


_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")


class Views(Struct, frozen=True, eq=False):
    """One text and its forms. `text` is the judged part of the original; offsets count characters (code points) of it."""

    text: str
    plain: str
    squeezed: str
    truncated: bool
    """The original was longer than `MAX_VIEWED_CHARACTERS`; its rest was not looked at."""
    decoded: str = ""
    """The text with its HTML entities as the characters they stand for; empty if it has none. The other views are of this."""
    strange: bool = False
    """It has characters that ordinary text in Latin and Han does not have: letters of other alphabets, invisible ones, emoji."""
    memo: dict[str, Any] = field(default_factory=dict)
    """Of `original_span`, and of what several detectors look for; filled on first use or by `together`, not part of the value."""

    def original_span(self, view_start: int, view_end: int, view: ViewName = "plain") -> tuple[int, int]:
        """Start and end (exclusive) in `text` of the characters behind `view_start:view_end` of a view. Empty spans have no length."""
        if view == "squeezed":
            view_start, view_end = self.plain_span(view_start, view_end)
        if (self.text == self.plain and not self.decoded) or view_start >= view_end:
            return view_start, view_end
        if not self.decoded and _stays(self.text, self.plain):
            return view_start, view_end
        starts = self._map("plain", _plain_offsets)
        start, end = starts[view_start], _end_of(starts, view_end - 1)
        if not self.decoded:
            return start, end
        places = self._map("decoded", _decoded_offsets)
        return places[start], _end_of(places, end - 1)

    def plain_span(self, squeezed_start: int, squeezed_end: int) -> tuple[int, int]:
        """Start and end (exclusive) in `plain` of the characters behind a part of `squeezed`, separators between them included."""
        if len(self.squeezed) == len(self.plain):
            return squeezed_start, squeezed_end
        origins = self._map("squeezed", _squeezed_offsets)
        if squeezed_start >= squeezed_end:
            here = origins[squeezed_start]
            return here, here
        return origins[squeezed_start], origins[squeezed_end - 1] + 1

    def squeezed_place(self, plain_index: int) -> int:
        """Where in `squeezed` the character at `plain_index` stands, or the next one that is there."""
        if len(self.squeezed) == len(self.plain):
            return plain_index
        return bisect_left(self._map("squeezed", _squeezed_offsets), plain_index)

    def quote(self, span: tuple[int, int]) -> str:
        """The original characters of a span, at most `MAX_QUOTE`."""
        return self.text[span[0] : min(span[1], span[0] + MAX_QUOTE)]

    def _map(self, name: str, build: _Build) -> list[int]:
        known: list[int] | None = self.memo.get(name)
        if known is None:
            known = self.memo[name] = build(self)
        return known


_EMPTY: Final = Views("", "", "", False, "", False, {"plain": [0], "squeezed": [0]})


def views_of(text: str) -> Views:
    """The views of a text of any length. Raises nothing."""
    if not text:
        return _EMPTY
    truncated = len(text) > MAX_VIEWED_CHARACTERS
    if truncated:
        text = text[:MAX_VIEWED_CHARACTERS]
    decoded = _ENTITY.sub(_decode, text) if "&" in text and _ENTITY.search(text) else ""
    read = decoded or text
    plain = read.lower() if read.isascii() else unicodedata.normalize("NFKC", read).casefold()
    if len(plain) > MAX_VIEWED_CHARACTERS:  # one character may become eighteen: the limit is on what is matched
        plain, truncated = plain[:MAX_VIEWED_CHARACTERS], True
    strange = is_strange(plain)
    if strange:
        plain = _SURROGATE.sub("\ufffd", plain)
    return Views(text, plain, read_leet(plain).translate(SKELETON if strange else READ_AS), truncated, decoded, strange)


def is_strange(plain: str) -> bool:
    """Whether a plain view has characters that ordinary text in Latin and Han does not have (`Views.strange`)."""
    return not plain.isascii() and _STRANGE.search(plain) is not None


def read_leet(plain: str) -> str:
    """A plain view with the digits and signs between letters as the letters they are written for."""
    return _LEET_RUN.sub(_read_leet, plain) if _LEET_RUN.search(plain) else plain


def _decode(match: re.Match[str]) -> str:
    return unescape(match.group())


def _read_leet(match: re.Match[str]) -> str:
    return match.group().translate(LEET)


def _stays(text: str, plain: str) -> bool:
    """Whether every character stays in its place: if none joins another or vanishes and there are as many, none can have become two."""
    return len(text) == len(plain) and len(text) < MAX_VIEWED_CHARACTERS and not _MAY_JOIN.search(text)


def _plain_offsets(views: Views) -> list[int]:
    """For each character of `plain` the original character that it begins in; ends with the length of the text.

    A piece is a character with whatever NFKC joins to it (a combining accent, a voicing mark): all characters of its form begin where it begins.
    """
    text = views.decoded or views.text
    if _stays(text, views.plain):
        return list(range(len(text) + 1))
    starts: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _joins(text, start, end):
            continue
        form = unicodedata.normalize("NFKC", text[start:end]).casefold()
        starts.extend([start] * len(form))
        start = end
        if len(starts) >= len(views.plain):
            break
    if len(starts) < len(views.plain):  # no known text does this; a whole-text span is still true
        return [0] * len(views.plain) + [len(text)]
    return [*starts[: len(views.plain)], start]


def _decoded_offsets(views: Views) -> list[int]:
    """For each character of `decoded` where its character or entity begins in `text`; ends with the length of the text."""
    starts: list[int] = []
    before = 0
    for match in _ENTITY.finditer(views.text):
        starts.extend(range(before, match.start()))
        starts.extend([match.start()] * len(_decode(match)))
        before = match.end()
    starts.extend(range(before, len(views.text) + 1))
    return starts


_JOINED_MAX: Final = 32
"""Characters in one piece (an emoji or a letter under a heap of accents); a longer heap is cut, so that no text costs quadratic time."""


def _joins(text: str, start: int, end: int) -> bool:
    """Whether the character at `end` is normalised together with the piece that begins at `start`."""
    letter = text[end]
    if letter < "\u0300" or "\u3400" <= letter < "\ua000" or end - start >= _JOINED_MAX:
        return False
    piece = text[start:end]
    normal = unicodedata.normalize
    form = normal("NFKC", letter)
    # A mark may only become one by its form (half-width voicing marks); what follows it can then join what stands before it.
    return unicodedata.combining(form[0]) != 0 or normal("NFKC", piece + letter) != normal("NFKC", piece) + form


def _end_of(starts: list[int], last: int) -> int:
    """Where the original piece ends that the view's character `last` comes from: the next different start."""
    here = starts[last]
    following = last + 1
    while starts[following] == here:
        following += 1
    return starts[following]


def _squeezed_offsets(views: Views) -> list[int]:
    """For each character of `squeezed` its index in `plain`; ends with the length of `plain`. Every character has one skeleton or none."""
    gone = SKELETON.get
    offsets = [index for index, letter in enumerate(views.plain) if gone(ord(letter), 0) is not None]
    if len(offsets) != len(views.squeezed):  # signs that are read as letters are separators elsewhere: see them as they were read
        letters = read_leet(views.plain)
        offsets = [index for index, letter in enumerate(letters) if gone(ord(letter), 0) is not None]
    offsets.append(len(views.plain))
    return offsets
