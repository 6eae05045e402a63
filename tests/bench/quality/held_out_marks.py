"""The held-out author's own tables of disguises: which letter passes for which, which characters sound, look or decompose alike."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

_LOOKALIKES: Final = {
    "a": "аɑα", "b": "Ьƅ", "c": "сϲᴄ", "d": "ԁɗ", "e": "еҽ", "f": "ƒ", "g": "ɡց", "h": "һհ", "i": "іɩι", "j": "јϳ", "k": "κк", "l": "ӏⅼ", "m": "ⅿ",
    "n": "ոη", "o": "оοօ", "p": "рρ", "q": "ԛ", "r": "гᴦ", "s": "ѕꜱ", "t": "т", "u": "սυ", "v": "νѵ", "w": "ԝѡ", "x": "хχ", "y": "уγ", "z": "ᴢ",
    "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СᏟ", "D": "Ꭰ", "E": "ЕΕᎬ", "F": "Ϝ", "G": "ԌᏀ", "H": "НΗᎻ", "I": "ІΙ", "J": "ЈᎫ", "K": "КΚᏦ", "L": "Ꮮ", "M": "МΜᎷ",
    "N": "Ν", "O": "ОΟ", "P": "РΡᏢ", "Q": "Ԛ", "R": "Ꭱ", "S": "ЅᏚ", "T": "ТΤᎢ", "U": "Ս", "V": "ѴᏙ", "W": "ԜᎳ", "X": "ХΧ", "Y": "ҮΥ", "Z": "ΖᏃ",
}  # fmt: skip
_LEET: Final = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7+", "b": "8", "l": "1|", "g": "9", "z": "2"}


def _tables() -> dict[str, list[tuple[str, str]]]:
    """Section to its pairs, from `held_out_tables.txt`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in Path(__file__).with_name("held_out_tables.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            section.extend((left, right) for left, _, right in (entry.partition(":") for entry in line.split()))
    return found


_TABLES: Final = _tables()
SYLLABLES: Final = tuple(_TABLES["sounds"])
"""Syllable and the characters that are read so: from it come both pinyin and homophones."""
PINYIN: Final = {letter: sound for sound, letters in reversed(SYLLABLES) for letter in letters}
_GLYPHS: Final = dict(_TABLES["glyphs"])
_PARTS: Final = dict(_TABLES["parts"])
_TRADITIONAL: Final = dict(_TABLES["traditional"])
_MARTIAN: Final = dict(_TABLES["martian"])


def lookalike(chance: random.Random, word: str, share: float) -> str:
    """Latin letters replaced by foreign ones of the same shape, at least one."""
    places = [place for place, letter in enumerate(word) if letter in _LOOKALIKES]
    taken = set(chance.sample(places, max(1, round(len(places) * share)))) if places else set()
    return "".join(chance.choice(_LOOKALIKES[letter]) if place in taken else letter for place, letter in enumerate(word))


def leet(chance: random.Random, word: str) -> str:
    """Letters replaced by digits and signs, most of those that can be."""
    places = [place for place, letter in enumerate(word) if letter.lower() in _LEET]
    taken = set(chance.sample(places, max(1, len(places) - chance.randint(0, 1)))) if places else set()
    return "".join(chance.choice(_LEET[letter.lower()]) if place in taken else letter for place, letter in enumerate(word))


def decorated(chance: random.Random, word: str) -> str:
    """The word in one of Unicode's ornamental alphabets, or with a mark through every letter."""
    style = chance.randrange(9)
    if style == 0:
        return "".join(letter + mark for mark in (chance.choice("\u0336\u0332\u0305\u0338\u20de"),) for letter in word)
    if style == 1:
        return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)
    # First capital of bold, bold italic, sans bold, monospace; circled; squared; negative squared: alphabets without holes.
    first = (0x1D400, 0x1D468, 0x1D5D4, 0x1D670, 0x24B6, 0x1F130, 0x1F170)[style - 2]
    small = {0x24B6: 0x24D0}.get(first, first if first >= 0x1F130 else first + 26)
    return "".join(
        chr((first if letter.isupper() else small) + ord(letter.upper()) - 65) if letter.isascii() and letter.isalpha() else letter for letter in word
    )


def _mapped(chance: random.Random, word: str, table: dict[str, str], share: float) -> str:
    places = [place for place, letter in enumerate(word) if table.get(letter, letter) != letter]
    taken = set(chance.sample(places, max(1, round(len(places) * share)))) if places else set()
    return "".join(table[letter] if place in taken else letter for place, letter in enumerate(word))


def glyphs(chance: random.Random, word: str) -> str:
    """Characters swapped for ones that look alike."""
    return _mapped(chance, word, _GLYPHS, chance.choice((0.5, 1)))


def parts(chance: random.Random, word: str) -> str:
    """Characters written as their halves."""
    return _mapped(chance, word, _PARTS, chance.choice((0.5, 1)))


def traditional(chance: random.Random, word: str) -> str:
    """The word in traditional characters."""
    return _mapped(chance, word, _TRADITIONAL, 1)


def martian(chance: random.Random, word: str) -> str:
    """The word as "Martian script" of the forums: an ornate variant for every character, little signs between."""
    odd = _mapped(chance, word, _MARTIAN, 1)
    return chance.choice((odd, "丶".join(odd), f"ζ{odd}゛", "灬".join(odd), f"℡{odd}﹌", f"◤{odd}◢"))


def homophone(chance: random.Random, word: str) -> str:
    """One or more characters swapped for others of the same sound, the word never left as it was where the table knows any."""
    choices = {letter: [other for sound, letters in SYLLABLES if letter in letters for other in letters if other != letter] for letter in word}
    places = [place for place, letter in enumerate(word) if choices[letter]]
    taken = set(chance.sample(places, chance.randint(1, len(places)))) if places else set()
    return "".join(chance.choice(choices[letter]) if place in taken else letter for place, letter in enumerate(word))


def pinyin(chance: random.Random, word: str) -> str:
    """The word spelt in pinyin, whole or in part; characters that the table lacks stay."""
    spelt = [PINYIN.get(letter, letter) for letter in word]
    match chance.randrange(4):
        case 0:
            return " ".join(spelt)
        case 1:
            return "".join(spelt)
        case 2:
            keep = chance.randrange(len(word))
            return "".join(letter if place == keep else sound for place, (letter, sound) in enumerate(zip(word, spelt, strict=True)))
        case _:
            return "".join(sound.capitalize() for sound in spelt)
