"""What kind of goods the words of a title are of: a linear model over nouns and pairs of characters.

`tests/tables/goods.py` makes its table and prints its training record.

A feature adds whole hundredths of log-odds to each class. The longest nouns count, not the pairs inside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

from screener.judge import tables

_CLASSES, *_ROWS = tables.lines("goods")
CLASSES: Final = tuple(_CLASSES)
_WEIGHTS: Final = tuple(tuple(map(int, weights.split(","))) for _, weights, _ in _ROWS)
_IS_NOUN: Final = tuple(kind == "noun" for _, _, kind in _ROWS)
_AUTOMATON: Final = AhoCorasick([feature for feature, _, _ in _ROWS], matchkind=MatchKind.LeftmostLongest)

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "wear": ("clothes", "shoes", "bags", "accessories", "watches", "jewellery"),
    "beauty": ("beauty",),
    "tech": ("phones", "audio", "computers", "cameras", "phonefilm"),
    "house": ("appliances", "home"),
    "books": ("books",),
    "toys": ("toys",),
    "food": ("food",),
    "stationery": ("stationery", "office"),
    "pets": ("pets",),
    "tools": ("tools",),
    "garden": ("garden",),
    "auto": ("auto",),
    "sports": ("sports",),
    "health": ("health",),
}
"""Classes that one shop sells together and one category may hold."""

SURE: Final = 300
"""Hundredths of log-odds from which a class is meant: a noun of its own, not a stray pair of characters."""


SURE_NOUN: Final = 230
"""The same where whole nouns are all that counts: one noun of the largest class has 255."""


def goods_of(plain: str, *, nouns_only: bool = False) -> dict[str, int]:
    """Score of every class in hundredths of log-odds above the average class, by whole nouns only if asked; empty if no word of the text is known."""
    totals: list[int] | None = None
    for number, start, end in _AUTOMATON.find_matches_as_indexes(plain):
        if plain[start:end].isascii() and not _stands_alone(plain, start, end):
            continue
        if nouns_only and not _IS_NOUN[number]:
            continue
        weights = _WEIGHTS[number]
        totals = list(weights) if totals is None else [one + more for one, more in zip(totals, weights, strict=True)]
    return {} if totals is None else dict(zip(CLASSES, totals, strict=True))


def group_of(plain: str, *, nouns_only: bool = False) -> tuple[str, int] | None:
    """The group that a text is surest of, and by how many hundredths above the next group; None if of none."""
    scores = goods_of(plain, nouns_only=nouns_only)
    if not scores:
        return None
    ranked = sorted(((max(scores[label] for label in labels), group) for group, labels in GROUPS.items()), key=lambda one: (-one[0], one[1]))
    (best, group), (second, _) = ranked[:2]
    return (group, best - second) if best >= (SURE_NOUN if nouns_only else SURE) else None


def class_of(plain: str, *, nouns_only: bool = False) -> str | None:
    """The class that a text is surest of, None if of none."""
    scores = goods_of(plain, nouns_only=nouns_only)
    if not scores:
        return None
    label = max(CLASSES, key=lambda one: scores[one])
    return label if scores[label] >= SURE else None


def _stands_alone(plain: str, start: int, end: int) -> bool:
    return not (start and plain[start - 1].isascii() and plain[start - 1].isalpha()) and not (
        end < len(plain) and plain[end].isascii() and plain[end].isalpha() and plain[end] != "s"
    )
