"""Which letters a sign may stand for: digits, signs, and letters of other alphabets that pass for more than one Latin letter.

A Greek nu is an n by its sound and a v by its looks, a 1 is an i or an l. A word with such signs is read in every way, and only names decide which
was meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from math import prod
from typing import Final

MAX_READINGS: Final = 256
"""Readings of one word: eight signs of two letters each, more than any name that a person can still read."""

ANY: Final = "?"
"""In a word: a letter that nobody can tell."""

_SIGNS: Final = {
    "0": "o", "1": "ilt", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "tl", "8": "b", "9": "gq",
    "$": "s", "@": "a", "^": "a", "*": ANY, "!": "il", "|": "li", "+": "t", "€": "e", "£": "l", "¥": "y", "¢": "c",
}  # fmt: skip
_LETTERS: Final = {
    # Greek
    "ν": "nv", "ι": "il", "η": "nh", "υ": "uyv", "σ": "oc", "μ": "mu", "γ": "yr", "λ": "al", "ρ": "pr", "θ": "o", "ω": "w", "τ": "t", "π": "n",
    # Cyrillic
    "и": "nu", "г": "r", "ү": "yu", "у": "yu", "з": "ez", "ӏ": "il", "ь": "b", "в": "bv", "н": "hn", "р": "pr", "с": "cs", "х": "xh", "п": "np",
    # Armenian
    "ո": "nu", "ս": "us", "տ": "s", "ր": "rn", "ն": "nl", "լ": "li", "ի": "h", "ռ": "n", "ց": "g", "ղ": "n",
    # Latin of other languages
    "ı": "il", "ł": "l", "ƨ": "s", "ɩ": "il",
}  # fmt: skip

AMBIGUOUS: Final = frozenset(_LETTERS)
"""Letters of other alphabets that have more than one reading, or one that the skeleton does not give."""

SIGNS: Final = frozenset(_SIGNS)
"""ASCII and currency signs and digits that stand for letters."""

_ALL: Final = {**_SIGNS, **_LETTERS}


def letters_of(word: str, *, either: bool = False) -> Iterator[str]:
    """Every way to read a word (lower case), at most `MAX_READINGS`, the likeliest first; `either` reads i and l as each other too."""
    options = [_ALL.get(letter, ("il" if letter == "i" else "li") if either and letter in "il" else letter) for letter in word]
    if either and prod(map(len, options)) > MAX_READINGS:
        options = [_ALL.get(letter, letter) for letter in word]
    return ("".join(letters) for letters in islice(product(*options), MAX_READINGS))
