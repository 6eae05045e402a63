"""Finds claims in a text: one automaton over the squeezed view for long phrases, one over the plain view for short Latin words.

A short word is half of somebody's ordinary one ("rep" in "repair"), so it is looked for where its ends can be seen at once. A phrase is what it is
under any width, case, look-alike letter, Han variant or separator; what would join the end of one phrase to the start of the next is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from ahocorasick_rs import AhoCorasick
from msgspec import Struct
from msgspec.structs import replace

from screener.judge.claims.forms import COLONS, FORMS, SHORT, SQUEEZED, Form, ends_of, is_letter, signs_of
from screener.judge.claims.grammar import CLAIMS
from screener.judge.masked import Unmasking, is_masked, masked
from screener.judge.rewritten import SURE_HALVES, joined
from screener.judge.sounds import SHAPE, is_word
from screener.judge.views import Views
from screener.judge.wordlist import Wordlist

MAX_MATCHES: Final = 400
"""Matches of one automaton that are looked at in one text (a title has one or two): a text made of decoys costs no more than its reading."""

_STEM_REACH: Final = 4
"""Letters that may follow a stem."""
_WORD_LENGTH: Final = 4
"""Letters from which a disguise may touch a number: a shorter one is part of a model's name."""
_EVASIVE: Final = "._*\u00b7~^|"
"""Punctuation that separates no phrases, and so has no reason to stand inside a word."""
_JOINTS: Final = " -_/.\u00b7'"
"""Signs that may stand where a phrase of several words has its spaces."""
_HYPHENS: Final = "-./_"
"""Signs that join the parts of a model's number."""
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


_LEAST_HALVED: Final = 2
"""Characters of a claim that is read in halves: one alone is a word of something else."""
LONG: Final = Wordlist("claims.long", list(SQUEEZED))
"""The claims that are looked for in every text."""
_LONG_FORMS: Final = tuple(SQUEEZED.values())
_LONG_SIGNS: Final = tuple(_needed_signs(forms) for forms in _LONG_FORMS)
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
    long, halved, worn = LONG.hits(views), bool(SURE_HALVES.hits(views)), is_masked(views)
    if not long and not branded and not halved and not worn:
        return []
    seen = _seen_through(views) if branded and not views.squeezed.isascii() else []
    words = _WORDS.find_matches_as_indexes(views.plain, overlapping=True)
    if not long and not words and not halved and not worn and not seen:
        return []
    places: dict[tuple[int, int, int], None] = {}
    for number, start, end in words[:MAX_MATCHES]:
        if _bounded(views.plain, start, end, stem=False, digits=True) and not _numbered(views.plain, start, end):
            for form in _WORD_FORMS[number]:
                _place(views, form, start, end, places)
    for number, start, end in long[:MAX_MATCHES]:
        forms = _LONG_FORMS[number]
        if _LONG_SIGNS[number] and not any(sign in views.plain for sign in _LONG_SIGNS[number]):
            continue
        first, last = views.plain_span(start, end)
        for form in forms:
            reach = last + len(FORMS[form].tail)
            if views.plain[last:reach] == FORMS[form].tail and _spelt(views, FORMS[form], first, last, start, end):
                _place(views, form, first, reach, places)
    for place in chain(_halved(views) if halved else (), _masked(views) if worn else (), seen):
        places[place] = None
    return [Found(_form(number), start, end) for start, end, number in sorted(places)]


def _form(number: int) -> Form:
    """The form of a number; of `~number` the same in halves or under masks, which is a disguise."""
    return FORMS[number] if number >= 0 else replace(FORMS[~number], disguised=True)


def _halved(views: Views) -> Iterator[tuple[int, int, int]]:
    """Claims of which some characters are written as their halves: start, end, and `~number` of the form."""
    for text, places in joined(views):
        for number, start, end in LONG.search(text)[:MAX_MATCHES]:
            if places[end] - places[start] == end - start:
                continue
            first, last = views.plain_span(places[start], places[end])
            if any(letter.isspace() for letter in views.plain[first:last]):
                continue  # the end of one word with the start of the next
            for form in _LONG_FORMS[number]:
                if _is_whole(FORMS[form]) and not FORMS[form].signs:
                    yield first, last, ~form


def _is_whole(form: Form) -> bool:
    """Whether a form needs nothing beside its characters, and has enough of them to be known in halves and under masks."""
    return not (form.disguised or form.tail or form.foreign or _EXTEND[form.claim]) and len(form.said) >= _LEAST_HALVED


_WHOLE: Final = tuple((squeezed, form) for squeezed, forms in SQUEEZED.items() for form in forms if _is_whole(FORMS[form]) and not squeezed.isascii())
_UNMASKING: Final = Unmasking([squeezed for squeezed, _ in _WHOLE])


def _masked(views: Views) -> Iterator[tuple[int, int, int]]:
    """Claims of which some characters are masked: start, end, and `~number` of the form."""
    for number, start, end in islice(_UNMASKING.find(masked(views)), MAX_MATCHES):
        first, last = views.plain_span(start, end)
        squeezed, form = _WHOLE[number]
        if views.squeezed[start:end] != squeezed and not any(letter.isspace() for letter in views.plain[first:last]):
            yield first, last, ~form


_LEAST_BY_EYE: Final = 3
"""Characters of a claim that is still known when some of them only look right."""
_SEEN: Final = tuple(one for one in _WHOLE if len(one[0]) >= _LEAST_BY_EYE and not FORMS[one[1]].signs)
_BY_EYE: Final = AhoCorasick([squeezed.translate(SHAPE) for squeezed, _ in _SEEN])


def _seen_through(views: Views) -> list[tuple[int, int, int]]:
    """Claims of which some characters only look right, and make no word with a neighbour: start, end, and `~number` of the form."""
    squeezed, places = views.squeezed, []
    for number, start, end in _BY_EYE.find_matches_as_indexes(squeezed.translate(SHAPE), overlapping=True)[:MAX_MATCHES]:
        claim, form = _SEEN[number]
        wrong = [at for at, letter in enumerate(claim, start) if squeezed[at] != letter]
        if not wrong or any(is_word(squeezed[max(0, at - 1) : at + 1]) or is_word(squeezed[at : at + 2]) for at in wrong):
            continue
        first, last = views.plain_span(start, end)
        if not any(letter.isspace() for letter in views.plain[first:last]):
            places.append((first, last, ~form))
    return places


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
    if not _bounded(plain, first, last, form.stem, digits=leet or (form.disguised and len(inner) < _WORD_LENGTH)) or not _joined(
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
        return len(form.ends) == 1 or _apart(plain, first, last) or not inner.isascii()
    if ends_of(inner) <= form.ends:
        return all(letter in _JOINTS or letter.isspace() for letter in gaps)
    if _DIGITS_APART.search(inner):
        return False
    if all(letter in _EVASIVE or (letter > "\x7f" and unicodedata.category(letter)[0] not in "ZP") for letter in gaps):
        return True
    return not any(unicodedata.category(letter) in ("Ps", "Pe") for letter in gaps) and _apart(plain, first, last)


def _apart(plain: str, start: int, end: int) -> bool:
    """Whether no letter or digit touches `start:end`: then a gap inside is spacing out, and no end of one phrase with the start of the next."""
    return not (start and plain[start - 1].isalnum()) and not (end < len(plain) and plain[end].isalnum())


def _explained(squeezed: str, start: int, end: int, said: str) -> bool:
    """Whether a replaced character at the edge of a disguise makes an ordinary word with its neighbour outside."""
    if squeezed[start] != said[0] and start > 0 and is_word(squeezed[start - 1 : start + 1]):
        return True
    return squeezed[end - 1] != said[-1] and is_word(squeezed[end - 1 : end + 1])


def _bounded(plain: str, start: int, end: int, stem: bool, digits: bool) -> bool:
    """Whether `start:end` cuts no word of an alphabet and no number; with `digits` letters may not touch digits either."""
    if start and _glued(plain[start - 1], plain[start], digits):
        return False
    if stem:
        for _ in range(_STEM_REACH):
            if end < len(plain) and _kind(plain[end]) == "l":
                end += 1
    return end >= len(plain) or not _glued(plain[end - 1], plain[end], digits)


def _numbered(plain: str, start: int, end: int) -> bool:
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
