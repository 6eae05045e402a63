"""Finds claims in a text: one automaton over the squeezed view for long phrases, one over the plain view for short Latin words.

A short word is half of somebody's ordinary one ("rep" in "repair"), so it is looked for where its ends can be seen at once. A phrase is what it is
under any width, case, look-alike letter, Han variant or separator; what would join the end of one phrase to the start of the next is refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ahocorasick_rs import AhoCorasick
from msgspec import Struct
from msgspec.structs import replace

from screener.judge.claims.bounds import apart, bounded, numbered
from screener.judge.claims.evasions import evasions
from screener.judge.claims.forms import COLONS, FORMS, LONG, LONG_FORMS, MAX_MATCHES, SHORT, Form, ends_of, is_letter, signs_of
from screener.judge.claims.grammar import CLAIMS
from screener.judge.sounds import is_word
from screener.judge.views import Views

_WORD_LENGTH: Final = 4
"""Letters from which a disguise may touch a number: a shorter one is part of a model's name."""
_EVASIVE: Final = "._*\u00b7~^|"
"""Punctuation that separates no phrases, and so has no reason to stand inside a word."""
_JOINTS: Final = " -_/.\u00b7'"
"""Signs that may stand where a phrase of several words has its spaces."""
_DIGITS_APART: Final = re.compile(r"[0-9][^0-9a-z]+[0-9]")
_BEHIND_LATIN: Final = "\u0250"
"""First letter of the alphabets behind Latin. A phrase in one of them is squeezed to Latin; Latin letters alone are not it."""
_EXTEND_REACH: Final = 12
"""Characters before a phrase in which what extends it stands."""


class Found(Struct, frozen=True):
    """A claim in a text: `start:end` is in the plain view, separators inside included."""

    form: Form
    start: int
    end: int


def _needed_signs(forms: tuple[int, ...]) -> str:
    """Signs of which one must stand in a text that has any of these forms; empty if one can do without (11 is in every tenth title)."""
    needed = [FORMS[number].signs[:1] for number in forms]
    return "".join(dict.fromkeys(COLONS if sign == ":" else sign for sign in needed)) if all(needed) else ""


_LONG_SIGNS: Final = tuple(_needed_signs(forms) for forms in LONG_FORMS)
_WORDS: Final = AhoCorasick(list(SHORT))
_WORD_FORMS: Final = tuple(SHORT.values())
_EXTEND: Final = tuple(re.compile(rf"(?:{claim.extend})\Z") if claim.extend else None for claim in CLAIMS)


def claims_in(views: Views, branded: bool = True) -> list[Found]:
    """Every claim in a text, whatever its context, in the order of their places. Found once for all detectors of a listing.

    Where no brand is named (three titles of four), short words say nothing by themselves: they are looked for beside longer claims only.
    """
    known: list[Found] | None = views.memo.get("claims")
    if known is None:
        known = views.memo["claims"] = _search(views, branded)
    return known


def _search(views: Views, branded: bool) -> list[Found]:
    long = LONG.hits(views)
    evasive = evasions(views, branded)
    if not long and not branded and not evasive:
        return []
    words = _WORDS.find_matches_as_indexes(views.plain, overlapping=True)
    if not long and not words and not evasive:
        return []
    places: dict[tuple[int, int, int], None] = {}
    for number, start, end in words[:MAX_MATCHES]:
        if bounded(views.plain, start, end, stem=False, digits=True) and not numbered(views.plain, start, end):
            for form in _WORD_FORMS[number]:
                _place(views, form, start, end, places)
    for number, start, end in long[:MAX_MATCHES]:
        forms = LONG_FORMS[number]
        if _LONG_SIGNS[number] and not any(sign in views.plain for sign in _LONG_SIGNS[number]):
            continue
        first, last = views.plain_span(start, end)
        for form in forms:
            reach = last + len(FORMS[form].tail)
            if views.plain[last:reach] == FORMS[form].tail and _spelt(views, FORMS[form], first, last, start, end):
                _place(views, form, first, reach, places)
    for first, last, number in evasive:
        places[(first, last, ~number)] = None
    return [Found(_form(number), start, end) for start, end, number in sorted(places)]


def _form(number: int) -> Form:
    """The form of a number; of `~number` the same as an evasion, which is a disguise."""
    return FORMS[number] if number >= 0 else replace(FORMS[~number], disguised=True)


def _place(views: Views, form: int, start: int, end: int, places: dict[tuple[int, int, int], None]) -> None:
    """Adds the place, begun further back by what the claim extends over; not without that, if it needs it."""
    extend = _EXTEND[FORMS[form].claim]
    if extend is not None:
        before = extend.search(views.plain, max(0, start - _EXTEND_REACH), start)
        if before is None:
            return
        start = before.start()
    places[(start, end, form)] = None


def _spelt(views: Views, form: Form, first: int, last: int, start: int, end: int) -> bool:
    """Whether a place where the form's letters stand is the form. `first:last` is in the plain view, `start:end` in the squeezed one."""
    plain = views.plain
    inner = plain[first:last]
    leet = any("0" <= letter <= "9" for letter in inner) and not any("0" <= letter <= "9" for letter in form.plain)
    if not bounded(plain, first, last, form.stem, digits=leet or (form.disguised and len(inner) < _WORD_LENGTH)) or not _joined(
        plain, form, first, last, inner
    ):
        return False
    return not form.disguised or not _explained(views.squeezed, start, end, form.said)


def _joined(plain: str, form: Form, first: int, last: int, inner: str) -> bool:
    """Whether what separates the letters leaves them one phrase."""
    if inner == form.plain:
        return True
    if form.foreign and not any(letter >= _BEHIND_LATIN for letter in inner):
        return False
    if form.signs:
        return signs_of(inner) + form.tail == form.signs
    gaps = [letter for letter in inner if not is_letter(letter)]
    if not gaps:
        return len(form.ends) == 1 or apart(plain, first, last) or not inner.isascii()
    if ends_of(inner) <= form.ends:
        return all(letter in _JOINTS or letter.isspace() for letter in gaps)
    if _DIGITS_APART.search(inner):
        return False
    if all(letter in _EVASIVE or (letter > "\x7f" and unicodedata.category(letter)[0] not in "ZP") for letter in gaps):
        return True
    return not any(unicodedata.category(letter) in ("Ps", "Pe") for letter in gaps) and apart(plain, first, last)


def _explained(squeezed: str, start: int, end: int, said: str) -> bool:
    """Whether a replaced character at the edge of a disguise makes an ordinary word with its neighbour outside."""
    if squeezed[start] != said[0] and start > 0 and is_word(squeezed[start - 1 : start + 1]):
        return True
    return squeezed[end - 1] != said[-1] and is_word(squeezed[end - 1 : end + 1])
