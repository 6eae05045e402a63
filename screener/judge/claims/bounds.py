"""Where a phrase may end: it cuts no word of an alphabet, no number, and no model's name."""

from __future__ import annotations

from typing import Final

_STEM_REACH: Final = 4
"""Letters that may follow a stem."""
_HYPHENS: Final = "-./_"
"""Signs that join the parts of a model's number."""


def apart(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit touches `start:end`: then a gap inside is spacing out, and no end of one phrase with the start of the next."""
    return not (start and plain[start - 1].isalnum()) and not (end < len(plain) and plain[end].isalnum())


def bounded(plain: str, start: int, end: int, stem: bool, digits: bool) -> bool:
    """Whether `start:end` cuts no word of an alphabet and no number; with `digits` letters may not touch digits either."""
    if start and _glued(plain[start - 1], plain[start], digits):
        return False
    if stem:
        for _ in range(_STEM_REACH):
            if end < len(plain) and _kind(plain[end]) == "l":
                end += 1
    return end >= len(plain) or not _glued(plain[end - 1], plain[end], digits)


def numbered(plain: str, start: int, end: int) -> bool:
    """Whether a short word is part of a model's number: G80-GF, GF.3."""
    if start > 1 and plain[start - 1] in _HYPHENS and _kind(plain[start - 2]):
        return True
    return end + 1 < len(plain) and plain[end] in _HYPHENS and bool(_kind(plain[end + 1]))


def _kind(letter: str) -> str:
    """Class of a character: l for letters of Latin, Greek, Cyrillic; d for digits; empty for everything that may touch a phrase."""
    if letter < "\u0530":
        if "0" <= letter <= "9":
            return "d"
        return "l" if letter.isalpha() else ""
    return "l" if "\u1e00" <= letter < "\u2000" and letter.isalpha() else ""


def _glued(left: str, right: str, digits: bool) -> bool:
    one, other = _kind(left), _kind(right)
    return bool(one) and (one == other or (digits and bool(other)))
