"""Ways to write a name so that people read it and filters do not. Each takes (choices, text) and gives the text in disguise, or None if it has none.

Look-alikes, halves and decorations are from our own hand and from Unicode itself; readings of characters are the judge's (a pronunciation is a fact,
not a list of tricks), and so is the conversion to traditional characters (OpenCC). `GLYPHS` and `MARTIAN` are widened by the tables beside the
repository where they are there (Apache-2.0); the judge's own tables come from the same source, so those two families flatter it there.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

import opencc

from screener.judge.sounds import readings
from tests.bench.quality.brands import DATA
from tests.bench.quality.characters import ALIKE, GLYPHS, HALVES, MARTIAN

Disguise = Callable[[random.Random, str], str | None]

_BLOCKS: Final = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5A0, 0x1D5D4, 0x1D608, 0x1D63C, 0x1D670)
"""First letters of ten mathematical alphabets: 26 capitals, then 26 small letters, without a gap."""
_SMALL_CAPITALS: Final = dict(zip("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
_LEET: Final = {"a": "4@", "e": "3€", "i": "1!|", "o": "0", "s": "5$", "t": "7+", "l": "1|", "b": "86", "g": "96", "z": "2"}
_JOINTS: Final = (" ", ".", "·", "-", "_", "*", "/", "~", "丨", "、", "。", "❤", "★", "'", "+", "…", "^")
_INVISIBLE: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u2062", "\u202c", "\ufe0f", "\u3164")
_ORNAMENTS: Final = ("灬", "丶", "ミ", "℡", "♀", "★", "メ", "︶", "゛", "卍")


@cache
def _table(name: str, own: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Character to its stand-ins: our own, and those beside the repository."""
    table = dict(own)
    file = DATA / f"variants-{name}.txt.gz"
    if file.is_file():
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for letter, *others in filter(None, map(str.split, lines)):
                table[letter] = table.get(letter, "") + "".join(others).replace(letter, "")[:4]
    return table


def _some(chance: random.Random, text: str, stand_ins: Mapping[str, Sequence[str]], share: float = 0.6) -> str | None:
    """The text with at least one and about `share` of the replaceable characters replaced."""
    places = [place for place, letter in enumerate(text) if stand_ins.get(letter)]
    if not places:
        return None
    chosen = set(chance.sample(places, max(1, round(share * len(places)))))
    return "".join(chance.choice(stand_ins[letter]) if place in chosen else letter for place, letter in enumerate(text))


def lookalike(chance: random.Random, text: str) -> str | None:
    """Letters of other alphabets, accents among them."""
    return _some(chance, text, ALIKE, chance.choice((0.3, 0.6, 1.0)))


def decorated(chance: random.Random, text: str) -> str | None:
    """Full width, mathematical, circled, squared, small capitals, regional indicators."""
    kind = chance.randrange(7)

    def letter(one: str) -> str:
        if not (one.isascii() and one.isalnum()):
            return one
        if kind == 0 or not one.isalpha():
            return chr(ord(one) + 0xFEE0) if kind != 6 or not one.isdigit() else one + "\ufe0f\u20e3"
        place = ord(one.lower()) - 97
        if kind == 1:
            return chr(block + place + (26 if one.islower() else 0))
        circled = chr((0x24D0 if one.islower() else 0x24B6) + place)
        return {2: circled, 3: chr(0x1F130 + place), 4: chr(0x1F170 + place), 5: _SMALL_CAPITALS.get(one.lower(), one), 6: chr(0x1F1E6 + place)}[kind]

    block = chance.choice(_BLOCKS)
    shown = "".join(map(letter, text))
    return shown if shown != text else None


def leet(chance: random.Random, text: str) -> str | None:
    """Digits and signs for letters, at most half of them."""
    return _some(chance, text, {**_LEET, **{key.upper(): value for key, value in _LEET.items()}}, chance.choice((0.3, 0.6)))


def separated(chance: random.Random, text: str) -> str | None:
    """Signs between the characters, or between two of them."""
    joint, letters = chance.choice(_JOINTS), text.replace(" ", "")
    if len(letters) < 2:
        return None
    if chance.random() < 0.6 or len(letters) == 2:
        return joint.join(letters)
    place = chance.randrange(1, len(letters))
    return f"{letters[:place]}{joint}{letters[place:]}"


def invisible(chance: random.Random, text: str) -> str | None:
    """What nobody sees between the characters."""
    gaps = [chance.choice(_INVISIBLE) if chance.random() < 0.6 else "" for _ in text[1:]]
    gaps[chance.randrange(len(gaps))] = chance.choice(_INVISIBLE)
    return text[0] + "".join(gap + letter for gap, letter in zip(gaps, text[1:], strict=True))


def misspelt(chance: random.Random, text: str) -> str | None:
    """A letter swapped, left out, doubled or another; names of five letters and more."""
    places = [place for place in range(1, len(text) - 1) if text[place].isalpha() and text[place + 1].isalpha()]
    if len(text) < 5 or not places:
        return None
    place = chance.choice(places)
    left, one, right = text[:place], text[place], text[place + 1 :]
    return chance.choice((left + right[:1] + one + right[1:], left + right, left + one + one + right, left + chance.choice("aeioulrnst") + right))


def pinyin(chance: random.Random, text: str) -> str | None:
    """A Chinese name as it is said, all of it or a part."""
    ways = readings(text)
    if not ways:
        return None
    said = list(ways[0])
    if chance.random() < 0.3:
        place = chance.randrange(len(said))
        return text[:place] + said[place] + text[place + 1 :]
    joint = chance.choice(("", "", " ", "-", "."))
    shown = joint.join(said)
    return chance.choice((shown, shown.upper(), joint.join(one.title() for one in said)))


_FREQUENT: Final = "".join(bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))


@cache
def _same_sound() -> Mapping[str, str]:
    by_sound: dict[str, str] = {}
    for letter in _FREQUENT:
        for (syllable,) in readings(letter)[:1]:
            by_sound[syllable] = by_sound.get(syllable, "") + letter
    return {letter: others for same in by_sound.values() for letter in same if (others := same.replace(letter, ""))}


def homophones(chance: random.Random, text: str) -> str | None:
    """Frequent characters that sound the same, for half of the text at most: more nobody reads."""
    return _some(chance, text, _same_sound(), chance.choice((0.2, 0.5)))


def glyphs(chance: random.Random, text: str) -> str | None:
    """Characters that look alike."""
    return _some(chance, text, _table("glyph", tuple(GLYPHS.items())), chance.choice((0.4, 0.7)))


def halves(chance: random.Random, text: str) -> str | None:
    """Characters taken apart."""
    return _some(chance, text, {letter: (both,) for letter, both in HALVES.items()}, 1.0)


_TRADITIONAL: Final = (opencc.OpenCC("s2t"), opencc.OpenCC("s2tw"), opencc.OpenCC("s2hk"))


def traditional(chance: random.Random, text: str) -> str | None:
    """Traditional characters, of one of three places."""
    shown = str(chance.choice(_TRADITIONAL).convert(text))
    return shown if shown != text else None


def martian(chance: random.Random, text: str) -> str | None:
    """Rare characters with the same part, and ornaments between."""
    shown = _some(chance, text, _table("martian", tuple(MARTIAN.items())), 0.7)
    if shown is None or chance.random() < 0.6:
        return shown
    place = chance.randrange(len(shown) + 1)
    return shown[:place] + chance.choice(_ORNAMENTS) + shown[place:]
