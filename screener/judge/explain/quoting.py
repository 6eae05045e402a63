"""How explanations show what is not their own: characters of sellers, and instants. Nothing quoted can pass for the screener's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from screener.codecs import printable
from screener.judge.explain.words import Language

_QUOTES: Final[dict[Language, tuple[str, str]]] = {"en": ('"', '"'), "zh": ("“", "”")}

_BEIJING: Final = timezone(timedelta(hours=8))
"""Chinese readers are told Beijing time, and told that it is."""

_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def quoted(text: str, language: Language) -> str:
    """The characters in the language's quotation marks; control and invisible ones, and marks that would end the quotation, are escaped."""
    opening, closing = _QUOTES[language]
    shown = printable(text.replace("\\", "\\\\"))
    for mark in dict.fromkeys((opening, closing)):
        shown = shown.replace(mark, f"\\u{ord(mark):04x}" if ord(mark) > 0x7F else f"\\{mark}")
    return f"{opening}{shown}{closing}"


def instant(milliseconds: int, language: Language) -> str:
    """Day and minute as people write them, with the time zone; out of the calendar's range as the number."""
    moment = _moment(milliseconds, language)
    if moment is None:
        return f"{milliseconds} ms since 1970" if language == "en" else f"1970年以来第 {milliseconds} 毫秒"
    if language == "en":
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}（北京时间）"


def day_after_months(milliseconds: int, months: int, language: Language) -> str:
    """The calendar day so many months later, the month's last where it has no such day; out of the calendar's range the same as `instant`."""
    moment = _moment(milliseconds, language)
    if moment is None or moment.year > 9_000:
        return instant(milliseconds, language)
    turned = moment.month - 1 + months
    first = moment.replace(year=moment.year + turned // 12, month=turned % 12 + 1, day=1)
    last = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    day = min(moment.day, last)
    return f"{day} {_MONTHS[first.month - 1]} {first.year}" if language == "en" else f"{first.year}年{first.month}月{day}日"


def _moment(milliseconds: int, language: Language) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC if language == "en" else _BEIJING)
    except (OverflowError, ValueError, OSError):
        return None


def banded(value: float, bands: tuple[tuple[float, str], ...]) -> str:
    """The word of the last band that starts at or below `value`; bands rise and begin at 0."""
    word = bands[0][1]
    for start, name in bands:
        if value >= start:
            word = name
    return word
