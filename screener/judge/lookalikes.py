"""One table from every character to the letter it is read as: look-alikes, accents, traditional Han, separators. Built once at import.

Input of the table is text after NFKC and case folding. A character maps to its code point in the skeleton, to None if it only separates, or is
absent and stays as it is. Nothing here depends on the order of a set or a dict; OpenCC's characters depend on its version, which
`judge/version.py` names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from opencc import OpenCC

from screener.judge import tables

# Shapes that pass for a Latin letter at a glance, after case folding. Where the capital and the small letter resemble different Latin letters
# (Greek nu is N when large, v when small) the capital decides: imitations of brands are mostly written in capitals.
_SHAPES: Final = (
    # Cyrillic
    ("а", "a"), ("в", "b"), ("с", "c"), ("ԁ", "d"), ("е", "e"), ("ё", "e"), ("ә", "e"), ("є", "e"), ("һ", "h"), ("н", "h"), ("ћ", "h"),
    ("і", "i"), ("ї", "i"), ("ј", "j"), ("к", "k"), ("қ", "k"), ("ӏ", "l"), ("м", "m"), ("п", "n"), ("о", "o"), ("ө", "o"), ("р", "p"),
    ("ԛ", "q"), ("г", "r"), ("ѕ", "s"), ("т", "t"), ("ц", "u"), ("ѵ", "v"), ("ԝ", "w"), ("ш", "w"), ("х", "x"), ("ҳ", "x"), ("у", "y"),
    ("ү", "y"), ("и", "n"), ("я", "r"),
    # Greek
    ("α", "a"), ("β", "b"), ("ϲ", "c"), ("δ", "d"), ("ε", "e"), ("ϝ", "f"), ("η", "h"), ("ι", "i"), ("ϳ", "j"), ("κ", "k"), ("λ", "a"),
    ("μ", "m"), ("ν", "n"), ("ο", "o"), ("ρ", "p"), ("σ", "o"), ("τ", "t"), ("υ", "y"), ("χ", "x"), ("ω", "w"), ("ζ", "z"), ("γ", "y"),
    # Armenian, Cherokee, Lisu and other letters that TR39 gives a Latin prototype
    ("ո", "n"), ("օ", "o"), ("ս", "u"), ("ց", "g"), ("հ", "h"), ("զ", "q"), ("ղ", "n"), ("ք", "f"), ("ꓐ", "b"), ("ꓚ", "c"), ("ꓓ", "d"),
    ("ꓰ", "e"), ("ꓝ", "f"), ("ꓖ", "g"), ("ꓧ", "h"), ("ꓲ", "i"), ("ꓙ", "j"), ("ꓗ", "k"), ("ꓡ", "l"), ("ꓟ", "m"), ("ꓠ", "n"), ("ꓳ", "o"),
    ("ꓑ", "p"), ("ꓣ", "r"), ("ꓢ", "s"), ("ꓔ", "t"), ("ꓴ", "u"), ("ꓦ", "v"), ("ꓪ", "w"), ("ꓫ", "x"), ("ꓬ", "y"), ("ꓜ", "z"), ("ꓮ", "a"),
    # Latin letters of phonetics and small capitals
    ("ɑ", "a"), ("ɐ", "a"), ("ʙ", "b"), ("ƅ", "b"), ("ɓ", "b"), ("ɔ", "c"), ("ᴄ", "c"), ("ɖ", "d"), ("đ", "d"), ("ð", "d"), ("ə", "e"),
    ("ɛ", "e"), ("ᴇ", "e"), ("ƒ", "f"), ("ɡ", "g"), ("ɢ", "g"), ("ɦ", "h"), ("ʜ", "h"), ("ħ", "h"), ("ı", "i"), ("ɩ", "i"), ("ɪ", "i"),
    ("ɨ", "i"), ("ʝ", "j"), ("ᴊ", "j"), ("ᴋ", "k"), ("ƙ", "k"), ("ł", "l"), ("ɭ", "l"), ("ʟ", "l"), ("ǀ", "l"), ("ɱ", "m"), ("ᴍ", "m"),
    ("ɲ", "n"), ("ɴ", "n"), ("ŋ", "n"), ("ø", "o"), ("ɵ", "o"), ("ᴏ", "o"), ("ᴘ", "p"), ("ƿ", "p"), ("þ", "p"), ("ʀ", "r"), ("ɾ", "r"),
    ("ɼ", "r"), ("ꜱ", "s"), ("ʂ", "s"), ("ƽ", "s"), ("ᴛ", "t"), ("ŧ", "t"), ("ᴜ", "u"), ("ʋ", "u"), ("ᴠ", "v"), ("ᴡ", "w"), ("ʏ", "y"),
    ("ɣ", "y"), ("ᴢ", "z"), ("ʐ", "z"), ("ƶ", "z"), ("ᴀ", "a"),
    # Small capitals, and letters upside down
    ("ꜰ", "f"), ("ǫ", "q"), ("ǝ", "e"), ("ɟ", "f"), ("ƃ", "g"), ("ɥ", "h"), ("ᴉ", "i"), ("ʞ", "k"), ("ʅ", "l"), ("ɯ", "m"), ("ɹ", "r"),
    ("ʇ", "t"), ("ʌ", "v"), ("ʍ", "w"), ("ʎ", "y"),
    ("ᴅ", "d"), ("θ", "o"), ("ѳ", "o"), ("ҽ", "e"), ("ɿ", "r"), ("ն", "n"), ("ռ", "n"), ("ր", "r"), ("տ", "s"), ("լ", "l"), ("ի", "h"),
    # Symbols
    ("∂", "d"), ("∩", "n"), ("∪", "u"), ("×", "x"),
    # Han variant that OpenCC leaves
    ("髙", "高"),
)  # fmt: skip

LEET: Final = str.maketrans("013457@$!|€£¥¢", "oieastasilelyc")
"""Digits and signs written for letters; `views` applies it only between letters, so that prices and model numbers stay."""

_SEPARATING: Final = frozenset(
    ("Cc", "Cf", "Co", "Mn", "Me", "Mc", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs")
)
"""General categories that a reader skips over. Unassigned (Cn) stays: a newer Unicode version may make it a letter."""

FILLERS: Final = "\u115f\u1160\u3164\uffa0\u2800\u180e"
"""What shows nothing although its category says letter or symbol: Hangul fillers, the empty Braille pattern; and the Mongolian separator."""
STROKES: Final = "\u4e28\u4e36\u4e3f\u4e85\u534d\u5350\u706c"
"""Single strokes of Han, 丨 丶 丿 亅, and 卍 卐 灬: letters by their category, used as lines between words and as ornaments."""

# Scanned for separators: the Basic Multilingual Plane, the blocks of symbols and emoji, tags and variation selectors. Others stay as they are.
_SCANNED: Final = (range(0xD800), range(0xE000, 0x10000), range(0x1F000, 0x1FB00), range(0xE0000, 0xE01F0))
_HAN: Final = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x2A6E0))


def _han(table: dict[int, int | None]) -> None:
    """Adds traditional to simplified, character by character, so that offsets stay one to one whatever phrases OpenCC knows."""
    codes = [code for block in _HAN for code in block]
    simplified = OpenCC("t2s").convert("\n".join(map(chr, codes))).split("\n")
    for code, letter in zip(codes, simplified, strict=True):
        if code < 0x20000 or letter != chr(code):
            table[code] = ord(letter) if len(letter) == 1 else code


def _final(table: dict[int, int | None], target: int | None) -> int | None:
    while target is not None and table.get(target, target) != target:
        target = table[target]
    return target


def _build() -> dict[int, int | None]:
    table: dict[int, int | None] = {}
    for code in (code for block in _SCANNED for code in block):
        letter = chr(code)
        if unicodedata.category(letter) in _SEPARATING:
            table[code] = None
        elif code < 0x0530 or 0x1E00 <= code < 0x2000 or 0x3040 <= code < 0x3100:
            # Common scripts are listed although they stay: str.translate is three times slower for a character it does not find.
            base = unicodedata.normalize("NFD", letter)[0] if code < 0x0530 or code < 0x2000 else letter
            table[code] = ord(base)
    _han(table)
    for start, first in ((0x1F170, "a"), (0x1F150, "a"), (0x1F130, "a"), (0x1F1E6, "a")):  # boxed, circled and flag letters
        for step in range(26):
            table[start + step] = ord(first) + step
    for letter, shapes in tables.lines("skeleton"):
        for shape in shapes:
            table[ord(shape)] = ord(letter)
    for blank in FILLERS + STROKES:
        table[ord(blank)] = None
    for shape, letter in _SHAPES:  # over TR39 where both know a letter: ours think of capitals
        table[ord(shape)] = ord(letter)
    for code, target in table.items():  # what a letter is read as may itself be a look-alike: an accented alpha is an a
        table[code] = _final(table, target)
    return table


SKELETON: Final = _build()
"""For str.translate, on text after NFKC and case folding."""

NEAR: Final = 0x1FB00
"""First code point that `table_of` does not cover: behind it are rare Han characters and invisible tags."""


def table_of(mapping: Mapping[int, int | None]) -> list[int | None]:
    """A mapping of characters as a list for str.translate, up to `NEAR`: a third faster than a dict, and kinder to the processor's caches."""
    table: list[int | None] = list(_CODES)
    for code, target in mapping.items():
        if code < NEAR:
            table[code] = _CODES[target] if target is not None and target < NEAR else target
    return table


_CODES: Final = tuple(range(NEAR))
"""Every code point once, so that the tables share their integers."""

READ_AS: Final = table_of(SKELETON)
"""The skeleton as a list: right for texts without characters behind `NEAR`."""
