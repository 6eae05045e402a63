"""Attacks by how it is written: the brand, or the word for a copy, in disguise.

Half of them disguise the brand beside a word for a copy (often an open one), three of ten the brand alone, the rest leave the brand and disguise the
word. Names that an honest small brand or a shop abroad may write as well (misspelt, by sound, in traditional characters) are never alone: a hint
stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from tests.bench.quality import disguises
from tests.bench.quality.cases import Attack, Maker
from tests.bench.quality.disguises import Disguise
from tests.bench.quality.scene import HINTS, OPEN, OPEN_EN, Scene

Script = Literal["latin", "han", "any"]

_NAMED_AND_PRAISED, _NAMED_ALONE = 0.5, 0.3
"""Shares of the disguised brand with a word for a copy, and alone."""


def _name(scene: Scene, maker: Maker, script: Script) -> str:
    names = maker.latin if script == "latin" else maker.han if script == "han" else maker.latin + maker.han
    name = scene.chance.choice(names)
    return scene.chance.choice((name, name, name.upper(), name.lower())) if name.isascii() else name


def _praise(scene: Scene, latin: bool) -> str:
    return scene.say(*(OPEN_EN if latin and scene.chance.random() < 0.5 else OPEN if scene.chance.random() < 0.7 else HINTS))


def _one(scene: Scene, trick: Disguise, script: Script, may_be_innocent: bool) -> Attack | None:
    maker = scene.maker(latin=script == "latin", han=script == "han")
    name = _name(scene, maker, script)
    shape = scene.chance.random()
    if shape < _NAMED_AND_PRAISED + _NAMED_ALONE:
        shown = trick(scene.chance, name)
        if shown is None or shown == name:
            return None
        text, line = scene.titled(maker, shown)
        if shape < _NAMED_AND_PRAISED:
            text = scene.join(text, _praise(scene, script == "latin"))
        elif may_be_innocent:
            text = scene.join(text, scene.say(*HINTS))
        return scene.one(text, maker, line)
    pitch = scene.say(*(OPEN_EN if script == "latin" else OPEN))
    hidden = trick(scene.chance, pitch)
    if hidden is None or hidden == pitch:
        return None
    text, line = scene.titled(maker, name)
    return scene.one(scene.join(text, hidden), maker, line)


def _family(name: str, trick: Disguise, script: Script, may_be_innocent: bool = False) -> Callable[[Scene], Iterator[Attack]]:
    def family(scene: Scene) -> Iterator[Attack]:
        while True:
            attack = _one(scene, trick, script, may_be_innocent)
            if attack is not None:
                yield attack

    family.__name__, family.__doc__ = name, trick.__doc__
    return family


FAMILIES: Final = (
    _family("lookalike_alphabet", disguises.lookalike, "latin"),
    _family("decorated_alphabet", disguises.decorated, "latin"),
    _family("leet", disguises.leet, "latin"),
    _family("separators", disguises.separated, "any"),
    _family("zero_width", disguises.invisible, "any"),
    _family("misspelt", disguises.misspelt, "latin", may_be_innocent=True),
    _family("pinyin", disguises.pinyin, "han", may_be_innocent=True),
    _family("homophones", disguises.homophones, "han", may_be_innocent=True),
    _family("glyph_variants", disguises.glyphs, "han"),
    _family("split_characters", disguises.halves, "han"),
    _family("traditional", disguises.traditional, "han", may_be_innocent=True),
    _family("martian", disguises.martian, "han"),
)
