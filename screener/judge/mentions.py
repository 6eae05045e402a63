"""Is it the brand? A candidate of the automaton is a run of characters; what stands before, after and between them decides."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from screener.judge.everyday import EVERYDAY
from screener.judge.lookalikes import FILLERS, STROKES
from screener.judge.views import ViewName, Views

FIT_FACTOR: Final = 0.4
"""What is left of the confidence when the goods are said to fit the brand's: below `registry.NAMED` for every name."""

_FULL: Final = 0.9
"""Confidence of a name that is long enough to be nothing else: four letters, three Han characters."""
_EVERYDAY: Final = 0.3
_INITIALS: Final = 0.4
"""Confidence of F.U.L.L. read in "full"."""
_MIN_SQUEEZED_LATIN: Final = 4
"""Shorter Latin names are not looked for across separators: three letters come together by chance in every second title."""
_FAUX: Final = 0.6
"""Confidence of a reading that needs a guess: i for l, a name broken in the middle, a word wholly in another alphabet."""


class Term(Struct, frozen=True, kw_only=True, gc=False):
    """A name to look for and the numbers of the brands that bear it."""

    plain: str
    squeezed: str
    confidence: float
    """That the brand is meant where the name stands as registered."""
    short: bool
    """Up to three Latin characters: may touch neither letter nor digit."""
    latin: bool
    weak: str
    """Why the name names nothing alone, as the middle of a sentence; empty if it does."""
    brands: tuple[int, ...] = ()

    @property
    def in_squeezed(self) -> bool:
        """Whether it is looked for in the squeezed view too."""
        return len(self.squeezed) >= (_MIN_SQUEEZED_LATIN if self.latin else 2)

    def of(self, brands: tuple[int, ...]) -> Term:
        """The same name for these brands."""
        return replace(self, brands=brands)


class Candidate(Struct, frozen=True, gc=False):
    """A verified place of a name; start and end are in the plain view."""

    start: int
    end: int
    term: Term
    view: ViewName
    confidence: float
    disguised: bool = False


def grade(views: Views) -> Term | None:
    """The name as a term without brands; None if it cannot be looked for (nothing in it, or one character)."""
    plain, squeezed = " ".join(views.plain.split()), views.squeezed
    if len(squeezed) < 2 or not any(letter.isalnum() for letter in squeezed):
        return None
    latin = all(letter < "\u0530" for letter in squeezed)
    confidence, weak = _FULL, ""
    if plain in EVERYDAY or (plain.isalnum() and squeezed in EVERYDAY):  # F.E.L.L. is no "fell": see `joint`
        confidence, weak = _EVERYDAY, "is a word of everyday speech"
    elif squeezed.isdigit():
        confidence, weak = _EVERYDAY, "is a number"
    elif latin and len(squeezed) == 2:
        confidence, weak = 0.4, "has only two letters"
    elif latin and len(squeezed) == 3:
        confidence, weak = (0.4, "is a short code of digits and letters") if not squeezed.isalpha() else (0.6, "")
    elif not latin and len(squeezed) == 2:
        confidence, weak = (0.4, "has only two syllable signs") if _kind(squeezed[0]) == "k" else (0.7, "")
    squeezed = plain if plain == squeezed else squeezed  # one object: there are a hundred thousand
    return Term(plain=plain, squeezed=squeezed, confidence=confidence, short=latin and len(squeezed) <= 3, latin=latin, weak=weak)


def plain_candidate(plain: str, start: int, end: int, term: Term) -> Candidate | None:
    """The name as registered, unless it is part of a longer word."""
    return Candidate(start, end, term, "plain", term.confidence) if _bounded(plain, start, end, term.short) else None


_DRESSED: Final = re.compile("[\u249c-\u24e9\U0001d400-\U0001d7cb\U0001f110-\U0001f189\U0001f1e6-\U0001f1ff]{2}")
"""Two letters of the alphabets that stand for the plain one and have no use in a title: mathematical, circled, bracketed, squared, flags."""


def dressed(views: Views, candidate: Candidate) -> Candidate:
    """The same name, disguised when it is written in such letters: then not even an everyday word is meant as one."""
    if not candidate.term.latin or views.text.isascii() or not _DRESSED.search(views.text):
        return candidate
    if not _DRESSED.search(views.text, *views.original_span(candidate.start, candidate.end)):
        return candidate
    return replace(candidate, confidence=_FULL, disguised=True)


def squeezed_candidate(views: Views, start: int, end: int, term: Term) -> Candidate | None:
    """The name with separators, look-alikes or variants in it, unless chance explains it better. `start:end` is in the squeezed view."""
    first, last = views.plain_span(start, end)
    inner = views.plain[first:last]
    # A digit read as a letter makes a word of many a serial number: then the name must not touch digits either.
    if not _bounded(views.plain, first, last, short=term.short or any("0" <= letter <= "9" for letter in inner)):
        return None
    joined = joint(inner, term)
    if joined is None:
        return None
    confidence, disguised = joined
    swapped = _swapped(views, start, end, inner, term)
    if swapped is None:
        return None
    confidence = min(confidence, swapped[0])
    disguised = disguised or swapped[1]
    # Nobody writes an everyday word with letters of two alphabets, or invisible signs between them, by mistake; "c00l" and "s a l e" are style.
    deliberate = term.latin and disguised and not inner.isascii() and not any(letter.isspace() for letter in inner)
    return Candidate(first, last, term, "squeezed", confidence if deliberate else min(confidence, term.confidence), disguised)


_EVASIVE: Final = "~^*_|\\"
"""Signs that have no business inside a word: whoever writes one there knows why."""
_BROKEN: Final = 0.4
"""Confidence of a Han name with a space or an ordinary sign in it: columns and lists put its characters together as well."""
_NAME_DOTS: Final = "\u00b7\u2022\u2027\u2219\u22c5\u30fb"
_PIECES: Final = re.compile(r"[\W_]+")
_AS_SIGNS: Final = str.maketrans({**dict.fromkeys(FILLERS, "\u200b"), **dict.fromkeys(STROKES, "|")})
_SPACING: Final = re.compile(" [\u0300-\u036f\u3099\u309a]")
"""An accent that stands alone, as NFKC writes it: \u00b4 \u00a8 \u309b have no use between two letters."""
_LISTING: Final = ",，、;；&"
"""Signs that stand between the members of a list, and so put the characters of two names together."""


def joint(inner: str, term: Term) -> tuple[float, bool] | None:
    """Confidence and disguise by what separates the characters: nothing, the name's own gaps, invisible signs, every character, a break."""
    if not inner.isascii():
        inner = _SPACING.sub("\u200b", inner.translate(_AS_SIGNS))
    pieces = [piece for piece in _PIECES.split(inner) if piece]
    gaps = "".join(letter for letter in inner if not letter.isalnum())
    own = [piece for piece in _PIECES.split(term.plain) if piece]
    if len(pieces) <= 1 and len(own) >= 3 and all(len(piece) == 1 for piece in own):
        return _INITIALS, False
    if len(pieces) <= 1 or _ends(pieces) <= _ends(own):
        return _FULL, False
    if not term.latin and all(letter in _NAME_DOTS for letter in gaps):
        return _FULL, False  # how foreign names are spelt in Han and kana: 皮尔·卡丹
    if not any(_is_ordinary(letter) for letter in gaps):
        return _FULL, True  # zero-width characters, emoji, ornaments: nobody writes a name so by mistake
    seen = "".join(letter for letter in inner if letter.isalnum() or _is_ordinary(letter))
    if len(seen) < len(inner) and _ends([piece for piece in _PIECES.split(seen) if piece]) <= _ends(own):
        return _FULL, True  # such signs beside the name's own gaps
    spread = len(pieces) >= 4 if term.latin else len(pieces) >= 3
    if spread and all(len(piece) == 1 for piece in pieces):
        return _FULL, True
    if len(pieces) != 2:
        return None
    if all(letter in _EVASIVE for letter in gaps):
        return (_FAUX, True)
    if not term.latin:
        broken = len(term.squeezed) >= 3 and not any(_is_between_words(letter) for letter in gaps)
        return (_FAUX if broken else _BROKEN, True)
    broken = len(term.squeezed) >= 6 and not any(letter.isspace() for letter in gaps)
    return (_FAUX, True) if broken else None


def _is_ordinary(sign: str) -> bool:
    """Whether a sign that is no letter stands in ordinary text: ASCII, a space, punctuation."""
    return sign < "\x80" or sign.isspace() or unicodedata.category(sign)[0] == "P"


def _is_between_words(sign: str) -> bool:
    """Whether a sign ends one phrase and begins the next: a space, a comma, a bracket, a quotation mark."""
    return sign.isspace() or sign in _LISTING or unicodedata.category(sign) in ("Ps", "Pe", "Pi", "Pf")


def _ends(pieces: list[str]) -> frozenset[int]:
    """Where the pieces end, counted in characters without separators."""
    ends, reach = [], 0
    for piece in pieces:
        reach += len(piece)
        ends.append(reach)
    return frozenset(ends)


def _swapped(views: Views, start: int, end: int, inner: str, term: Term) -> tuple[float, bool] | None:
    """Confidence and disguise by the characters themselves; `start:end` is what the squeezed view read where the term matched."""
    read = views.squeezed[start:end]
    if read != term.squeezed:  # only i and l differ
        return (_FAUX, True) if term.latin and _passes_for(views, start, end, term) else None
    letters = [letter for letter in inner if letter.isalnum()]
    if not term.latin or "".join(map(_base, letters)) == read:
        return _FULL, False  # Han variants and accents are spelling
    if letters and not any("a" <= letter <= "z" for letter in letters) and all(letter.isalpha() and letter < "\u0530" for letter in letters):
        return _FAUX, True  # a whole word in another alphabet may be that language's own word
    return _FULL, True


def _passes_for(views: Views, start: int, end: int, term: Term) -> bool:
    """Whether each i that is an l, or the reverse, is written so that it looks right: KIein, NlKE. DELL does not look like DELI."""
    originals = [views.text[slice(*views.original_span(at, at + 1, "squeezed"))] for at in range(start, end)]
    for original, meant, read in zip(originals, term.squeezed, views.squeezed[start:end], strict=True):
        if meant == read:
            continue
        if original == "l":  # passes for a capital I among capitals
            if not any(other.isupper() for other in originals) or any(other.islower() and other != "l" for other in originals):
                return False
        elif original not in ("I", "1", "|", "!", "\u0406", "\u0399"):
            return False
    return True


def _base(letter: str) -> str:
    return letter if letter < "\x80" else unicodedata.normalize("NFD", letter)[0]


_FITS_BEFORE: Final = ("适用", "適用", "适配", "適配", "兼容", "相容", "代替", "替代", "专用于", "可用于", "配套")
_FITS_JUST_BEFORE: Final = (
    " for",
    "/for",
    "(for",
    " fits",
    " fit",
    " compatible with",
    " compatible to",
    " works with",
    " replacement of",
    "配",
    "通用",
    "用于",
)
_FITS_JUST_AFTER: Final = ("专用", "適用", "适用", "通用", "兼容", "compatible")
_FITS_REACH: Final = 16
"""Characters back from a name in which 适用于 still governs it: a list of two or three makes and models."""
_LOOSE: Final = " :：-–(（[【/、,，\"'"


def fits(plain: str, start: int, end: int) -> bool:
    """Whether the goods are said to fit the brand's at `start:end` of the plain view: 适用于…, compatible with …, … 专用."""
    before = plain[max(0, start - _FITS_REACH) : start]
    if any(word in before for word in _FITS_BEFORE):
        return True
    if (" " + before.rstrip(_LOOSE)).endswith(_FITS_JUST_BEFORE):
        return True
    return plain[end : end + 12].lstrip(_LOOSE).startswith(_FITS_JUST_AFTER)


def _kind(letter: str) -> str:
    """Class of a character: l for letters of Latin, Greek, Cyrillic; d for digits; k for katakana; empty for everything that may touch a name."""
    if letter < "\u0530":
        if "0" <= letter <= "9":
            return "d"
        return "l" if letter.isalpha() else ""
    return "k" if "\u30a0" < letter < "\u3100" and letter != "\u30fb" else ""


def _bounded(plain: str, start: int, end: int, short: bool) -> bool:
    """Whether the name at `start:end` is no part of a longer word or number."""
    if start and _glued(_kind(plain[start]), _kind(plain[start - 1]), short):
        return False
    return end == len(plain) or not _glued(_kind(plain[end - 1]), _kind(plain[end]), short)


def _glued(own: str, beside: str, short: bool) -> bool:
    if not own or not beside:
        return False
    return own == beside or ("k" not in (own, beside) and (short or own == "d"))
