"""Many texts read at once, as if each were read alone.

The judge's tables and automata are larger than a processor's near caches: looked at for one title, they have to be fetched anew for the next. So the
texts of a slice of listings are laid end to end, and every table is gone through once for all of them (deploy/decisions/0009).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from re import Pattern
from typing import Final

from msgspec import Struct

from screener.judge.lookalikes import READ_AS
from screener.judge.views import MAX_VIEWED_CHARACTERS, Hits, Views, is_strange, read_leet, views_of

END: Final = "\uffff"
"""Stands between two texts. Unicode promises that it is no character: nothing joins, folds or drops it, and no name has it."""

MAX_TOGETHER: Final = 1_000
"""Characters of a text that is read with others: of a longer one the fetching is the smaller part."""


class Laid(Struct, frozen=True, eq=False):
    """Texts end to end, with `END` between them."""

    text: str
    ends: list[int]
    """Where each ends."""

    def spread(self, hits: Hits) -> list[Hits]:
        """Hits in the whole, in the order of their ends, as hits in each text; one that reaches over an end is none."""
        spread: list[Hits] = [[] for _ in self.ends]
        at = begin = 0
        for pattern, start, end in hits:
            while end > self.ends[at]:
                begin = self.ends[at] + 1
                at += 1
            if start >= begin:
                spread[at].append((pattern, start - begin, end - begin))
        return spread

    def touched(self, patterns: Iterable[Pattern[str]]) -> frozenset[int]:
        """The numbers of the texts that a match of one of the patterns touches: no other has one."""
        spans = (match.span() for pattern in patterns for match in pattern.finditer(self.text))
        return frozenset(at for start, end in spans for at in range(bisect_left(self.ends, start), bisect_left(self.ends, max(start, end - 1)) + 1))


class Together(Struct, frozen=True, eq=False):
    """The views of texts, in their order, and those of ordinary ones end to end. The others have to be looked through one by one."""

    views: list[Views]
    ordinary: list[Views]
    plain: Laid
    squeezed: Laid


def read_together(texts: Sequence[str]) -> Together:
    """The views of texts of any length, each as `views_of` gives it. Raises nothing."""
    may = [number for number, text in enumerate(texts) if text and len(text) <= MAX_TOGETHER and "&" not in text and END not in text]
    plains = unicodedata.normalize("NFKC", END.join([texts[number] for number in may])).casefold()
    strange = is_strange(plains)
    ordinary = {
        number: plain
        for number, plain in zip(may, plains.split(END) if may else (), strict=True)
        if len(plain) <= MAX_VIEWED_CHARACTERS and not (strange and is_strange(plain))
    }
    plain = END.join(ordinary.values())
    squeezed = read_leet(plain).translate(READ_AS)
    parts = squeezed.split(END) if ordinary else []
    read = {number: Views(texts[number], one, part, False) for (number, one), part in zip(ordinary.items(), parts, strict=True)}
    return Together(
        [read.get(number) or views_of(text) for number, text in enumerate(texts)],
        list(read.values()),
        Laid(plain, _ends(ordinary.values())),
        Laid(squeezed, _ends(parts)),
    )


def _ends(parts: Iterable[str]) -> list[int]:
    return list(accumulate((len(part) + 1 for part in parts), initial=-1))[1:]
