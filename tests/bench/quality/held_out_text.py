"""Held-out attacks whose trick is in the spelling: one function per family, each writes one listing of one seller.

In each the disguise falls on the brand, on the word for copies, or on both, and the listing has a second reason for a moderator to stop it: a copy's
price, a claim, or the disguise itself where no honest seller has cause for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tests.bench.quality.cases import Attack, Maker
from tests.bench.quality.held_out_goods import Scene, Target, chinese, english, fake_price, name_of, pick
from tests.bench.quality.held_out_marks import decorated, glyphs, homophone, leet, lookalike, martian, parts, pinyin, traditional
from tests.bench.quality.held_out_phrases import LATIN_SLANG, SLANG, contact, ending, veiled_claim

Disguise = Callable[[random.Random, str], str]

_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u2061\u2063\u200e\ufe0f\U000e0041\u3164\u115f"
_FILLERS: Final = (
    ".",
    "·",
    "-",
    "_",
    "*",
    "/",
    " ",
    "~",
    "^",
    "丨",
    "、",
    "✨",
    "☆",
    "👟",
    "°",
    "|",
    "+",
    "'",
    "»",
    "・",
    " . ",
    "//",
    "◆",
    "❤",
    "=",
)


def _priced(scene: Scene, target: Target, title: str, description: str = "", locale: str = "zh-CN") -> Attack:
    event = scene.offer(target, title, description=description, price=fake_price(scene.chance, target), locale=locale)
    return Attack(family="", events=(event,), brand_id=target.maker.brand_id)


def _latin_name(chance: random.Random, maker: Maker) -> str:
    name = chance.choice(maker.latin)
    return chance.choice((name, name.lower(), name.upper()))


def _latin_disguise(scene: Scene, disguise: Disguise, plain_alone: bool) -> Attack:
    """A Latin name in disguise, in a Chinese or English title; `plain_alone`: the disguise by itself is enough to stop it."""
    chance = scene.chance
    target = pick(chance, scene.pool, latin=True)
    name, slang = _latin_name(chance, target.maker), chance.choice(LATIN_SLANG)
    tongue, build = chance.choice((("zh-CN", chinese), ("en", english), ("zh-CN", chinese)))
    match chance.randrange(4):
        case 0 if plain_alone:
            shown, claim = disguise(chance, name), ""
        case 1:
            shown, claim = name, disguise(chance, slang)
        case 2:
            shown, claim = disguise(chance, name), disguise(chance, slang)
        case _:
            shown, claim = disguise(chance, name), veiled_claim(chance, tongue)
    return _priced(scene, target, build(chance, shown, target.kind, claim), ending(chance) if tongue == "zh-CN" else "", tongue)


def _han_disguise(scene: Scene, disguise: Disguise, plain_alone: bool) -> Attack:
    """A Chinese name in disguise, or a disguised word for copies beside it."""
    chance = scene.chance
    target, name, odd = _changed_name(scene, disguise)
    slang = _changed_slang(chance, disguise)
    match chance.randrange(4):
        case 0 if plain_alone and odd != name:
            shown, claim = odd, ""
        case 1:
            shown, claim = name_of(chance, target.maker), slang
        case 2:
            shown, claim = odd, slang
        case _:
            shown, claim = odd, veiled_claim(chance)
    return _priced(scene, target, chinese(chance, shown, target.kind, claim), ending(chance))


def _changed_name(scene: Scene, disguise: Disguise) -> tuple[Target, str, str]:
    """A target, a Chinese name of it, and the name in a disguise that really changes it (the tables do not know every character)."""
    while True:
        target = pick(scene.chance, scene.pool, han=True)
        name = scene.chance.choice(target.maker.han)
        if (odd := disguise(scene.chance, name)) != name:
            return target, name, odd


def _changed_slang(chance: random.Random, disguise: Disguise) -> str:
    """A word for copies of which the disguise leaves at most half of the characters where they stood."""
    written = [(word, disguise(chance, word)) for word in chance.sample(SLANG, len(SLANG))]
    hidden = [odd for word, odd in written if 2 * sum(letter in odd for letter in word) <= len(word) or (odd != word and word not in odd)]
    return chance.choice(hidden or [written[0][1]])


def lookalike_alphabet(scene: Scene) -> Attack:
    """Greek, Cyrillic, Armenian or Cherokee letters among the Latin ones, few or all."""
    return _latin_disguise(scene, lambda chance, word: lookalike(chance, word, chance.choice((0.2, 0.5, 1))), True)


def decorated_alphabet(scene: Scene) -> Attack:
    """Mathematical, enclosed or full-width letters, or a stroke through each."""
    return _latin_disguise(scene, decorated, False)


def leet_speak(scene: Scene) -> Attack:
    """Digits and signs for letters."""
    return _latin_disguise(scene, leet, True)


def _spread(chance: random.Random, word: str) -> str:
    filler = chance.choice(_FILLERS)
    style = chance.randrange(4)
    if style == 0 and len(word) > 2:
        place = chance.randrange(1, len(word))
        return word[:place] + filler + word[place:]
    if style == 1:
        return "".join(f"【{letter}】" if chance.random() < 0.5 else f"({letter})" for letter in word)
    if style == 2:
        return "".join(letter + (chance.choice(_FILLERS) if place + 1 < len(word) else "") for place, letter in enumerate(word))
    return filler.join(word)


def separators(scene: Scene) -> Attack:
    """Signs, spaces, brackets or pictures between the characters of a name or of a word for copies."""
    return (_latin_disguise if scene.chance.random() < 0.4 else _han_disguise)(scene, _spread, True)


def _hidden(chance: random.Random, word: str) -> str:
    style = chance.randrange(5)
    if style == 0 and word.isascii():
        return f"\u202e{word[::-1]}\u202c"  # shown from right to left, so the reader sees the name and the machine its mirror image
    if style == 1:
        place = chance.randrange(1, len(word))
        return word[:place] + chance.choice(_INVISIBLE) * chance.randint(1, 4) + word[place:]
    return "".join(letter + chance.choice(_INVISIBLE) for letter in word)


def zero_width(scene: Scene) -> Attack:
    """Invisible characters, or a change of direction, inside a name or a word for copies."""
    return (_latin_disguise if scene.chance.random() < 0.5 else _han_disguise)(scene, _hidden, True)


def _slip(chance: random.Random, word: str) -> str:
    """One or two slips that keep the word readable: doubled, dropped, swapped or neighbouring letters; never the first letter alone."""
    letters = list(word)
    places = [place for place in range(1, len(letters)) if letters[place].isalpha()]
    for _ in range(1 if len(word) < 6 else chance.randint(1, 2)):
        place = chance.choice(places)
        if place >= len(letters) or not letters[place]:
            continue
        low = letters[place].lower()
        match chance.randrange(5):
            case 0:
                letters[place] *= 2
            case 1 if place + 1 < len(letters) and letters[place + 1] != letters[place]:
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
            case 2 if low in "aeiou":
                letters[place] = chance.choice([vowel for vowel in "aeiou" if vowel != low])
            case 3 if len(word) > 5:
                letters[place] = ""
            case _:
                near = {"l": "I", "i": "l", "c": "k", "k": "c", "s": "z", "n": "m", "m": "rn", "d": "b", "v": "w", "y": "i", "t": "tt", "r": "rr"}
                letters[place] = near.get(low, letters[place] + low)
    return "".join(letters)


def misspelt(scene: Scene) -> Attack:
    """The name with a slip, at a copy's price and with a claim or a contact: the slip alone could be an honest one."""
    chance = scene.chance
    target = pick(chance, [t for t in scene.pool if any(len(name) >= 5 for name in t.maker.latin)], latin=True)
    name = _latin_name(chance, target.maker)
    wrong = next((odd for odd in (_slip(chance, name) for _ in range(20)) if odd.casefold() != name.casefold()), name[0] + name)
    tongue, build = chance.choice((("zh-CN", chinese), ("en", english)))
    claim = chance.choice((veiled_claim(chance, tongue), contact(chance, tongue), chance.choice(SLANG if tongue == "zh-CN" else LATIN_SLANG)))
    return _priced(scene, target, build(chance, wrong, target.kind, claim), locale=tongue)


def pinyin_names(scene: Scene) -> Attack:
    """The Chinese name or the word for copies spelt in pinyin, whole or in part."""
    return _han_disguise(scene, pinyin, False)


def homophones(scene: Scene) -> Attack:
    """Other characters of the same sound."""
    return _han_disguise(scene, homophone, False)


def glyph_variants(scene: Scene) -> Attack:
    """Other characters of the same look."""
    return _han_disguise(scene, glyphs, False)


def split_characters(scene: Scene) -> Attack:
    """Characters written as their halves."""
    return _han_disguise(scene, parts, True)


def traditional_script(scene: Scene) -> Attack:
    """The whole title in traditional characters, with a word for copies: the script alone is innocent."""
    chance = scene.chance
    target = pick(chance, scene.pool, han=True)
    slang = chance.choice(
        ("高仿", "複刻版", "原單", "專櫃品質 壹比壹", "頂級復刻", "A貨", "純原版本", "過驗", "臺灣專櫃同款 仿真度高", "工廠尾單 真標", "超A貨")
    )
    title = traditional(chance, chinese(chance, chance.choice(target.maker.han), target.kind, slang))
    return _priced(scene, target, title, traditional(chance, ending(chance)), chance.choice(("zh-CN", "zh-TW", "zh-HK")))


def martian_script(scene: Scene) -> Attack:
    """Ornate variants with little signs between them, on the name and often on the claim."""
    return _han_disguise(scene, martian, True)


FAMILIES: Final[dict[str, Callable[[Scene], Attack]]] = {
    "lookalike_alphabet": lookalike_alphabet,
    "decorated_alphabet": decorated_alphabet,
    "leet": leet_speak,
    "separators": separators,
    "zero_width": zero_width,
    "misspelt": misspelt,
    "pinyin": pinyin_names,
    "homophones": homophones,
    "glyph_variants": glyph_variants,
    "split_characters": split_characters,
    "traditional": traditional_script,
    "martian": martian_script,
}
