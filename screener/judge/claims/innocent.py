"""Contexts that take a claim back, compiled from the table: what stands directly before, directly after, or near."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from screener.judge.claims.grammar import Claim, Context

NEAR: Final = 30
"""Characters on either side in which the goods are told: a title; in a description, a sentence or two."""
BEFORE_REACH: Final = 20
"""Characters before a claim in which its innocent context must end."""

_WORD: Final = re.compile(r"[a-z0-9à-ÿ' .-]+")
_GAP: Final = r"[^\w,;!?，；！？。]{0,3}"
"""What may stand between a Latin word and a claim it belongs to: no end of a sentence."""

_QUOTE: Final = "[“\"'《「『【]?"
"""What may stand between a word of another script and a claim: a quotation mark, as in 拒绝“山寨”."""


class Takebacks(Struct, frozen=True):
    """The patterns of one claim; None where it has none."""

    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    near: re.Pattern[str] | None

    def take_back(self, plain: str, start: int, end: int) -> bool:
        """Whether the surroundings of `start:end` in the plain view give it an innocent sense."""
        if self.after is not None and self.after.match(plain, end):
            return True
        if self.before is not None and self.before.search(plain, max(0, start - BEFORE_REACH), start):
            return True
        return self.near is not None and self.near.search(plain[max(0, start - NEAR) : start] + "\n" + plain[end : end + NEAR]) is not None


def takebacks(claim: Claim, contexts: Mapping[str, Context]) -> Takebacks:
    """The patterns of a claim. Raises `KeyError` for a context that the table does not have."""
    mine = [contexts[name] for name in claim.innocent]
    return Takebacks(
        before=_pattern([_before(word) for one in mine for word in one.before]),
        after=_pattern([_after(word) for one in mine for word in one.after]),
        near=_pattern([_near(word) for one in mine for word in one.near]),
    )


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(words)) if words else None


def _is_regex(word: str) -> bool:
    return len(word) > 1 and word.startswith("/") and word.endswith("/")


def _whole(word: str) -> str:
    """A Latin word as a whole word, with or without a plural s; of other scripts the characters."""
    if _is_regex(word):
        return f"(?:{word[1:-1]})"
    escaped = re.escape(word)
    return rf"(?<![a-zà-ÿ]){escaped}(?:s|es)?(?![a-zà-ÿ])" if _WORD.fullmatch(word) else escaped


def _before(word: str) -> str:
    gap = _GAP if _WORD.fullmatch(word) else _QUOTE
    return rf"{_whole(word)}{gap}\Z"


def _after(word: str) -> str:
    gap = _GAP if _WORD.fullmatch(word) else ""
    return f"{gap}{_whole(word)}"


_near = _whole
